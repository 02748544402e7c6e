import Architectures
import Foundation
import LinearAlgebra
import Testing

@testable import Checkpoints

/// A second full checkpoint as the adapted model.
struct CheckpointDifferenceTests {
  private let weights = "model.safetensors"

  @Test func theBaseItself() throws {
    let base = try Model(folder: Samples.base("llama"))
    let adaptation = try Adaptation.open(folder: Samples.base("llama"), base: base)
    #expect(adaptation.kind == .none && adaptation.targets.isEmpty && adaptation.rank == nil)
    #expect(adaptation.linears.isEmpty && adaptation.norms.isEmpty && adaptation.embeddings.isEmpty)
  }

  /// Single precision whose lower half is 0, as BF16 holds it.
  private func rounded(_ values: [Float]) -> [Float] { values.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) } }

  @Test(arguments: ["llama", "gpt2", "tied"]) func `The same values in other types are no change`(_ name: String) throws
  {
    let single = try ScratchFolder(copying: Samples.base(name))
    let (half, double) = (
      try ScratchFolder(copying: Samples.base(name), name: "half"),
      try ScratchFolder(copying: Samples.base(name), name: "double")
    )
    for scratch in [single, half, double] {
      try scratch.rewrite(weights) { tensors in
        for (key, entry) in tensors.entries {
          let values = rounded(try tensors.floats(key))
          tensors.set(key, shape: entry.shape, values)
          if scratch === half { tensors.setBFloat16(key, shape: entry.shape, values) }
          if scratch === double { tensors.set(key, shape: entry.shape, doubles: values.map(Double.init)) }
        }
      }
    }
    for (base, adapted) in [(half, single), (single, half), (half, double), (double, single)] {
      let adaptation = try Adaptation.open(folder: adapted.url, base: Model(folder: base.url))
      #expect(adaptation.kind == .none && adaptation.targets.isEmpty, "\(adaptation.targets)")
      #expect(adaptation.linears.isEmpty && adaptation.norms.isEmpty && adaptation.embeddings.isEmpty)
    }
    // One value that BF16 cannot hold is a change.
    let changed = try #require(try Model(folder: half.url).description.linears.first).module
    try single.rewrite(weights) { tensors in
      var values = try tensors.floats("\(changed).weight")
      values[values.count - 1] += 1e-6
      tensors.set("\(changed).weight", shape: try #require(tensors.entries["\(changed).weight"]).shape, values)
    }
    let adaptation = try Adaptation.open(folder: single.url, base: Model(folder: half.url))
    #expect(Array(adaptation.linears.keys) == [changed])
  }

  @Test func `A head of its own that equals the table, in whatever type, is no change`() throws {
    let untied = try ScratchFolder(copying: Samples.base("tied"))
    let table = "model.embed_tokens.weight"
    try untied.set(["tie_word_embeddings": false], in: "config.json")
    try untied.rewrite(weights) { tensors in
      let shape = try #require(tensors.entries[table]).shape
      tensors.set("lm_head.weight", shape: shape, doubles: try tensors.floats(table).map(Double.init))
    }
    let base = try Model(folder: Samples.base("tied"))
    #expect(try Adaptation.open(folder: untied.url, base: base).targets.isEmpty)
    #expect(try Adaptation.open(folder: Samples.base("tied"), base: Model(folder: untied.url)).targets.isEmpty)
  }

  @Test func `A tied table that changes is named once, by its own name`() throws {
    let scratch = try ScratchFolder(copying: Samples.base("tied"))
    try scratch.rewrite(weights) { tensors in
      let name = "model.embed_tokens.weight"
      var values = try tensors.floats(name)
      values[3] += 1
      tensors.set(name, shape: try #require(tensors.entries[name]).shape, values)
    }
    let adaptation = try Adaptation.open(folder: scratch.url, base: Model(folder: Samples.base("tied")))
    #expect(adaptation.targets == ["embed_tokens"])
    #expect(adaptation.linears["lm_head"] != nil, "it changes all the same")
  }

  @Test(arguments: [("llama", 0), ("gpt2", 0), ("tied", 0), ("llama", 3)])
  func everyTensorsDifference(base name: String, extraTokens: Int) throws {
    let scratch = try ScratchFolder(copying: Samples.base(name))
    var generator = SplitMix64(seed: 5)
    var shifts: [String: [Float]] = [:]
    try scratch.rewrite(weights) { tensors in
      for (key, entry) in tensors.entries where !key.contains("h.0.") && !key.contains("layers.0.") {
        let old = try tensors.floats(key)
        // Small enough that the sum keeps only some of its digits: the difference is of what is stored.
        let new = old.map { $0 + Float(generator.next(below: 1000)) * 1e-6 }
        shifts[key] = zip(new, old).map { Float(Double($0) - Double($1)) }
        let isVocabulary = key.contains("embed") || key.contains("lm_head")
        let extra = isVocabulary ? [Float](repeating: 9, count: extraTokens * entry.shape[1]) : []
        tensors.set(
          key, shape: isVocabulary ? [entry.shape[0] + extraTokens, entry.shape[1]] : entry.shape, new + extra)
      }
    }
    if extraTokens > 0 { try scratch.set(["vocab_size": 16 + extraTokens], in: "config.json") }
    let model = try Model(folder: Samples.base(name))
    let adaptation = try Adaptation.open(folder: scratch.url, base: model)
    #expect(adaptation.kind == .checkpoint && adaptation.rank == nil && adaptation.name == "sample")
    for linear in model.description.linears + [model.description.head.linear] {
      let isTiedHead = linear == model.description.head.linear && model.description.head.isTied
      let key = isTiedHead ? "\(model.description.embedding.tokens.module).weight" : "\(linear.module).weight"
      let change = try adaptation.change(of: linear)
      guard var expected = shifts[key] else {
        #expect(change == nil, "\(key)")
        continue
      }
      if linear.isTransposed {
        let stored = expected
        expected = (0..<linear.outputs).flatMap { row in
          (0..<linear.inputs).map { stored[$0 * linear.outputs + row] }
        }
      }
      #expect(change?.weight == expected.map(Double.init), "\(key)")
      if linear.hasBias { #expect(change?.bias == shifts["\(linear.module).bias"]?.map(Double.init)) }
    }
    for norm in model.description.norms {
      for module in norm.modules {
        #expect(adaptation.norms[module]?.gain == shifts["\(module).weight"])
        if norm.hasBias { #expect(adaptation.norms[module]?.bias == shifts["\(module).bias"]) }
      }
    }
    for table in model.description.tables {
      #expect(try adaptation.change(of: table) == shifts["\(table.module).weight"]?.map(Double.init))
    }
  }

  @Test func onlyChangedRowsOfATable() throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try scratch.rewrite(weights) { tensors in
      var values = try tensors.floats("model.embed_tokens.weight")
      values[8 * 5 + 1] += 1
      tensors.set("model.embed_tokens.weight", shape: [16, 8], values)
    }
    let adaptation = try Adaptation.open(folder: scratch.url, base: Model(folder: Samples.base("llama")))
    #expect(adaptation.embeddings["model.embed_tokens"]?.rows == [5])
    #expect(adaptation.targets == ["embed_tokens"])
    #expect(adaptation.embeddings["model.embed_tokens"]?.isLowRank == false)
  }

  /// A difference that single precision loses is kept in double precision.
  @Test func doublePrecisionFiles() throws {
    let (first, second) = (
      try ScratchFolder(copying: Samples.base("llama")), try ScratchFolder(copying: Samples.base("llama"))
    )
    let name = "model.layers.0.self_attn.o_proj.weight"
    for (scratch, shift) in [(first, 0.0), (second, 0x1p-40)] {
      try scratch.rewrite(weights) { $0.set(name, shape: [8, 8], doubles: (0..<64).map { 1 + Double($0) + shift }) }
    }
    let model = try Model(folder: first.url)
    let adaptation = try Adaptation.open(folder: second.url, base: model)
    let linear = try #require(model.linear("model.layers.0.self_attn.o_proj"))
    #expect(try adaptation.change(of: linear)?.weight == [Double](repeating: 0x1p-40, count: 64))
  }

  @Test(
    arguments: [
      (["num_attention_heads": 4, "head_dim": 2], "layers[0].attention.queryHeads is 4 where the base has 2"),
      (["rms_norm_eps": 0.5], "epsilon is 0.5 where the base has 1e-06"),
      (["hidden_act": "gelu"], "layers[0].mlp.activation is gelu where the base has silu"),
      (["num_hidden_layers": 1], "the number of layers is 1 where the base has 2"),
    ] as [([String: any Sendable], String)])
  func configurationsThatDiffer(change: [String: any Sendable], expected: String) throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try scratch.set(change.mapValues { $0 as Any }, in: "config.json")
    try scratch.rewrite(weights) { tensors in
      // The weights follow, so that nothing but the configuration is wrong.
      if change["num_hidden_layers"] != nil {
        tensors.entries = tensors.entries.filter { !$0.key.contains("layers.1.") }
      }
      if change["num_attention_heads"] != nil {
        for key in tensors.entries.keys where key.contains("k_proj") || key.contains("v_proj") {
          let shape = key.hasSuffix("bias") ? [2] : [2, 8]
          tensors.set(key, shape: shape, .init(repeating: 1, count: shape.reduce(1, *)))
        }
      }
    }
    let base = try Model(folder: Samples.base("llama"))
    let message = message { _ = try Adaptation.open(folder: scratch.url, base: base) }
    #expect(message.contains(expected), "\(message)")
  }

  @Test func neitherAdapterNorModel() throws {
    let base = try Model(folder: Samples.base("llama"))
    let empty = try ScratchFolder()
    #expect(
      message { _ = try Adaptation.open(folder: empty.url, base: base) }
        .hasPrefix("sample: there is no adapter_config.json or config.json."))
  }
}
