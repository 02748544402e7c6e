import Architectures
import Foundation
import Testing

@testable import Checkpoints

/// Adapters as mlx-lm writes them.
@Suite struct MLXAdapterTests {
  private static let (query, side, rank) = (TinyFolder.query, TinyFolder.side, 2)

  private struct Parts {
    var tensors = RawTensors()
    var members: [String: Any] = [
      "fine_tune_type": "lora", "num_layers": -1,
      "lora_parameters": ["rank": rank, "scale": 2.5, "dropout": 0.0, "keys": ["self_attn.q_proj"]],
    ]

    init() {
      tensors.set("\(query).lora_a", shape: [side, rank], (0..<side * rank).map { Float($0 % 5) - 2 })
      tensors.set("\(query).lora_b", shape: [rank, side], (0..<side * rank).map { Float($0 % 3) - 1 })
    }
  }

  private func opened(_ parts: Parts) throws -> (Adaptation, Model) {
    let (base, scratch) = (try TinyFolder().written(), try ScratchFolder())
    try parts.tensors.data().write(to: scratch.file("adapters.safetensors"))
    try JSONSerialization.data(withJSONObject: parts.members).write(to: scratch.file("adapter_config.json"))
    let model = try Model(folder: base.url)
    _ = try FolderInspection(folder: scratch.url)
    return (try Adaptation.open(folder: scratch.url, base: model), model)
  }

  /// dW = scale·(A·B)ᵀ, the scale as it is.
  private func product(_ parts: Parts, _ output: Int, _ input: Int) throws -> Double {
    let (a, b) = (try parts.tensors.floats("\(Self.query).lora_a"), try parts.tensors.floats("\(Self.query).lora_b"))
    return (0..<Self.rank).reduce(0) {
      $0 + 2.5 * Double(a[input * Self.rank + $1]) * Double(b[$1 * Self.side + output])
    }
  }

  @Test func `A low-rank product`() throws {
    let parts = Parts()
    let (adaptation, _) = try opened(parts)
    #expect(adaptation.kind == .lora && adaptation.rank == 2 && adaptation.scaling == 2.5)
    #expect(adaptation.targets == ["q_proj"] && adaptation.warnings.isEmpty)
    let part = try #require(adaptation.linears[Self.query]?.lowRank.first)
    for (output, input) in [(0, 0), (3, 17), (31, 30)] {
      let found = (0..<2).reduce(0) {
        $0 + part.scale * Double(part.b[output * 2 + $1]) * Double(part.a[$1 * Self.side + input])
      }
      #expect(try found == product(parts, output, input))
    }
  }

  @Test func `Magnitudes`() throws {
    var parts = Parts()
    parts.members["fine_tune_type"] = "dora"
    parts.tensors.set("\(Self.query).m", shape: [Self.side], (0..<Self.side).map { Float($0) + 1 })
    let (adaptation, model) = try opened(parts)
    let dense = try #require(adaptation.linears[Self.query]?.dense)
    var row = [Float](repeating: 0, count: Self.side)
    try row.fill { target throws(CheckpointError) in try dense.form(RowSelection(5..<6), target) }
    let changed = try (0..<Self.side).map { 1 + (try product(parts, 5, $0)) }
    let norm = changed.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for input in 0..<Self.side { #expect(abs(Double(row[input]) - (6 / norm * changed[input] - 1)) < 1e-6) }
    #expect(adaptation.usesDoRA && model.description.layers.count == 1)
  }

  @Test func `What is refused`() throws {
    func refused(_ expected: String, _ edit: (inout Parts) -> Void) {
      var parts = Parts()
      edit(&parts)
      let text = message { _ = try opened(parts) }
      #expect(text.contains(expected), "\(text)")
    }
    refused("partner") { $0.tensors.entries["\(Self.query).lora_b"] = nil }
    refused("unknown") { $0.tensors.set("\(Self.query).lora_c", shape: [1], [0]) }
    refused("no module") { $0.tensors.set("model.layers.7.self_attn.q_proj.lora_a", shape: [1], [0]) }
    refused("lora_a has shape") { $0.tensors.set("\(Self.query).lora_a", shape: [2, 2], [0, 0, 0, 0]) }
    refused("says lora, which has no m") {
      $0.tensors.set("\(Self.query).m", shape: [32], [Float](repeating: 1, count: 32))
    }
    refused("says dora, which has m") { $0.members["fine_tune_type"] = "dora" }
    refused("\"full\" is not supported") { $0.members["fine_tune_type"] = "full" }
    refused("lora_parameters") { $0.members["lora_parameters"] = nil }
    for (member, value) in [("rank", 0 as Any), ("rank", 1 << 40), ("scale", "2"), ("rank", 3)] {
      refused(member == "rank" && value as? Int == 3 ? "lora_a" : member) {
        $0.members["lora_parameters"] = ["rank": 2, "scale": 2.5].merging([member: value]) { $1 }
      }
    }
    refused("keys in adapter_config.json do not name") {
      $0.members["lora_parameters"] = ["rank": 2, "scale": 2.5, "keys": ["self_attn.v_proj"]]
    }
  }
}
