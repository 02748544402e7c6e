import Architectures
import Foundation
import Testing

@testable import Checkpoints

/// What other tools make of an adapter's names is read, and said; what belongs to nothing is refused.
struct AdapterNamesTests {
  private static let prefix = "base_model.model."
  private let weights = "adapter_model.safetensors"

  /// A way to spell the names of an adapter that PEFT wrote.
  struct Spelling: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var isUsual = false
    let rename: @Sendable (String) -> String
  }

  private static func behind(_ path: String, _ name: String) -> String {
    name.replacingOccurrences(of: prefix, with: prefix + path)
  }

  private static func inPlaceOfModel(_ path: String) -> @Sendable (String) -> String {
    { name in
      name.hasPrefix(prefix + "model.") ? prefix + path + name.dropFirst(prefix.count + "model.".count) : name
    }
  }

  static let spellings: [Spelling] = [
    Spelling(testDescription: "PEFT's own", isUsual: true) { $0 },
    Spelling(testDescription: "compiled") { "_orig_mod." + $0 },
    Spelling(testDescription: "compiled within") { behind("_orig_mod.", $0) },
    Spelling(testDescription: "compiled by layer") {
      $0.replacingOccurrences(of: "layers.1.", with: "layers.1._orig_mod.").replacingOccurrences(
        of: "layers.0.", with: "layers.0._orig_mod.")
    },
    Spelling(testDescription: "data parallel") { "module." + $0 },
    Spelling(testDescription: "data parallel within") { behind("module.", $0) },
    Spelling(testDescription: "both") { "module._orig_mod." + $0 },
    Spelling(testDescription: "sharded") { "_fsdp_wrapped_module." + $0 },
    Spelling(testDescription: "no prefix") { String($0.dropFirst(prefix.count)) },
    Spelling(testDescription: "prefix twice") { prefix + $0 },
    Spelling(testDescription: "prefix three times") { prefix + prefix + $0 },
    Spelling(testDescription: "value head's wrapper") { "pretrained_model." + $0 },
    Spelling(testDescription: "model missing", rename: inPlaceOfModel("")),
    Spelling(testDescription: "model doubled", rename: inPlaceOfModel("model.model.")),
    Spelling(testDescription: "model three times", rename: inPlaceOfModel("model.model.model.")),
    Spelling(testDescription: "in a model that sees", rename: inPlaceOfModel("model.language_model.")),
    Spelling(testDescription: "in an older one that sees", rename: inPlaceOfModel("language_model.model.")),
    Spelling(testDescription: "text model", rename: inPlaceOfModel("model.text_model.")),
    Spelling(testDescription: "llm") { behind("llm.", $0) },
  ]

  @Test(arguments: ["layers", "regular-expression", "patterns", "saved-modules", "dora", "bias-all"], spellings)
  func `However it is spelled, it changes the same`(adapter: String, spelling: Spelling) throws {
    let base = try Model(folder: Samples.base("llama"))
    let scratch = try ScratchFolder(copying: Samples.adapter(adapter))
    try scratch.set(["task_type": "CAUSAL_LM"], in: "adapter_config.json")
    try scratch.rewrite(weights) { $0.rename(spelling.rename) }
    let plain = try Adaptation.open(folder: Samples.adapter(adapter), base: base)
    let found = try Adaptation.open(folder: scratch.url, base: base)
    #expect(try found.changes(of: base.description) == plain.changes(of: base.description))
    #expect(found.modules == plain.modules)
    let isSaid = found.warnings.contains { $0.contains("not named as PEFT names them") }
    #expect(isSaid || spelling.isUsual || adapter == "saved-modules" && !found.warnings.isEmpty)
    #expect(!isSaid || !spelling.isUsual)
  }

  @Test(arguments: ["default", "my_adapter", "v1"])
  func `An adapter's own name is read, and said`(name: String) throws {
    let base = try Model(folder: Samples.base("llama"))
    for adapter in ["layers", "dora", "vocabulary", "lora-bias", "tokens"] {
      let scratch = try ScratchFolder(copying: Samples.adapter(adapter))
      try scratch.rewrite(weights) { $0.rename { Self.own(name, $0) } }
      let plain = try Adaptation.open(folder: Samples.adapter(adapter), base: base)
      let found = try Adaptation.open(folder: scratch.url, base: base)
      #expect(try found.changes(of: base.description) == plain.changes(of: base.description))
      #expect(found.warnings.contains { $0.contains("bear an adapter's name, “\(name)”") }, "\(adapter)")
    }
  }

  private static func own(_ name: String, _ tensor: String) -> String {
    for kind in [
      "lora_A", "lora_B", "lora_magnitude_vector", "lora_embedding_A", "lora_embedding_B", "trainable_tokens_delta",
    ] {
      guard let range = tensor.range(of: ".\(kind)") else { continue }
      return tensor[..<range.upperBound] + ".\(name)" + tensor[range.upperBound...]
    }
    return tensor
  }

  @Test func `Two adapters in one file are told apart by name`() throws {
    let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
    try scratch.rewrite(weights) { $0.rename { Self.own($0.contains("q_proj") ? "one" : "two", $0) } }
    let base = try Model(folder: Samples.base("llama"))
    #expect(
      message { _ = try Adaptation.open(folder: scratch.url, base: base) }.contains(
        "several adapters, one, two; save each"))
  }

  @Test func `An adapter of which nothing applies is an error`() throws {
    let base = try Model(folder: Samples.base("llama"))
    for (old, new) in [("model.layers", "transformer.h"), ("model.layers", "model.vision_tower.layers")] {
      let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
      try scratch.rewrite(weights) { $0.rename { $0.replacingOccurrences(of: "model.\(old)", with: "model.\(new)") } }
      let message = message { _ = try Adaptation.open(folder: scratch.url, base: base) }
      #expect(message.contains("nothing of the adapter applies to the base: none of its 2 modules (as "), "\(message)")
    }
    let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
    try scratch.rewrite(weights) {
      $0.rename { $0.replacingOccurrences(of: "layers.1.self_attn.q_proj", with: "layers.9.x") }
    }
    #expect(
      message { _ = try Adaptation.open(folder: scratch.url, base: base) }.contains(
        "the base has no module model.layers.9.x"))
  }

  /// Heads beside the model's own, and what images and sounds pass through, under any version's names.
  @Test(arguments: [
    "score.weight", "classifier.weight", "classifier.bias", "classifier.0.weight", "v_head.summary.weight",
    "qa_outputs.weight",
    "reward_head.weight", "my_head.weight", "score.lora_A.weight",
    "model.vision_tower.encoder.layers.0.q_proj.lora_A.weight",
    "vision_tower.vision_model.encoder.layers.0.q_proj.lora_A.weight", "visual.blocks.0.attn.qkv.lora_A.weight",
    "model.visual.blocks.0.attn.qkv.lora_A.weight", "model.vision_model.encoder.layers.0.fc1.lora_A.weight",
    "multi_modal_projector.linear_1.lora_A.weight", "model.multi_modal_projector.linear_1.lora_A.weight",
    "audio_tower.layers.0.q_proj.lora_A.weight", "model.connector.modality_projection.proj.lora_A.weight",
    "model.embed_vision.embedding_projection.lora_A.weight",
  ])
  func `What text does not pass through is left out, and counted`(name: String) throws {
    let base = try Model(folder: Samples.base("llama"))
    let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
    try scratch.rewrite(weights) { $0.set("base_model.model.\(name)", shape: [1, 8], .init(repeating: 1, count: 8)) }
    let plain = try Adaptation.open(folder: Samples.adapter("layers"), base: base)
    let found = try Adaptation.open(folder: scratch.url, base: base)
    #expect(try found.changes(of: base.description) == plain.changes(of: base.description))
    #expect(plain.modules == AppliedModules(applied: 2, leftOut: []) && plain.warnings.isEmpty)
    let modules = try #require(found.modules)
    #expect(modules.applied == 2 && modules.total == 3 && modules.leftOut.allSatisfy(name.hasPrefix))
    #expect(found.warnings.count == 1 && found.warnings[0].contains("2 of 3 modules are applied"), "\(found.warnings)")
    let inspection = try FolderInspection(folder: scratch.url, base: Samples.base("llama"))
    #expect(inspection.facts.contains { $0.name == "applied" && $0.value == "2 of 3 modules, to llama" })
    #expect(inspection.facts.filter { $0.name == "left out" }.map(\.value) == modules.leftOut)
  }

  /// A head of the user's own is known by `modules_to_save`; within the layers nothing is left out.
  @Test func `Heads of one's own`() throws {
    let base = try Model(folder: Samples.base("llama"))
    func message(_ name: String, _ saved: [String]) throws -> String {
      let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
      try scratch.set(["modules_to_save": saved], in: "adapter_config.json")
      try scratch.rewrite(weights) {
        $0.set("base_model.model.\(name).weight", shape: [1, 8], .init(repeating: 1, count: 8))
      }
      return CheckpointsTests.message { _ = try Adaptation.open(folder: scratch.url, base: base) }
    }
    #expect(try message("probe", ["probe"]) == "nothing")
    #expect(try message("probe", []).contains("the base has no module probe"))
    #expect(try message("model.layers.0.self_attn.vision_expert", []).contains("the base has no module"))
  }

  @Test func `A vocabulary that was resized says how to resize`() throws {
    let base = try Model(folder: Samples.base("llama"))
    let scratch = try ScratchFolder(copying: Samples.adapter("vocabulary"))
    try scratch.rewrite(weights) {
      let rank = try #require($0.entries["base_model.model.model.embed_tokens.lora_embedding_A"]).shape[0]
      $0.set(
        "base_model.model.model.embed_tokens.lora_embedding_A", shape: [rank, 20], .init(repeating: 1, count: rank * 20)
      )
    }
    #expect(
      message { _ = try Adaptation.open(folder: scratch.url, base: base) }.contains("model.resize_token_embeddings(20)")
    )
  }
}
