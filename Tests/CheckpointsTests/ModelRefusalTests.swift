import Foundation
import Testing

@testable import Checkpoints

/// What is wrong with a base is said in one paragraph that names it.
struct ModelRefusalTests {
  private func refusal(
    _ base: String = "llama", _ change: (ScratchFolder) throws -> Void
  ) throws -> String {
    let scratch = try ScratchFolder(copying: Samples.base(base))
    try change(scratch)
    return message { _ = try Model(folder: scratch.url) }
  }

  private func refusal(tensors change: (inout RawTensors) -> Void) throws -> String {
    try refusal { try $0.rewrite("model.safetensors", change) }
  }

  @Test func folders() throws {
    let nowhere = URL(fileURLWithPath: "nowhere/model")
    #expect(message { _ = try Model(folder: nowhere) }.hasPrefix("nowhere/model: there is no such folder."))
    let file = Samples.base("llama").appendingPathComponent("config.json")
    #expect(message { _ = try Model(folder: file) }.contains("llama/config.json is a file. Give the folder"))
    #expect(
      try refusal { try FileManager.default.removeItem(at: $0.file("config.json")) }
        .hasPrefix("sample: there is no config.json."))
    let directory = try refusal {
      try FileManager.default.removeItem(at: $0.file("config.json"))
      try FileManager.default.createDirectory(at: $0.file("config.json"), withIntermediateDirectories: false)
    }
    #expect(directory.hasPrefix("sample/config.json: cannot be read: it is not a regular file."))
  }

  @Test func weightsThatAreNotThere() throws {
    let none = try refusal { try FileManager.default.removeItem(at: $0.file("model.safetensors")) }
    #expect(none.hasPrefix("sample: there is no model.safetensors. Give the folder that holds config.json"))
    let pickle = try refusal {
      try FileManager.default.moveItem(at: $0.file("model.safetensors"), to: $0.file("pytorch_model.bin"))
    }
    #expect(pickle.contains("never read") && pickle.contains("save_pretrained"))
  }

  @Test(arguments: [
    ("{", "config.json: not valid JSON"), ("[]", "an object is expected"), ("{}", "config.json: model_type: missing"),
    (#"{"model_type": "mamba"}"#, "\"mamba\" is not supported"),
    (#"{"model_type": "llama", "hidden_size": "8"}"#, "hidden_size: an integer is expected"),
  ])
  func configurations(text: String, expected: String) throws {
    let message = try refusal { try Data(text.utf8).write(to: $0.file("config.json")) }
    #expect(message.contains(expected), "\(message)")
  }

  @Test func configurationMembers() throws {
    let quantized = try refusal {
      try $0.set(["quantization_config": ["quant_method": "gptq", "bits": 4]], in: "config.json")
      try $0.rewrite("model.safetensors") { $0.set("model.layers.0.mlp.up_proj.qweight", shape: [1], [0]) }
    }
    #expect(quantized.hasPrefix("sample/config.json: quantization_config: the weights are quantized by gptq"))
    // To transformers null is false.
    for value in [false, NSNull(), 0, "yes"] as [Any] {
      #expect(
        try refusal { try $0.set(["is_causal": value], in: "config.json") }.contains("is_causal: attention to later"))
    }
    #expect(try refusal { try $0.set(["is_causal": true], in: "config.json") } == "nothing")
    let layers = try refusal { try $0.set(["num_hidden_layers": 2_147_483_648], in: "config.json") }
    #expect(layers.contains("num_hidden_layers"))
    let size = try refusal { try $0.set(["vocab_size": 0], in: "config.json") }
    #expect(size.contains("vocab_size"))
  }

  @Test func tensors() throws {
    let name = "model.layers.1.self_attn.k_proj.weight"
    #expect(
      try refusal(tensors: { $0.entries[name] = nil })
        .hasPrefix("sample: tensor \(name) of shape [4, 8] is missing."))
    #expect(
      try refusal(tensors: { $0.entries["model.layers.1.self_attn.k_proj.bias"] = nil })
        .contains("k_proj.bias of shape [4] is missing"))
    #expect(
      try refusal(tensors: { $0.set(name, shape: [8, 4], .init(repeating: 0, count: 32)) })
        == "sample/model.safetensors: tensor \(name) has shape [8, 4] where [4, 8] is expected by "
        + "hidden_size, num_attention_heads, num_key_value_heads and head_dim of config.json. Either is wrong: the weights and "
        + "the configuration do not belong together, or the adapter was made for another model.")
    #expect(try refusal(tensors: { $0.entries[name]?.type = "I32" }).contains("tensor \(name) is stored as I32;"))
  }

  @Test(arguments: [
    "model.layers.0.self_attn.q_proj.weight_scale", "model.layers.0.mlp.up_proj.qweight", "model.norm.bias",
    "model.layers.2.self_attn.q_proj.weight", "lm_head.bias", "model.layers.0.self_attn.q_norm.weight",
    "model.embed_tokens.weight_scale", "model.embed_norm.weight",
  ])
  func tensorsWithoutAPlace(name: String) throws {
    let message = try refusal(tensors: { $0.set(name, shape: [1], [0]) })
    #expect(
      message.hasPrefix(
        "sample/model.safetensors: tensor \(name): a llama model as config.json describes it has no such"))
  }

  @Test func tensorsOfOtherModelsAreLeftAlone() throws {
    #expect(try refusal(tensors: { $0.set("vision_tower.x.weight", shape: [1], [0]) }) == "nothing")
  }

  @Test func nonFiniteWeightsAreRefusedWhereTheyAreUsed() throws {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try scratch.rewrite("model.safetensors") { tensors in
      var values = try tensors.floats("model.layers.1.mlp.up_proj.weight")
      values[50] = .nan
      tensors.set("model.layers.1.mlp.up_proj.weight", shape: [12, 8], values)
    }
    let model = try Model(folder: scratch.url)
    let linear = try #require(model.linear("model.layers.1.mlp.up_proj"))
    #expect(message { _ = try model.floats(linear) }.contains("tensor model.layers.1.mlp.up_proj.weight holds NaN"))
  }

  @Test func indexes() throws {
    let key = "model.norm.weight"
    func index(_ change: (inout [String: String]) -> Void) throws -> String { try refusal { try $0.shard(change) } }
    #expect(try index { _ in } == "nothing")
    for name in [
      "../model.safetensors", "/etc/x.safetensors", "sub/x.safetensors", "model.bin", "..\\x.safetensors",
      // A slash before a combining accent is one Character with it.
      "../\u{301}x.safetensors", "sub/\u{301}/x.safetensors", "x\u{0}.safetensors", "x.safetensors\u{301}",
    ] {
      #expect(try index { $0[key] = name }.contains("weight_map.\(key): a plain name of a .safetensors file"))
    }
    #expect(try index { $0[key] = "gone.safetensors" }.hasPrefix("sample: there is no gone.safetensors."))
    #expect(
      try index { $0["model.extra"] = $0[key] }.contains("weight_map.model.extra: the tensor is not in model-0000"))
    #expect(try index { $0 = [:] }.contains("weight_map: missing or empty"))
    // Two names that look alike are two tensors; the model has a place for neither.
    let twins = try refusal { scratch in
      try scratch.rewrite("model.safetensors") { tensors in
        tensors.set("visual.caf\u{E9}.weight", shape: [1], [1])
      }
      try scratch.rewrite("model.safetensors") { tensors in
        tensors.rename { $0 == "visual.caf\u{E9}.weight" ? "visual.cafe\u{301}.weight" : $0 }
        tensors.set("visual.kaf\u{E9}.weight", shape: [1], [1])
      }
    }
    #expect(twins == "nothing")
    let twice = try refusal { scratch in
      try scratch.shard()
      try scratch.rewrite("model-00001-of-00002.safetensors") { $0.set(key, shape: [8], .init(repeating: 1, count: 8)) }
      try scratch.rewrite("model-00002-of-00002.safetensors") { $0.set(key, shape: [8], .init(repeating: 1, count: 8)) }
    }
    #expect(twice.contains("tensor \(key): it stands in sample/model-00001-of-00002.safetensors too"))
  }
}
