import Architectures
import Checkpoints
import Foundation
import Testing

/// Every accepted key against what PEFT itself computes (Fixtures/generate.py).
struct AdapterFormulaTests {
  /// Adapters with their base. The decompositions of PiSSA and OLoRA are single precision in PEFT.
  static let cases: [(adapter: String, base: String, tolerance: Double)] = [
    ("patterns", "llama", 1e-6), ("all-linear", "llama", 1e-6), ("regular-expression", "llama", 1e-6),
    ("layers", "llama", 1e-6), ("lora-bias", "llama", 1e-6), ("bias-all", "llama", 1e-6),
    ("bias-lora-only", "llama", 1e-6), ("saved-modules", "llama", 1e-6), ("saved-tied", "tied", 1e-6),
    ("tokens", "llama", 1e-6), ("tokens-tied", "tied", 1e-6), ("vocabulary", "llama", 1e-6),
    ("vocabulary-tied", "tied", 1e-6), ("head-tied", "tied", 1e-6), ("dora", "llama", 1e-6),
    ("pissa", "llama", 1e-5), ("olora", "llama", 1e-5), ("activated", "tied", 1e-6), ("gpt2", "gpt2", 1e-6),
    ("gpt2-dora", "gpt2", 1e-6), ("gpt2-pissa", "gpt2", 1e-5),
  ]

  @Test(arguments: cases)
  func changesWhatPEFTChanges(adapter: String, base: String, tolerance: Double) throws {
    let model = try Model(folder: Samples.base(base))
    let adaptation = try Adaptation.open(folder: Samples.adapter(adapter), base: model)
    let expected = try RawTensors(
      Data(contentsOf: Samples.adapter(adapter).appendingPathComponent("change.safetensors")))
    let found = try adaptation.changes(of: model.description)
    let changed = found.filter { $0.value.contains { $0 != 0 } }
    #expect(Set(changed.keys) == Set(expected.entries.keys))
    for name in expected.entries.keys.sorted() {
      let error = relativeError(found[name] ?? [], try expected.floats(name))
      #expect(error <= tolerance, "\(name): \(error)")
    }
  }

  @Test func facts() throws {
    let tied = try Model(folder: Samples.base("tied"))
    let activated = try Adaptation.open(folder: Samples.adapter("activated"), base: tied)
    #expect(activated.kind == .lora && activated.name == "activated")
    #expect(activated.invocationTokens == [4, 7])
    #expect(activated.rank == 2 && activated.scaling == 4 && !activated.usesDoRA)
    #expect(activated.targets == ["q_proj", "v_proj"])
    #expect(activated.fingerprint.count == 64 && activated.warnings.isEmpty)
    let llama = try Model(folder: Samples.base("llama"))
    let patterns = try Adaptation.open(folder: Samples.adapter("patterns"), base: llama)
    #expect(patterns.rank == 3)
    #expect(patterns.scaling == 8 / 2.0.squareRoot())
    #expect(try Adaptation.open(folder: Samples.adapter("dora"), base: llama).usesDoRA)
  }

  /// PEFT loads a table that it saved unasked into the base's tensor, which a tied head shares; one of
  /// `modules_to_save` is a copy of its own.
  @Test(arguments: [true, false])
  func replacedTableOfATiedModel(isSaved: Bool) throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("saved-tied"))
    if !isSaved { try scratch.set(["modules_to_save": NSNull()], in: "adapter_config.json") }
    let model = try Model(folder: Samples.base("tied"))
    let table = model.description.embedding.tokens
    let old = try (0..<16).flatMap { try model.floats(row: $0, of: table) }
    var new = old
    new[8 * 4 + 2] += 1
    try scratch.rewrite("adapter_model.safetensors") { tensors in
      tensors.set("base_model.model.model.embed_tokens.weight", shape: [16, 8], new)
    }
    let adaptation = try Adaptation.open(folder: scratch.url, base: model)
    let expected = zip(new, old).map { Double(Float(Double($0) - Double($1))) }
    #expect(adaptation.embeddings[table.module]?.rows == [4])
    #expect(try adaptation.change(of: table) == expected)
    #expect(try adaptation.change(of: model.description.head.linear)?.weight == (isSaved ? nil : expected))
  }

  /// An Activated LoRA's mask covers B·A alone: what PiSSA took out of the base is missing everywhere.
  @Test func activatedPiSSAKeepsItsPartsApart() throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("pissa"))
    try scratch.set(["alora_invocation_tokens": [4]], in: "adapter_config.json")
    let model = try Model(folder: Samples.base("llama"))
    let linear = try #require(model.linear("model.layers.0.self_attn.q_proj"))
    let whole = try Adaptation.open(folder: Samples.adapter("pissa"), base: model)
    let split = try Adaptation.open(folder: scratch.url, base: model)
    #expect(whole.linears[linear.module]?.lowRank.isEmpty == true)
    #expect(split.linears[linear.module]?.lowRank.count == 1)
    #expect(split.linears[linear.module]?.dense != nil)
    let (first, second) = (try #require(try whole.change(of: linear)), try #require(try split.change(of: linear)))
    #expect(relativeError(second.weight, first.weight.map { Float($0) }) <= 1e-6)
  }

  /// W′ − W of a DoRA whose magnitude is the norm itself and whose B·A is tiny: nothing may cancel.
  @Test func tinyDoRAIsExact() throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("dora"))
    let model = try Model(folder: Samples.base("llama"))
    let linear = try #require(model.linear("model.layers.0.self_attn.q_proj"))
    let weights = try model.floats(linear).map(Double.init)
    let norms = (0..<linear.outputs).map { row in
      weights[row * linear.inputs..<(row + 1) * linear.inputs].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let key = "base_model.model.\(linear.module)"
    var b: [Float] = []
    var a: [Float] = []
    try scratch.rewrite("adapter_model.safetensors") { tensors in
      a = try tensors.floats("\(key).lora_A.weight")
      b = try tensors.floats("\(key).lora_B.weight").map { $0 * 1e-7 }
      tensors.set("\(key).lora_B.weight", shape: [linear.outputs, 2], b)
      tensors.set("\(key).lora_magnitude_vector", shape: [linear.outputs], norms.map { Float($0) })
    }
    let adaptation = try Adaptation.open(folder: scratch.url, base: model)
    let found = try #require(try adaptation.change(of: linear)).weight
    var expected: [Float] = []
    for row in 0..<linear.outputs {
      let delta = (0..<linear.inputs).map { column in
        (0..<2).reduce(0.0) { $0 + 4 * Double(b[row * 2 + $1]) * Double(a[$1 * linear.inputs + column]) }
      }
      let old = weights[row * linear.inputs..<(row + 1) * linear.inputs]
      // n² = m² + 2·W·dW + dW², so m − n without a difference of norms.
      let m = Double(Float(norms[row]))
      let growth = zip(old, delta).reduce(0) { $0 + $1.1 * (2 * $1.0 + $1.1) }
      let rounding = (norms[row] - m) * (norms[row] + m)
      let n = (norms[row] * norms[row] + growth).squareRoot()
      let excess = -(growth + rounding) / ((m + n) * n)
      expected += zip(old, delta).map { Float((1 + excess) * $0.1 + excess * $0.0) }
    }
    #expect(relativeError(found, expected) <= 1e-6)
  }
}
