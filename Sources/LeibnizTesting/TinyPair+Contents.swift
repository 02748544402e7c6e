import Foundation
import LinearAlgebra

/// A named float32 tensor.
package struct TinyTensor {
  package var name: String
  package var shape: [Int]
  package var values: [Float]
}

extension TinyPair.Options {
  private var hidden: Int { heads * headDimension }
  private var intermediate: Int { 2 * hidden }
  private var separator: Int { vocabulary - 1 }

  /// config.json of the base.
  var modelConfiguration: Data {
    let type = experts == 0 ? "Llama" : "Mixtral"
    let mixture =
      experts == 0
      ? ""
      : """

        "num_experts_per_tok": 2,
        "num_local_experts": \(experts),
      """
    return Data(
      """
      {
        "architectures": ["\(type)ForCausalLM"],
        "attention_bias": false,
        "head_dim": \(headDimension),
        "hidden_act": "silu",
        "hidden_size": \(hidden),
        "intermediate_size": \(intermediate),
        "max_position_embeddings": 128,
        "mlp_bias": false,
        "model_type": "\(type.lowercased())",
        "num_attention_heads": \(heads),\(mixture)
        "num_hidden_layers": \(layers),
        "num_key_value_heads": \(keyValueHeads),
        "rms_norm_eps": 1e-05,
        "rope_theta": 10000.0,
        "tie_word_embeddings": false,
        "torch_dtype": "float32",
        "vocab_size": \(vocabulary)
      }

      """.utf8)
  }

  /// adapter_config.json.
  var adapterConfiguration: Data {
    let router = experts > 0 && targets.contains(.gate) ? ["mlp.gate"] : []
    let names = (targets.map(\.rawValue) + router).map { "\"\($0)\"" }.joined(separator: ", ")
    return Data(
      """
      {
        "alora_invocation_tokens": \(isMasked ? "[\(separator)]" : "null"),
        "bias": "none",
        "lora_alpha": \(scaling * rank),
        "peft_type": "LORA",
        "r": \(rank),
        "target_modules": [\(names)],
        "task_type": "CAUSAL_LM"
      }

      """.utf8)
  }

  /// Every weight of the base: norms near 1, matrices that keep a vector's size.
  func baseWeights(_ random: inout SeededRandom) -> [TinyTensor] {
    var tensors = [
      random.matrix("model.embed_tokens.weight", vocabulary, hidden, deviation: 1),
      random.matrix("lm_head.weight", vocabulary, hidden, deviation: 1 / Double(hidden).squareRoot()),
      random.norm("model.norm.weight", hidden),
    ]
    for layer in 0..<layers {
      let prefix = "model.layers.\(layer)."
      tensors.append(random.norm(prefix + "input_layernorm.weight", hidden))
      tensors.append(random.norm(prefix + "post_attention_layernorm.weight", hidden))
      for (module, output, input) in modules(TinyPair.Target.allCases) {
        tensors.append(
          random.matrix(prefix + module + ".weight", output, input, deviation: 1 / Double(input).squareRoot()))
      }
    }
    return tensors
  }

  /// A and B of every adapted projection.
  package func adapterWeights(_ random: inout SeededRandom) -> [TinyTensor] {
    (0..<layers).flatMap { layer in
      modules(targets).flatMap { module, output, input in
        let prefix = "base_model.model.model.layers.\(layer).\(module)"
        return [
          random.matrix("\(prefix).lora_A.weight", rank, input, deviation: 1 / Double(input).squareRoot()),
          random.matrix("\(prefix).lora_B.weight", output, rank, deviation: 0.1),
        ]
      }
    }
  }

  /// Prompts of 16 to 24 tokens, each with one separator about two thirds into it.
  func promptLines(_ random: inout SeededRandom) -> Data {
    let lines = (0..<promptCount).map { index in
      let (before, after) = (10 + random.below(6), 5 + random.below(4))
      let tokens = (0..<before + 1 + after).map { $0 == before ? separator : random.below(separator) }
      let ids = tokens.map(String.init).joined(separator: ", ")
      return "{\"id\": \"p\(index)\", \"input_ids\": [\(ids)], \"separator\": \(before)}\n"
    }
    return Data(lines.joined().utf8)
  }

  /// The modules of some projections inside a layer, with their rows and columns: each expert's own, and the router where there is
  /// a gate.
  private func modules(_ targets: [TinyPair.Target]) -> [(module: String, output: Int, input: Int)] {
    targets.flatMap { target in
      let (output, input) = shape(of: target)
      guard experts > 0, [.gate, .up, .down].contains(target) else { return [(target.module, output, input)] }
      let router = target == .gate ? [("mlp.gate", experts, hidden)] : []
      return router + (0..<experts).map { ("mlp.experts.\($0).\(target.rawValue)", output, input) }
    }
  }

  /// Rows and columns of a projection.
  private func shape(of target: TinyPair.Target) -> (output: Int, input: Int) {
    switch target {
    case .query: (hidden, hidden)
    case .key, .value: (keyValueHeads * headDimension, hidden)
    case .output: (hidden, hidden)
    case .gate, .up: (intermediate, hidden)
    case .down: (hidden, intermediate)
    }
  }
}

extension TinyPair.Target {
  /// The module inside a layer.
  fileprivate var module: String {
    switch self {
    case .query, .key, .value, .output: "self_attn.\(rawValue)"
    case .gate, .up, .down: "mlp.\(rawValue)"
    }
  }
}

extension [TinyTensor] {
  /// The tensors as a safetensors file: the header's length, the header, the values in little-endian order.
  package var safetensors: Data {
    var entries: [String] = []
    var values = Data()
    for tensor in self {
      let begin = values.count
      for value in tensor.values {
        Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { values.append(contentsOf: $0) }
      }
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"F32\",\"shape\":\(tensor.shape),\"data_offsets\":[\(begin),\(values.count)]}"
      )
    }
    var header = Data("{\(entries.joined(separator: ","))}".utf8)
    // Values begin at a multiple of eight bytes.
    header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    return Swift.withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + values
  }
}

/// Draws tensors that are the same on every platform.
package struct SeededRandom {
  private var generator: SplitMix64

  package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  /// A number from 0 to `bound` − 1.
  mutating func below(_ bound: Int) -> Int { generator.next(below: bound) }

  /// Nearly normal: the sum of twelve uniform numbers less six, free of functions that differ between platforms.
  private mutating func normal() -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + generator.unit() }
  }

  mutating func matrix(_ name: String, _ rows: Int, _ columns: Int, deviation: Double) -> TinyTensor {
    let values = (0..<rows * columns).map { _ in Float(deviation * normal()) }
    return TinyTensor(name: name, shape: [rows, columns], values: values)
  }

  mutating func norm(_ name: String, _ count: Int) -> TinyTensor {
    TinyTensor(name: name, shape: [count], values: (0..<count).map { _ in Float(1 + 0.1 * normal()) })
  }
}
