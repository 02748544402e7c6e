import Foundation
import LinearAlgebra

/// A tiny gpt-oss with an adapter, a second checkpoint and prompts, written for the occasion. Its experts' weights are such that four bits
/// hold them.
package struct SinkPair {
  package let folder: URL
  package var base: URL { folder.appending(path: "base") }
  package var adapter: URL { folder.appending(path: "adapter") }
  package var checkpoint: URL { folder.appending(path: "checkpoint") }
  package var prompts: URL { folder.appending(path: "prompts.jsonl") }

  package static let (hidden, heads, keyValueHeads, width, inner, experts, vocabulary, layers) = (
    32, 4, 2, 16, 32, 4, 48, 2
  )
  private static let codes: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6]

  /// A tensor of a file.
  package struct Entry {
    package var name: String
    package var shape: [Int]
    package var type = "F32"
    package var bytes: [UInt8]

    package init(_ name: String, _ shape: [Int], _ values: [Float]) {
      (self.name, self.shape) = (name, shape)
      bytes = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }

    package init(_ name: String, _ shape: [Int], packed bytes: [UInt8]) {
      (self.name, self.shape, type, self.bytes) = (name, shape, "U8", bytes)
    }
  }

  /// The matrices of all experts: codes and exponents, rows first.
  private struct Packed {
    let (name, rows, columns): (String, Int, Int)
    var (codes, exponents): ([UInt8], [UInt8])

    init(_ name: String, rows: Int, columns: Int, _ random: inout SplitMix64) {
      (self.name, self.rows, self.columns) = (name, rows, columns)
      let count = SinkPair.experts * rows * columns
      codes = (0..<count).map { _ in UInt8(random.next(below: 16)) }
      exponents = (0..<count / 32).map { _ in UInt8(122 + random.next(below: 4)) }
    }

    var packed: [Entry] {
      let bytes = stride(from: 0, to: codes.count, by: 2).map { codes[$0] | codes[$0 + 1] << 4 }
      let shape = [SinkPair.experts, rows, columns / 32]
      return [
        Entry("\(name)_blocks", shape + [16], packed: bytes), Entry("\(name)_scales", shape, packed: exponents),
      ]
    }

    /// The values, (experts, columns, rows).
    var plain: Entry {
      var values: [Float] = []
      for expert in 0..<SinkPair.experts {
        for column in 0..<columns {
          for row in 0..<rows {
            let index = (expert * rows + row) * columns + column
            values.append(
              SinkPair.codes[Int(codes[index])]
                * Float(sign: .plus, exponent: Int(exponents[index / 32]) - 127, significand: 1))
          }
        }
      }
      return Entry(name, [SinkPair.experts, columns, rows], values)
    }
  }

  /// Writes everything.
  package init(in folder: URL) throws {
    self.folder = folder
    for part in [base, adapter, checkpoint] {
      try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true)
    }
    try writeBase(isPacked: false)
    try Self.data(Self.adapterWeights(1)).write(to: adapter.appending(path: "adapter_model.safetensors"))
    let targets = #""q_proj", "k_proj", "v_proj", "o_proj""#
    let text = #"{"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none", "target_modules": [\#(targets)]}"#
    try Data(text.utf8).write(to: adapter.appending(path: "adapter_config.json"))
    var random = SplitMix64(seed: 9)
    let lines = (0..<3).map { index in
      let tokens = (0..<12 + index).map { _ in random.next(below: Self.vocabulary) }
      return #"{"id": "p\#(index)", "input_ids": \#(tokens), "separator": \#(5 + index)}"#
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: prompts)
  }

  /// Writes the base with its experts in four bits, or as they are.
  package func writeBase(isPacked: Bool, _ change: (inout [Entry]) -> Void = { _ in }) throws {
    var tensors = Self.tensors(isPacked: isPacked)
    change(&tensors)
    try Self.data(tensors).write(to: base.appending(path: "model.safetensors"))
    try Self.configuration(isPacked: isPacked).write(to: base.appending(path: "config.json"))
  }

  /// Writes a second checkpoint: the base with some tensors changed by seeded numbers of a size.
  package func writeCheckpoint(size: Float, where isChanged: (String) -> Bool) throws {
    var random = SplitMix64(seed: 77)
    let tensors = Self.tensors(isPacked: false).map { tensor in
      guard isChanged(tensor.name) else { return tensor }
      let values = stride(from: 0, to: tensor.bytes.count, by: 4).map { start in
        let bits = tensor.bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Float(bitPattern: bits) + size * Float(2 * random.unit() - 1)
      }
      return Entry(tensor.name, tensor.shape, values)
    }
    try Self.data(tensors).write(to: checkpoint.appending(path: "model.safetensors"))
    try Self.configuration(isPacked: false).write(to: checkpoint.appending(path: "config.json"))
  }

  /// Makes every B zero.
  package func clearAdapter() throws {
    try Self.data(Self.adapterWeights(0)).write(to: adapter.appending(path: "adapter_model.safetensors"))
  }

  private static func configuration(isPacked: Bool) -> Data {
    let quantization = isPacked ? #""quantization_config": {"quant_method": "mxfp4"}, "# : ""
    return Data(
      """
      {"model_type": "gpt_oss", \(quantization)"hidden_size": \(hidden), "intermediate_size": \(inner), "head_dim": \(width),
       "num_attention_heads": \(heads), "num_key_value_heads": \(keyValueHeads), "num_hidden_layers": \(layers),
       "num_local_experts": \(experts), "num_experts_per_tok": 2, "vocab_size": \(vocabulary), "sliding_window": 5,
       "max_position_embeddings": 128, "tie_word_embeddings": false}
      """.utf8)
  }

  private static func tensors(isPacked: Bool) -> [Entry] {
    var random = SplitMix64(seed: 4)
    func drawn(_ name: String, _ shape: [Int], _ size: Double, around middle: Double = 0) -> Entry {
      Entry(name, shape, (0..<shape.reduce(1, *)).map { _ in Float(middle + size * (2 * random.unit() - 1)) })
    }
    var result = [
      drawn("model.embed_tokens.weight", [vocabulary, hidden], 1), drawn("lm_head.weight", [vocabulary, hidden], 0.4),
      drawn("model.norm.weight", [hidden], 0.2, around: 1),
    ]
    for layer in 0..<layers {
      let prefix = "model.layers.\(layer)."
      for norm in ["input_layernorm", "post_attention_layernorm"] {
        result.append(drawn("\(prefix)\(norm).weight", [hidden], 0.2, around: 1))
      }
      result.append(drawn("\(prefix)self_attn.sinks", [heads], 2))
      for (name, outputs, inputs) in modules + [("mlp.router", experts, hidden)] {
        result.append(drawn("\(prefix)\(name).weight", [outputs, inputs], 0.4))
        result.append(drawn("\(prefix)\(name).bias", [outputs], 0.3))
      }
      for (name, rows, columns) in [("gate_up_proj", 2 * inner, hidden), ("down_proj", hidden, inner)] {
        let all = Packed("\(prefix)mlp.experts.\(name)", rows: rows, columns: columns, &random)
        result += isPacked ? all.packed : [all.plain]
        result.append(drawn("\(prefix)mlp.experts.\(name)_bias", [experts, rows], 0.5))
      }
    }
    return result
  }

  private static let modules = [
    ("self_attn.q_proj", heads * width, hidden), ("self_attn.k_proj", keyValueHeads * width, hidden),
    ("self_attn.v_proj", keyValueHeads * width, hidden), ("self_attn.o_proj", hidden, heads * width),
  ]

  private static func adapterWeights(_ factor: Float) -> [Entry] {
    var random = SplitMix64(seed: 5)
    func drawn(_ name: String, _ shape: [Int], _ factor: Float) -> Entry {
      Entry(name, shape, (0..<shape.reduce(1, *)).map { _ in factor * Float(random.unit() - 0.5) })
    }
    return (0..<layers).flatMap { layer in
      modules.flatMap { name, outputs, inputs in
        let prefix = "base_model.model.model.layers.\(layer).\(name)"
        return [
          drawn("\(prefix).lora_A.weight", [2, inputs], 0.6),
          drawn("\(prefix).lora_B.weight", [outputs, 2], 0.5 * factor),
        ]
      }
    }
  }

  /// A safetensors file.
  private static func data(_ tensors: [Entry]) -> Data {
    var (entries, values) = ([String](), Data())
    for tensor in tensors {
      let range = "[\(values.count),\(values.count + tensor.bytes.count)]"
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),\"data_offsets\":\(range)}")
      values.append(contentsOf: tensor.bytes)
    }
    var header = Data("{\(entries.joined(separator: ","))}".utf8)
    header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + values
  }
}

/// Lends a pair.
package func withSinkPair<Result>(_ body: (SinkPair) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "sinks-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(SinkPair(in: folder))
}
