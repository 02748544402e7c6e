import Foundation

@testable import Checkpoints

/// A Llama of one layer, 32 features and two heads, written for the occasion: all weights 1, so that a test sets what it is about.
struct TinyFolder {
  /// The weight that tests pack: (32, 32).
  static let query = "model.layers.0.self_attn.q_proj"
  static let side = 32

  var tensors = RawTensors()
  var members: [String: Any] = [
    "model_type": "llama", "hidden_size": side, "intermediate_size": side, "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": side, "tie_word_embeddings": false,
  ]

  init() {
    let ones = [Float](repeating: 1, count: Self.side * Self.side)
    for part in ["q_proj", "k_proj", "v_proj", "o_proj"] {
      tensors.set("model.layers.0.self_attn.\(part).weight", shape: [Self.side, Self.side], ones)
    }
    for part in ["gate_proj", "up_proj", "down_proj"] {
      tensors.set("model.layers.0.mlp.\(part).weight", shape: [Self.side, Self.side], ones)
    }
    for table in ["model.embed_tokens", "lm_head"] {
      tensors.set("\(table).weight", shape: [Self.side, Self.side], ones)
    }
    for norm in ["model.norm", "model.layers.0.input_layernorm", "model.layers.0.post_attention_layernorm"] {
      tensors.set("\(norm).weight", shape: [Self.side], Array(ones.prefix(Self.side)))
    }
  }

  mutating func set(_ name: String, _ type: String, shape: [Int], _ bytes: [UInt8]) {
    tensors.entries[name] = RawTensors.Entry(type: type, shape: shape, bytes: Data(bytes))
  }

  /// Writes it to a folder.
  func written() throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    try tensors.data().write(to: scratch.file("model.safetensors"))
    try JSONSerialization.data(withJSONObject: members).write(to: scratch.file("config.json"))
    return scratch
  }

  /// The values of the weight that was packed.
  func query() throws -> [Float] {
    let scratch = try written()
    let model = try Model(folder: scratch.url)
    return try model.floats(model.description.layers[0].attention.query.linear)
  }

  /// What is said when it is opened, or read; "nothing" where nothing is.
  func refusal() throws -> String {
    let scratch = try written()
    return message {
      let model = try Model(folder: scratch.url)
      _ = try model.floats(model.description.layers[0].attention.query.linear)
    }
  }
}
