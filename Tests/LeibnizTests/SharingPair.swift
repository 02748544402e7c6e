import Foundation

@testable import LeibnizTesting

/// A tiny Gemma 4 with an adapter, a second checkpoint and prompts, written for the occasion: windows and full layers, of which the last
/// two read the keys and values of others, values that are what keys are, inputs to layers and factors on the stream.
struct SharingPair {
  let folder: URL
  private let adapted: [TinyTensor]
  var base: URL { folder.appending(path: "base") }
  var adapter: URL { folder.appending(path: "adapter") }
  var checkpoint: URL { folder.appending(path: "checkpoint") }
  var prompts: URL { folder.appending(path: "prompts.jsonl") }

  static let kinds = ["sliding", "full", "sliding", "sliding", "full"]
  /// By layer, the one whose keys and values it reads.
  static let producers: [Int?] = [nil, nil, nil, 2, 1]
  private static let (hidden, heads, inner, vocabulary, given) = (32, 4, 40, 48, 4)

  /// A module of a layer, with its rows and columns.
  typealias Module = (name: String, outputs: Int, inputs: Int)

  /// The linear layers of a layer.
  static func modules(_ layer: Int) -> [Module] {
    let isFull = kinds[layer] == "full"
    let (width, keys) = isFull ? (16, 1) : (8, 2)
    let inner = producers[layer] == nil ? inner : 2 * inner
    var result: [Module] = [
      ("self_attn.q_proj", heads * width, hidden), ("self_attn.o_proj", hidden, heads * width),
      ("mlp.gate_proj", inner, hidden), ("mlp.up_proj", inner, hidden), ("mlp.down_proj", hidden, inner),
      ("per_layer_input_gate", given, hidden), ("per_layer_projection", hidden, given),
    ]
    guard producers[layer] == nil else { return result }
    result.append(("self_attn.k_proj", keys * width, hidden))
    // Of full layers values are what keys are.
    return isFull ? result : result + [("self_attn.v_proj", keys * width, hidden)]
  }

  /// Writes everything; the adapter has low-rank parts on some modules.
  init(in folder: URL, targets: (Int, String) -> Bool) throws {
    var random = SeededRandom(seed: 31)
    let tensors = Self.tensors(&random)
    var adapted: [TinyTensor] = []
    var names: Set<String> = []
    let everywhere: [Module] = [("per_layer_model_projection", Self.given * Self.kinds.count, Self.hidden)]
    for (layer, path, module) in everywhere.map({ (-1, $0.name, $0) })
      + Self.kinds.indices.flatMap({ layer in Self.modules(layer).map { (layer, "layers.\(layer).\($0.name)", $0) } })
    where targets(layer, module.name) {
      names.insert("\"\(module.name.split(separator: ".").last ?? "")\"")
      let prefix = "base_model.model.model.\(path)"
      adapted.append(random.matrix("\(prefix).lora_A.weight", 2, module.inputs, deviation: 0.3))
      adapted.append(random.matrix("\(prefix).lora_B.weight", module.outputs, 2, deviation: 0.2))
    }
    (self.folder, self.adapted) = (folder, adapted)
    for part in [base, adapter, checkpoint] {
      try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true)
    }
    try tensors.safetensors.write(to: base.appending(path: "model.safetensors"))
    for part in [base, checkpoint] { try Self.configuration.write(to: part.appending(path: "config.json")) }
    try adapted.safetensors.write(to: adapter.appending(path: "adapter_model.safetensors"))
    let layers = Set(adapted.compactMap { $0.name.firstMatch(of: /layers\.(\d+)\./)?.1 }).sorted()
    let chosen = names.contains("\"per_layer_model_projection\"") ? "null" : "[\(layers.joined(separator: ", "))]"
    try Data(
      """
      {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none", "task_type": "CAUSAL_LM",
       "target_modules": [\(names.sorted().joined(separator: ", "))], "layers_to_transform": \(chosen)}
      """.utf8
    ).write(to: adapter.appending(path: "adapter_config.json"))
    let lines = (0..<3).map { index in
      let tokens = (0..<14 + index).map { _ in random.below(Self.vocabulary) }
      return #"{"id": "p\#(index)", "input_ids": \#(tokens), "separator": \#(7 + index)}"#
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: prompts)
  }

  /// Adds to base and adapter what files from before the library left it out hold: keys and values that no layer reads.
  func addUnused() throws {
    var random = SeededRandom(seed: 77)
    let file = adapter.appending(path: "adapter_model.safetensors")
    let prefix = "base_model.model.model.layers.4.self_attn.k_proj"
    let more = [
      random.matrix("\(prefix).lora_A.weight", 2, Self.hidden, deviation: 0.3),
      random.matrix("\(prefix).lora_B.weight", 16, 2, deviation: 0.2),
    ]
    try (adapted + more).safetensors.write(to: file)
    random = SeededRandom(seed: 31)
    let tensors = Self.tensors(&random)
    let unused = [3, 4].flatMap { layer in
      ["k_proj", "v_proj"].map {
        random.matrix("model.layers.\(layer).self_attn.\($0).weight", 16, Self.hidden, deviation: 1)
      } + [random.norm("model.layers.\(layer).self_attn.k_norm.weight", 8)]
    }
    try (tensors + unused).safetensors.write(to: base.appending(path: "model.safetensors"))
  }

  /// Writes a second checkpoint: the base with some tensors changed.
  func writeCheckpoint(where isChanged: (String) -> Bool) throws {
    var random = SeededRandom(seed: 31)
    var tensors = Self.tensors(&random)
    for index in tensors.indices where isChanged(tensors[index].name) {
      let change = random.matrix("", 1, tensors[index].values.count, deviation: 0.05)
      tensors[index].values = zip(tensors[index].values, change.values).map { $0 + $1 }
    }
    try tensors.safetensors.write(to: checkpoint.appending(path: "model.safetensors"))
  }

  private static let configuration = Data(
    """
    {"model_type": "gemma4_text", "hidden_size": \(hidden), "num_hidden_layers": 5, "num_attention_heads": \(heads),
     "num_key_value_heads": 2, "head_dim": 8, "global_head_dim": 16, "num_global_key_value_heads": 1, "attention_k_eq_v": true,
     "num_kv_shared_layers": 2, "use_double_wide_mlp": true, "intermediate_size": \(inner), "vocab_size": \(vocabulary),
     "vocab_size_per_layer_input": \(vocabulary), "hidden_size_per_layer_input": \(given), "sliding_window": 5,
     "layer_types": [\(kinds.map { "\"\($0)_attention\"" }.joined(separator: ", "))], "final_logit_softcapping": 20.0}
    """.utf8)

  private static func tensors(_ random: inout SeededRandom) -> [TinyTensor] {
    var result = [
      random.matrix("model.embed_tokens.weight", vocabulary, hidden, deviation: 0.2),
      random.norm("model.norm.weight", hidden),
      random.matrix("model.embed_tokens_per_layer.weight", vocabulary, given * kinds.count, deviation: 0.5),
      random.matrix("model.per_layer_model_projection.weight", given * kinds.count, hidden, deviation: 1),
      random.norm("model.per_layer_projection_norm.weight", given),
    ]
    for layer in kinds.indices {
      let prefix = "model.layers.\(layer)."
      for norm in ["input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm"] {
        result.append(random.norm("\(prefix)\(norm).weight", hidden))
      }
      for norm in ["post_feedforward_layernorm", "post_per_layer_input_norm"] {
        result.append(random.norm("\(prefix)\(norm).weight", hidden))
      }
      let width = kinds[layer] == "full" ? 16 : 8
      result.append(random.norm("\(prefix)self_attn.q_norm.weight", width))
      if producers[layer] == nil { result.append(random.norm("\(prefix)self_attn.k_norm.weight", width)) }
      result.append(TinyTensor(name: "\(prefix)layer_scalar", shape: [1], values: [0.8 + 0.1 * Float(layer)]))
      for module in modules(layer) {
        result.append(
          random.matrix("\(prefix)\(module.name).weight", module.outputs, module.inputs, deviation: 0.3))
      }
    }
    return result
  }
}

/// Lends a pair.
func withSharingPair<Result>(
  targets: (Int, String) -> Bool = { _, _ in true }, _ body: (SharingPair) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "sharing-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(SharingPair(in: folder, targets: targets))
}
