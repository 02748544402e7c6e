import Architectures
import Foundation
import Testing

@testable import Checkpoints

/// Second checkpoints that differ from the base in what does not matter, and folders that hold something else.
struct RelatedCheckpointTests {
  private let weights = "model.safetensors"

  private func other(_ change: (ScratchFolder) throws -> Void) throws -> ScratchFolder {
    let scratch = try ScratchFolder(copying: Samples.base("llama"))
    try change(scratch)
    return scratch
  }

  @Test(arguments: ["", "_orig_mod.", "module.", "model.", "module._orig_mod.", "llm.", "language_model.", "thinker."])
  func `A checkpoint's prefix may be another`(prefix: String) throws {
    let model = try Model(folder: Samples.base("llama"))
    let scratch = try other { try $0.rewrite(weights) { $0.rename { prefix + $0 } } }
    let found = try Adaptation.open(folder: scratch.url, base: model)
    #expect(found.kind == .none && !found.lacksHead)
    #expect(try Adaptation.open(folder: Samples.base("llama"), base: Model(folder: scratch.url)).kind == .none)
  }

  @Test func `A classifier without a head of tokens is compared all the same`() throws {
    let model = try Model(folder: Samples.base("llama"))
    let scratch = try other {
      try $0.rewrite(weights) { tensors in
        tensors.entries["lm_head.weight"] = nil
        tensors.set("score.weight", shape: [1, 8], .init(repeating: 1, count: 8))
        tensors.set("model.layers.0.self_attn.o_proj.weight", shape: [8, 8], .init(repeating: 1, count: 64))
      }
    }
    let found = try Adaptation.open(folder: scratch.url, base: model)
    #expect(found.kind == .checkpoint && found.lacksHead && found.targets == ["o_proj"])
    #expect(found.warnings.contains { $0.contains("beside the decoder, score, is left out") }, "\(found.warnings)")
  }

  @Test func `Windows and rotary scalings that prompts do not reach`() throws {
    let model = try Model(folder: Samples.base("llama"))
    let dynamic = try other {
      try $0.set(
        [
          "rope_parameters": NSNull(), "rope_scaling": ["rope_type": "dynamic", "factor": 2.0], "rope_theta": 10_000.0,
        ], in: "config.json")
    }
    let found = try Adaptation.open(folder: dynamic.url, base: model)
    #expect(
      found.agreement?.tokens == 32 && found.agreement?.member.contains("rotary") == true, "\(found.agreement as Any)")
    let theta = try other {
      try $0.set(["rope_parameters": ["rope_type": "default", "rope_theta": 9.0]], in: "config.json")
    }
    #expect(message { _ = try Adaptation.open(folder: theta.url, base: model) }.contains("rotary"))
    var (one, two) = (model.description, model.description)
    #expect(LengthAgreement(one, two) == nil)
    one.layers[1].attention.window = 7
    #expect(LengthAgreement(one, two)?.tokens == 7)
    two.layers[1].attention.window = 5
    #expect(LengthAgreement(one, two)?.tokens == 5 && LengthAgreement(two, one)?.member == "layers[1].attention.window")
    two.layers[0].attention.scale = 3
    #expect(LengthAgreement(one, two) == nil)
  }

  @Test func `What differs is told without the language's own words`() {
    var attention: (window: Int?, scale: Double) = (4096, 1)
    let difference = firstDifference(between: attention, and: (window: Int?.none, scale: 1.0))
    #expect(difference?.left == "4096" && difference?.right == "none" && difference?.path == "window")
    attention.window = nil
    #expect(firstDifference(between: attention, and: (window: Int?.none, scale: 1.0)) == nil)
  }

  @Test(arguments: ["gptq", "bitsandbytes", "awq"]) func `Quantised by name alone`(method: String) throws {
    let plain = try other {
      try $0.set(["quantization_config": ["quant_method": method, "load_in_8bit": true]], in: "config.json")
    }
    #expect(message { _ = try Model(folder: plain.url) } == "nothing")
    #expect(try FolderInspection(folder: plain.url).problems.isEmpty)
    try plain.rewrite(weights) { $0.set("model.layers.0.mlp.up_proj.qweight", shape: [1], [1]) }
    #expect(message { _ = try Model(folder: plain.url) }.contains("quantization_config: the weights are quantized"))
  }

  @Test(arguments: [
    ("model-00001-of-00002.safetensors", "in parts, model-00001-of-00002.safetensors"),
    ("model.gguf", "model.gguf is llama.cpp's form"), ("pytorch_model.bin", "pytorch_model.bin can run code"),
    ("consolidated.00.pth", "consolidated.00.pth can run code"), ("zero_to_fp32.py", "DeepSpeed ZeRO's parts"),
    ("global_step12", "global_step12 are DeepSpeed ZeRO's parts"), ("consolidated.safetensors", "not under the name"),
    ("tf_model.h5", "another library's form"), ("adapters.safetensors", "an adapter as MLX writes it"),
    ("readme.txt", "Give the folder that holds config.json"),
  ])
  func `What lies in place of the weights is named`(file: String, expected: String) throws {
    let scratch = try other {
      try FileManager.default.removeItem(at: $0.file(weights))
      try Data().write(to: $0.file(file))
    }
    let message = message { _ = try Model(folder: scratch.url) }
    #expect(message.contains("there is no model.safetensors") && message.contains(expected), "\(message)")
    #expect(message.count < 500)
  }

  @Test(arguments: [
    ("adapter_model-00001-of-00002.safetensors", "in parts, adapter_model-00001-of-00002.safetensors"),
    ("adapter_model.bin", "adapter_model.bin can run code"), ("adapters.safetensors", "as MLX writes it"),
    ("zero_pp_rank_0_mp_rank_00_model_states.pt", "DeepSpeed ZeRO's parts"), ("x", "The adapter's weights are missing"),
  ])
  func `So it is of an adapter`(file: String, expected: String) throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
    try FileManager.default.removeItem(at: scratch.file("adapter_model.safetensors"))
    try Data().write(to: scratch.file(file))
    let base = try Model(folder: Samples.base("llama"))
    #expect(message { _ = try Adaptation.open(folder: scratch.url, base: base) }.contains(expected))
  }

  /// PEFT saves adapters under other names than its own in folders of theirs.
  @Test func `Adapters in folders of the folder are named`() throws {
    let scratch = try ScratchFolder()
    try FileManager.default.copyItem(at: Samples.adapter("layers"), to: scratch.file("my_adapter"))
    let base = try Model(folder: Samples.base("llama"))
    #expect(
      message { _ = try Adaptation.open(folder: scratch.url, base: base) }.contains(
        "Adapters lie in folders of it: my_adapter"))
  }
}
