import Architectures
import Foundation
import Testing

@testable import Checkpoints

/// Base checkpoints: names, orientation, types, ties.
struct ModelTests {
  private let weights = "model.safetensors"

  private func raw(_ base: String) throws -> RawTensors {
    try RawTensors(Data(contentsOf: Samples.base(base).appendingPathComponent(weights)))
  }

  @Test func facts() throws {
    let model = try Model(folder: Samples.base("llama"))
    #expect(model.name == "llama" && model.storedType == "F32" && model.description.family == "llama")
    #expect(model.parameters == (try raw("llama")).entries.values.reduce(0) { $0 + $1.shape.reduce(1, *) })
    #expect(model.fingerprint.count == 64 && model.fingerprint.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    #expect(try Model(folder: Samples.base("llama")).fingerprint == model.fingerprint)
  }

  @Test func weightsAreThoseOfTheFile() throws {
    let (model, raw) = (try Model(folder: Samples.base("llama")), try raw("llama"))
    for linear in model.description.linears + [model.description.head.linear] {
      #expect(try model.floats(linear) == raw.floats("\(linear.module).weight"))
      let bias = try model.bias(linear, rows: RowSelection(0..<linear.outputs))
      #expect(try bias == (linear.hasBias ? raw.floats("\(linear.module).bias") : nil))
    }
    #expect(try model.gain(model.description.finalNorm) == raw.floats("model.norm.weight"))
    #expect(try model.bias(model.description.finalNorm).isEmpty)
    let table = model.description.embedding.tokens
    #expect(try model.floats(row: 3, of: table) == Array(raw.floats("model.embed_tokens.weight")[24..<32]))
  }

  @Test func selectedRowsInOrder() throws {
    let (model, raw) = (try Model(folder: Samples.base("llama")), try raw("llama"))
    let linear = try #require(model.linear("model.layers.1.mlp.up_proj"))
    let all = try raw.floats("\(linear.module).weight")
    let rows = RowSelection(start: 1, length: 2, stride: 5, blocks: 2)
    let expected = [1, 2, 6, 7].flatMap { all[$0 * 8..<($0 + 1) * 8] }
    #expect(try model.floats(linear, rows: rows) == expected)
    let bias = try raw.floats("\(linear.module).bias")
    #expect(try model.bias(linear, rows: rows) == [1, 2, 6, 7].map { bias[$0] })
  }

  /// GPT-2 stores (inputs, outputs).
  @Test func transposedWeightsAreTurned() throws {
    let (model, raw) = (try Model(folder: Samples.base("gpt2")), try raw("gpt2"))
    let linear = try #require(model.linear("transformer.h.0.attn.c_attn"))
    let stored = try raw.floats("\(linear.module).weight")
    let rows = RowSelection(start: 2, length: 3, stride: 9, blocks: 2)
    let expected = [2, 3, 4, 11, 12, 13].flatMap { row in (0..<8).map { stored[$0 * linear.outputs + row] } }
    #expect(try model.floats(linear, rows: rows) == expected)
  }

  @Test func tiedHeadReadsTheTable() throws {
    let (model, raw) = (try Model(folder: Samples.base("tied")), try raw("tied"))
    let head = model.description.head.linear
    #expect(try model.floats(head) == raw.floats("model.embed_tokens.weight"))
    // A head of its own all the same: transformers reads it where it differs.
    let scratch = try ScratchFolder(copying: Samples.base("tied"))
    let values = (0..<128).map { Float($0) }
    try scratch.rewrite(weights) { $0.set("lm_head.weight", shape: [16, 8], values) }
    let other = try Model(folder: scratch.url)
    #expect(try other.floats(head) == values)
    #expect(!other.checkpoint.isHeadTied && model.checkpoint.isHeadTied)
    // The table may stand under the head's name alone.
    try scratch.rewrite(weights) { $0.entries["model.embed_tokens.weight"] = nil }
    let swapped = try Model(folder: scratch.url)
    #expect(try swapped.floats(row: 2, of: swapped.description.embedding.tokens) == Array(values[16..<24]))
  }

  @Test(arguments: [
    ("llama", "model.", ""), ("llama", "model.", "language_model.model."), ("gpt2", "transformer.", ""),
  ])
  func prefixes(base: String, prefix: String, spelled: String) throws {
    let scratch = try ScratchFolder(copying: Samples.base(base))
    let head = spelled.hasPrefix("language_model.") ? "language_model." : ""
    try scratch.rewrite(weights) { tensors in
      tensors.rename { $0.hasPrefix(prefix) ? spelled + $0.dropFirst(prefix.count) : head + $0 }
    }
    let (model, original) = (try Model(folder: scratch.url), try Model(folder: Samples.base(base)))
    for linear in model.description.linears + [model.description.head.linear] {
      #expect(try model.floats(linear) == original.floats(linear))
    }
  }

  @Test func innerModelsHaveNoHead() throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try scratch.rewrite(weights) { $0.entries["lm_head.weight"] = nil }
    let model = try Model(folder: scratch.url)
    #expect(message { _ = try model.floats(model.description.head.linear) }.contains("lm_head.weight of shape [16, 8]"))
  }

  @Test(arguments: [
    ("gpt2", "transformer.h.1.attn.bias"), ("gpt2", "transformer.h.1.attn.masked_bias"),
    ("llama", "model.layers.1.self_attn.rotary_emb.inv_freq"), ("llama", "model.rotary_emb.inv_freq"),
    ("llama", "model.layers.0.attention.bias"), ("llama", "model.layers.0.attention.masked_bias"),
  ])
  func buffersAreIgnored(base: String, name: String) throws {
    let scratch = try ScratchFolder(copying: Samples.base(base))
    try scratch.rewrite(weights) { $0.set(name, shape: [1], [.nan]) }
    _ = try Model(folder: scratch.url)
  }

  /// A hub cache holds links to files of other names in another folder.
  @Test func linksAreFollowed() throws {
    let (blobs, snapshot) = (try ScratchFolder(copying: Samples.base("llama")), try ScratchFolder())
    try blobs.shard()
    for (index, name) in try FileManager.default.contentsOfDirectory(atPath: blobs.url.path).enumerated() {
      let blob = blobs.file("blob\(index)")
      try FileManager.default.moveItem(at: blobs.file(name), to: blob)
      try FileManager.default.createSymbolicLink(at: snapshot.file(name), withDestinationURL: blob.absoluteURL)
    }
    let (model, original) = (try Model(folder: snapshot.url), try Model(folder: Samples.base("llama")))
    for linear in model.description.linears { #expect(try model.floats(linear) == original.floats(linear)) }
  }

  /// Code that comes with a model is never run, and what it is for changes nothing.
  @Test func codeIsNotRun() throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try scratch.set(["auto_map": ["AutoModelForCausalLM": "modeling.Model"]], in: "config.json")
    try Data("raise SystemExit".utf8).write(to: scratch.file("modeling.py"))
    #expect(try Model(folder: scratch.url).description == Model(folder: Samples.base("llama")).description)
  }

  /// A type that cannot be read is no matter where the tensor is not used.
  @Test func unusedTensorsMayHaveAnyType() throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try scratch.rewrite(weights) { tensors in
      tensors.set("vision_tower.position", shape: [1], [0])
      tensors.entries["vision_tower.position"]?.type = "I32"
    }
    _ = try Model(folder: scratch.url)
  }

  @Test func mixedTypes() throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    let doubles = (0..<8).map { 1 + Double($0) * 0x1p-40 + Double($0) }
    try scratch.rewrite(weights) { $0.set("model.norm.weight", shape: [8], doubles: doubles) }
    let model = try Model(folder: scratch.url)
    #expect(model.storedType == "F32")
    #expect(try model.gain(model.description.finalNorm) == doubles.map { Float($0) })
  }

  @Test func shards() throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try scratch.shard()
    let (model, original) = (try Model(folder: scratch.url), try Model(folder: Samples.base("llama")))
    #expect(model.parameters == original.parameters)
    for linear in model.description.linears { #expect(try model.floats(linear) == original.floats(linear)) }
  }

  @Test func gainsThatAreStoredMinusOne() throws {
    let scratch = try ScratchFolder()
    let config = """
      {"model_type": "gemma2", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "head_dim": 4,
       "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 4, "query_pre_attn_scalar": 4,
       "hidden_activation": "gelu_pytorch_tanh"}
      """
    try Data(config.utf8).write(to: scratch.file("config.json"))
    var tensors = RawTensors()
    let block = "model.layers.0"
    for (name, shape) in [
      ("q_proj", [8, 8]), ("k_proj", [4, 8]), ("v_proj", [4, 8]), ("o_proj", [8, 8]),
    ] { tensors.set("\(block).self_attn.\(name).weight", shape: shape, .init(repeating: 1, count: shape[0] * 8)) }
    for name in ["gate_proj", "up_proj", "down_proj"] {
      tensors.set("\(block).mlp.\(name).weight", shape: [8, 8], .init(repeating: 1, count: 64))
    }
    for name in ["input", "post_attention", "pre_feedforward", "post_feedforward"] {
      tensors.set("\(block).\(name)_layernorm.weight", shape: [8], .init(repeating: 0, count: 8))
    }
    tensors.set("model.norm.weight", shape: [8], (0..<8).map { Float($0) })
    tensors.set("model.embed_tokens.weight", shape: [4, 8], .init(repeating: 1, count: 32))
    try tensors.data().write(to: scratch.file("model.safetensors"))
    let model = try Model(folder: scratch.url)
    #expect(try model.gain(model.description.finalNorm) == (1...8).map { Float($0) })
  }

  @Test func aChangeOfAnyFileChangesTheFingerprint() throws {
    let original = try Model(folder: Samples.base("llama")).fingerprint
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    #expect(try Model(folder: scratch.url).fingerprint == original)
    try scratch.rewrite(weights) { tensors in
      var values = try tensors.floats("model.norm.weight")
      values[7] += 1
      tensors.set("model.norm.weight", shape: [8], values)
    }
    let changed = try Model(folder: scratch.url).fingerprint
    #expect(changed != original)
    try scratch.set(["rms_norm_eps": 1e-3], in: "config.json")
    #expect(try Model(folder: scratch.url).fingerprint != changed)
  }

  @Test func manyThreadsReadTheSame() async throws {
    let model = try Model(folder: Samples.base("llama"))
    let linear = try #require(model.linear("model.layers.0.mlp.gate_proj"))
    let expected = try model.floats(linear)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask {
          for _ in 0..<50 where try model.floats(linear) != expected { return false }
          return true
        }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }
}

extension ScratchFolder {
  /// Splits model.safetensors into two shards with an index.
  func shard(_ change: (inout [String: String]) -> Void = { _ in }) throws {
    let whole = try RawTensors(Data(contentsOf: file("model.safetensors")))
    try FileManager.default.removeItem(at: file("model.safetensors"))
    var parts = [RawTensors(), RawTensors()]
    var map: [String: String] = [:]
    for (index, entry) in whole.entries.sorted(by: { $0.key < $1.key }).enumerated() {
      parts[index % 2].entries[entry.key] = entry.value
      map[entry.key] = "model-0000\(index % 2 + 1)-of-00002.safetensors"
    }
    for (index, part) in parts.enumerated() {
      try part.data().write(to: file("model-0000\(index + 1)-of-00002.safetensors"))
    }
    change(&map)
    try JSONSerialization.data(withJSONObject: ["metadata": ["total_size": 1], "weight_map": map])
      .write(to: file("model.safetensors.index.json"))
  }
}
