import Architectures
import Checkpoints
import Foundation
import Testing

/// Each key of the scaling, changed in one adapter: dW follows it as the formula says. The adapter "layers" has r = 2 and
/// α = 8 on `q_proj` and `v_proj` of layer 1.
struct AdapterKeyTests {
  private static let (query, value) = ("model.layers.1.self_attn.q_proj", "model.layers.1.self_attn.v_proj")

  private func changes(_ scratch: ScratchFolder, base: String = "llama") throws -> [String: [Double]] {
    let model = try Model(folder: Samples.base(base))
    let adaptation = try Adaptation.open(folder: scratch.url, base: model)
    var result: [String: [Double]] = [:]
    for linear in model.description.linears {
      result[linear.module] = try adaptation.change(of: linear)?.weight
    }
    return result
  }

  /// Factors of the change at α/r = 4.
  static let scalings: [(key: String, json: String, query: Double, value: Double)] = [
    ("lora_alpha", "8", 1, 1), ("lora_alpha", "2", 0.25, 0.25), ("lora_alpha", "0.5", 0.0625, 0.0625),
    ("use_rslora", "true", 2.0.squareRoot(), 2.0.squareRoot()),
    ("use_rslora", "false", 1, 1), ("alpha_pattern", #"{"q_proj": 16}"#, 2, 1),
    ("alpha_pattern", #"{"proj": 16}"#, 1, 1), ("alpha_pattern", #"{".*proj": 16}"#, 2, 2),
    ("alpha_pattern", #"{"layers\\.1\\.self_attn\\.v_proj": 4}"#, 1, 0.5),
    ("alpha_pattern", #"{"layers\\.0.*": 4}"#, 1, 1),
    // The first key that matches counts, in the order of the file.
    ("alpha_pattern", #"{"(q|v)_proj": 24, "q_proj": 16}"#, 3, 3),
    ("alpha_pattern", #"{"q_proj": 16, "(q|v)_proj": 24}"#, 2, 3),
  ]

  @Test(arguments: scalings)
  func scaling(key: String, json: String, query: Double, value: Double) throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
    let plain = try changes(scratch)
    try scratch.set([key: NSNull()], in: "adapter_config.json")
    try scratch.replaceNull(of: key, by: json)
    let changed = try changes(scratch)
    for (module, factor) in [(Self.query, query), (Self.value, value)] {
      let (old, new) = (try #require(plain[module]), try #require(changed[module]))
      #expect(old.contains { $0 != 0 })
      #expect(zip(old, new).allSatisfy { abs($1 - factor * $0) <= 1e-12 * abs($0) })
    }
    #expect(changed.count == 2)
  }

  /// r is 8 where it is not given; a pattern that names the module overrides it.
  @Test(arguments: [
    ("r", "null", "r: a number is expected, null was found"),
    ("lora_alpha", "null", "lora_alpha: a number is expected, null was found"),
    ("rank_pattern", #"{"v_proj": 3}"#, "v_proj.lora_A.weight has shape [2, 8] where [3, 8] is expected"),
    ("rank_pattern", #"{"v_proj": 2, ".*": 2}"#, "nothing"),
    ("rank_pattern", #"{".*": 3, "v_proj": 2}"#, "has shape [2, 8] where [3, 8] is expected"),
  ])
  func ranks(key: String, json: String, expected: String) throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
    try scratch.set([key: NSNull()], in: "adapter_config.json")
    try scratch.replaceNull(of: key, by: json)
    #expect(message { _ = try changes(scratch) }.contains(expected))
  }

  /// The rank of a pattern divides α of its module alone.
  @Test func scaleFollowsTheModulesRank() throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
    let plain = try changes(scratch)
    let key = "base_model.model.\(Self.value)"
    try scratch.rewrite("adapter_model.safetensors") { tensors in
      // A second half of zeros: B·A stays, r doubles.
      let (a, b) = (try tensors.floats("\(key).lora_A.weight"), try tensors.floats("\(key).lora_B.weight"))
      let outputs = b.count / 2
      tensors.set("\(key).lora_A.weight", shape: [4, 8], a + [Float](repeating: 0, count: 16))
      let rows: [Float] = (0..<outputs).flatMap { [b[2 * $0], b[2 * $0 + 1], 0, 0] }
      tensors.set("\(key).lora_B.weight", shape: [outputs, 4], rows)
    }
    try scratch.set(["rank_pattern": ["v_proj": 4]], in: "adapter_config.json")
    let changed = try changes(scratch)
    #expect(changed[Self.query] == plain[Self.query])
    #expect(changed[Self.value] == plain[Self.value]?.map { $0 / 2 })
  }

  /// PEFT sets `fan_in_fan_out` by the kind of layer, whatever the file says.
  @Test(arguments: [("gpt2", "gpt2"), ("layers", "llama")]) func fanInFanOut(adapter: String, base: String) throws {
    let scratch = try ScratchFolder(copying: Samples.adapter(adapter))
    let plain = try changes(scratch, base: base)
    for value in [true, false] {
      try scratch.set(["fan_in_fan_out": value], in: "adapter_config.json")
      #expect(try changes(scratch, base: base) == plain)
    }
  }
}

extension ScratchFolder {
  /// Writes a member of adapter_config.json as it stands, in its own order.
  fileprivate func replaceNull(of key: String, by json: String) throws {
    let name = "adapter_config.json"
    let text = try String(contentsOf: file(name), encoding: .utf8)
    let parts = text.components(separatedBy: "\"\(key)\":null")
    try #require(parts.count == 2)
    try Data(parts.joined(separator: "\"\(key)\":\(json)").utf8).write(to: file(name))
  }
}
