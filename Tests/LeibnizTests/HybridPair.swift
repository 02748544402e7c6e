import Foundation
import LinearAlgebra

@testable import LeibnizTesting

/// A tiny model in which layers with and without attention take turns, with an adapter on every linear layer, a second checkpoint and
/// prompts, written for the occasion.
struct HybridPair {
  /// Which family.
  enum Kind: String, CaseIterable, Sendable {
    case qwen3_5_text, lfm2
  }

  let folder: URL
  let kind: Kind
  var base: URL { folder.appending(path: "base") }
  var adapter: URL { folder.appending(path: "adapter") }
  var checkpoint: URL { folder.appending(path: "checkpoint") }
  var prompts: URL { folder.appending(path: "prompts.jsonl") }

  static let (hidden, heads, keyValueHeads, width, inner, vocabulary) = (32, 2, 1, 16, 24, 40)
  /// Heads of linear attention and their widths.
  static let (keyHeads, valueHeads, keys, values) = (2, 4, 6, 10)

  /// Writes everything.
  /// - Parameters:
  ///   - isMasked: Whether the adapter is an Activated LoRA whose invocation token stands at the separator.
  ///   - size: A factor on the adapter.
  ///   - tokens: The first prompt's; each further one has one more.
  init(in folder: URL, _ kind: Kind, isMasked: Bool, size: Float, tokens count: Int) throws {
    (self.folder, self.kind) = (folder, kind)
    for part in [base, adapter, checkpoint] {
      try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true)
    }
    try write(tensors, to: base)
    var random = SeededRandom(seed: 6)
    let low = linears.flatMap { name, outputs, inputs in
      [
        random.matrix("base_model.model.\(name).lora_A.weight", 2, inputs, deviation: 0.3),
        random.matrix("base_model.model.\(name).lora_B.weight", outputs, 2, deviation: 0.3).scaled(by: size),
      ]
    }
    try low.safetensors.write(to: adapter.appending(path: "adapter_model.safetensors"))
    let targets = Set(linears.map { "\"\($0.name.split(separator: ".").last ?? "")\"" }).sorted().joined(
      separator: ", ")
    let mask = isMasked ? #", "task_type": "CAUSAL_LM", "alora_invocation_tokens": [39]"# : ""
    let text =
      #"{"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none", "target_modules": [\#(targets)]\#(mask)}"#
    try Data(text.utf8).write(to: adapter.appending(path: "adapter_config.json"))
    var tokens = SplitMix64(seed: 9)
    let lines = (0..<3).map { index in
      let separator = count / 2 - 1 + index
      let ids = (0..<count + index).map { $0 == separator ? 39 : tokens.next(below: 39) }
      return #"{"id": "p\#(index)", "input_ids": \#(ids), "separator": \#(separator)}"#
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: prompts)
  }

  /// Writes a second checkpoint: the base with some tensors changed.
  func writeCheckpoint(where isChanged: (String) -> Bool) throws {
    try write(changed(where: isChanged), to: checkpoint)
  }

  /// Writes an adapter of `modules_to_save`, with the values of the second checkpoint, beside a low-rank part that is zero.
  /// - Parameters:
  ///   - module: Its name in every layer that has it.
  ///   - isLeftOut: Tensors that the file lacks.
  func writeSaved(_ module: String, without isLeftOut: (String) -> Bool = { _ in false }) throws {
    let saved = changed { $0.contains(".\(module).") }.filter { $0.name.contains(".\(module).") && !isLeftOut($0.name) }
    try writeAdapter(
      saved.map { tensor in
        var own = tensor
        own.name = "base_model.model.\(tensor.name)"
        return own
      }, members: #""target_modules": ["q_proj"], "modules_to_save": ["\#(module)"]"#)
  }

  /// Writes an adapter with some tensors, beside a low-rank part of q_proj that is zero.
  func writeAdapter(_ tensors: [TinyTensor], members: String) throws {
    var random = SeededRandom(seed: 6)
    let zero = linears.filter { $0.name.hasSuffix("q_proj") }.flatMap { name, outputs, inputs in
      [
        random.matrix("base_model.model.\(name).lora_A.weight", 2, inputs, deviation: 0.3),
        random.matrix("base_model.model.\(name).lora_B.weight", outputs, 2, deviation: 0),
      ]
    }
    try (zero + tensors).safetensors.write(to: adapter.appending(path: "adapter_model.safetensors"))
    try Data(#"{"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none", \#(members)}"#.utf8)
      .write(to: adapter.appending(path: "adapter_config.json"))
  }

  private func changed(where isChanged: (String) -> Bool) -> [TinyTensor] {
    var random = SeededRandom(seed: 77)
    return tensors.map { tensor in
      guard isChanged(tensor.name) else { return tensor }
      var result = tensor
      let step = random.matrix(tensor.name, 1, tensor.values.count, deviation: 0.05)
      result.values = zip(tensor.values, step.values).map { $0 + $1 }
      return result
    }
  }

  private func write(_ tensors: [TinyTensor], to folder: URL) throws {
    try tensors.safetensors.write(to: folder.appending(path: "model.safetensors"))
    let own =
      switch kind {
      case .qwen3_5_text:
        """
        "full_attention_interval": 2, "head_dim": \(Self.width), "linear_num_key_heads": \(Self.keyHeads),
        "linear_num_value_heads": \(Self.valueHeads), "linear_key_head_dim": \(Self.keys),
        "linear_value_head_dim": \(Self.values)
        """
      case .lfm2: #""full_attn_idxs": [1, 3], "block_auto_adjust_ff_dim": false, "conv_bias": true"#
      }
    let text = """
      {"model_type": "\(kind.rawValue)", "hidden_size": \(Self.hidden), "intermediate_size": \(Self.inner),
       "num_attention_heads": \(Self.heads), "num_key_value_heads": \(Self.keyValueHeads), "num_hidden_layers": 4,
       "vocab_size": \(Self.vocabulary), "tie_word_embeddings": false, \(own)}
      """
    try Data(text.utf8).write(to: folder.appending(path: "config.json"))
  }

  /// Name, outputs and inputs of every linear layer.
  private var linears: [(name: String, outputs: Int, inputs: Int)] {
    (0..<4).flatMap { layer -> [(String, Int, Int)] in
      let mixing = layer % 2 == 0 ? recurrence : attention
      let fed =
        kind == .lfm2
        ? ["feed_forward.w1", "feed_forward.w3", "feed_forward.w2"]
        : ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
      let sizes = [(Self.inner, Self.hidden), (Self.inner, Self.hidden), (Self.hidden, Self.inner)]
      return (mixing + zip(fed, sizes).map { ($0, $1.0, $1.1) }).map { ("model.layers.\(layer).\($0)", $1, $2) }
    }
  }

  private var attention: [(String, Int, Int)] {
    let (query, keyValue) = (Self.heads * Self.width, Self.keyValueHeads * Self.width)
    return [
      ("self_attn.q_proj", kind == .lfm2 ? query : 2 * query, Self.hidden), ("self_attn.k_proj", keyValue, Self.hidden),
      ("self_attn.v_proj", keyValue, Self.hidden),
      ("self_attn.\(kind == .lfm2 ? "out_proj" : "o_proj")", Self.hidden, query),
    ]
  }

  private var recurrence: [(String, Int, Int)] {
    let values = Self.valueHeads * Self.values
    guard kind != .lfm2 else {
      return [("conv.in_proj", 3 * Self.hidden, Self.hidden), ("conv.out_proj", Self.hidden, Self.hidden)]
    }
    return [
      ("linear_attn.in_proj_qkv", Self.channels, Self.hidden), ("linear_attn.in_proj_z", values, Self.hidden),
      ("linear_attn.in_proj_b", Self.valueHeads, Self.hidden), ("linear_attn.in_proj_a", Self.valueHeads, Self.hidden),
      ("linear_attn.out_proj", Self.hidden, values),
    ]
  }

  private static let channels = 2 * keyHeads * keys + valueHeads * values

  private var tensors: [TinyTensor] {
    var random = SeededRandom(seed: 4)
    func drawn(_ name: String, _ shape: [Int], _ deviation: Double, around middle: Float = 0) -> TinyTensor {
      var tensor = random.matrix(name, 1, shape.reduce(1, *), deviation: deviation)
      tensor.shape = shape
      tensor.values = tensor.values.map { $0 + middle }
      return tensor
    }
    let isLFM = kind == .lfm2
    // Gains are stored less one but for lfm2's.
    let gain: Float = isLFM ? 1 : 0
    var result = [
      drawn("model.embed_tokens.weight", [Self.vocabulary, Self.hidden], 1),
      drawn("lm_head.weight", [Self.vocabulary, Self.hidden], 0.3),
      drawn("model.\(isLFM ? "embedding_norm" : "norm").weight", [Self.hidden], 0.2, around: gain),
    ]
    for (name, outputs, inputs) in linears {
      result.append(drawn("\(name).weight", [outputs, inputs], 0.25))
      if name.contains(".conv.") { result.append(drawn("\(name).bias", [outputs], 0.2)) }
    }
    for layer in 0..<4 {
      let prefix = "model.layers.\(layer)."
      for norm in isLFM ? ["operator_norm", "ffn_norm"] : ["input_layernorm", "post_attention_layernorm"] {
        result.append(drawn("\(prefix)\(norm).weight", [Self.hidden], 0.2, around: gain))
      }
      guard layer % 2 == 0 else {
        for norm in isLFM ? ["q_layernorm", "k_layernorm"] : ["q_norm", "k_norm"] {
          result.append(drawn("\(prefix)self_attn.\(norm).weight", [Self.width], 0.2, around: gain))
        }
        continue
      }
      if isLFM {
        result.append(drawn("\(prefix)conv.conv.weight", [Self.hidden, 1, 3], 0.6))
        result.append(drawn("\(prefix)conv.conv.bias", [Self.hidden], 0.2))
      } else {
        result.append(drawn("\(prefix)linear_attn.conv1d.weight", [Self.channels, 1, 4], 0.6))
        result.append(drawn("\(prefix)linear_attn.A_log", [Self.valueHeads], 0.5))
        result.append(drawn("\(prefix)linear_attn.dt_bias", [Self.valueHeads], 0.5))
        result.append(drawn("\(prefix)linear_attn.norm.weight", [Self.values], 0.2, around: 1))
      }
    }
    return result
  }
}

extension TinyTensor {
  fileprivate func scaled(by factor: Float) -> TinyTensor {
    var result = self
    result.values = values.map { $0 * factor }
    return result
  }
}

/// Lends a pair.
func withHybridPair<Result>(
  _ kind: HybridPair.Kind, isMasked: Bool = false, size: Float = 1, tokens: Int = 12,
  _ body: (HybridPair) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "hybrid-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(HybridPair(in: folder, kind, isMasked: isMasked, size: size, tokens: tokens))
}
