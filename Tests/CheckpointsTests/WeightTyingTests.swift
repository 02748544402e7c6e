import Architectures
import Foundation
import Testing

@testable import Checkpoints

/// `ensure_weight_tying` as PEFT runs it: a tied head follows what its table is given, where PEFT knows the table by its name.
struct WeightTyingTests {
  private let configuration = "adapter_config.json"
  private let weights = "adapter_model.safetensors"
  private let table = "base_model.model.model.embed_tokens"
  private let head = "base_model.model.lm_head"

  /// An adapter of the tied sample with the switch on, changed, and what it changes.
  private func open(
    _ adapter: String, base: String = "tied", _ members: [String: Any?] = [:], isOn: Bool = true,
    _ change: (inout RawTensors) throws -> Void = { _ in }
  ) throws -> (adaptation: Adaptation, changes: [String: [Double]], model: Model) {
    let scratch = try ScratchFolder(copying: Samples.adapter(adapter))
    try scratch.set(["ensure_weight_tying": isOn].merging(members) { $1 }, in: configuration)
    try scratch.rewrite(weights, change)
    let model = try Model(folder: Samples.base(base))
    let adaptation = try Adaptation.open(folder: scratch.url, base: model)
    return (adaptation, try adaptation.changes(of: model.description), model)
  }

  @Test(arguments: [
    ("activated", "tied"), ("tokens-tied", "tied"), ("layers", "llama"), ("vocabulary", "llama"),
    ("saved-modules", "llama"),
    ("gpt2", "gpt2"), ("gpt2-dora", "gpt2"),
  ])
  func `Where nothing is tied it changes nothing`(adapter: String, base: String) throws {
    #expect(try open(adapter, base: base).changes == open(adapter, base: base, isOn: false).changes)
  }

  /// The head's A is the table's Bᵀ and its B the table's Aᵀ, so that both change alike.
  @Test func `A low-rank change of the table is the head's too`() throws {
    let (adaptation, changes, model) = try open("vocabulary-tied")
    let rows = try #require(changes["model.embed_tokens.weight"])
    let own = try #require(changes["lm_head.weight"])
    #expect(rows.contains { $0 != 0 } && relativeError(own, rows.map(Float.init)) < 1e-6)
    #expect(adaptation.linears["lm_head"]?.lowRank.count == 1)
    // Without the switch PEFT leaves the head as it is.
    #expect(try open("vocabulary-tied", isOn: false).changes["lm_head.weight"] == nil)
    // The file has the head's tensors a second time, and its own scaling holds.
    let doubled = try open("vocabulary-tied", ["alpha_pattern": ["lm_head": 16]]) { tensors in
      try copyTransposed(&tensors)
    }
    let alpha = try #require(adaptation.scaling)
    let part = try #require(doubled.adaptation.linears["lm_head"]?.lowRank.first)
    #expect(part.scale == 16 / Double(part.rank) && part.scale != alpha)
    #expect(part.a == adaptation.linears["lm_head"]?.lowRank.first?.a)
    _ = model
  }

  private func copyTransposed(_ tensors: inout RawTensors) throws {
    for (own, source) in [("lora_A.weight", "lora_embedding_B"), ("lora_B.weight", "lora_embedding_A")] {
      let shape = try #require(tensors.entries["\(table).\(source)"]).shape
      let values = try tensors.floats("\(table).\(source)")
      let turned = (0..<shape[1]).flatMap { column in (0..<shape[0]).map { values[$0 * shape[1] + column] } }
      tensors.set("\(head).\(own)", shape: [shape[1], shape[0]], turned)
    }
  }

  @Test func `A saved table is the head's too`() throws {
    let saved: [String: Any?] = ["modules_to_save": ["embed_tokens", "model.embed_tokens"]]
    let values = (0..<128).map { Float($0) / 64 }
    let change: (inout RawTensors) -> Void = {
      $0.entries["\(self.head).weight"] = nil
      $0.set("\(self.table).weight", shape: [16, 8], values)
    }
    let changes = try open("saved-tied", saved, change).changes
    #expect(changes["lm_head.weight"] != nil && changes["lm_head.weight"] == changes["model.embed_tokens.weight"])
    #expect(try open("saved-tied", saved, isOn: false, change).changes["lm_head.weight"] == nil)
    let both = try open("saved-tied", saved) {
      change(&$0)
      $0.set("\(self.head).weight", shape: [16, 8], values)
    }
    #expect(both.changes == changes)
  }

  @Test func `Two that are one may not differ`() throws {
    let lowRank = message {
      _ = try open("vocabulary-tied") { tensors in
        try copyTransposed(&tensors)
        let shape = try #require(tensors.entries["\(head).lora_B.weight"]).shape
        tensors.set("\(head).lora_B.weight", shape: shape, .init(repeating: 3, count: shape[0] * shape[1]))
      }
    }
    #expect(lowRank.contains("though ensure_weight_tying in adapter_config.json makes the two one"), "\(lowRank)")
    let saved = message {
      _ = try open("saved-tied", ["modules_to_save": ["model.embed_tokens"]]) {
        $0.set("\(self.table).weight", shape: [16, 8], .init(repeating: 1, count: 128))
        $0.set("\(self.head).weight", shape: [16, 8], .init(repeating: 2, count: 128))
      }
    }
    #expect(saved.contains("though ensure_weight_tying"), "\(saved)")
  }

  /// PEFT saves the layer that it wraps in the type it ran in.
  @Test func `A tied head's own layer may be stored in another type`() throws {
    let base = try RawTensors(Data(contentsOf: Samples.base("tied").appendingPathComponent("model.safetensors")))
    let values = try base.floats("model.embed_tokens.weight")
    let found = try open("head-tied", isOn: false) {
      $0.set("\(self.head).base_layer.weight", shape: [16, 8], doubles: values.map(Double.init))
    }
    #expect(try found.changes == open("head-tied", isOn: false).changes)
  }
}
