import Architectures
import Foundation
import Testing

@testable import Checkpoints

/// What PEFT would skip or what is not supported is refused by name.
struct AdapterRefusalTests {
  private let configuration = "adapter_config.json"
  private let weights = "adapter_model.safetensors"
  private let module = "base_model.model.model.layers.1.self_attn.q_proj"

  private func refusal(
    _ adapter: String = "layers", base: String = "llama", _ change: (ScratchFolder) throws -> Void
  ) throws -> String {
    let scratch = try ScratchFolder(copying: Samples.adapter(adapter))
    try change(scratch)
    let model = try Model(folder: Samples.base(base))
    return message { _ = try Adaptation.open(folder: scratch.url, base: model) }
  }

  private func refusal(_ adapter: String = "layers", base: String = "llama", setting key: String, _ value: Any?) throws
    -> String
  {
    try refusal(adapter, base: base) { try $0.set([key: value], in: configuration) }
  }

  private func refusal(
    _ adapter: String = "layers", base: String = "llama", tensors change: (inout RawTensors) throws -> Void
  ) throws -> String {
    try refusal(adapter, base: base) { try $0.rewrite(weights, change) }
  }

  @Test func parametersThatAreNoList() throws {
    for value in [true, 1, [1], ["a": 1], "x"] as [any Sendable] {
      let message = try refusal(setting: "target_parameters", value)
      #expect(message.hasPrefix("sample/adapter_config.json: target_parameters: an array"), "\(message)")
    }
    for value in [NSNull(), false, [Int](), [String: Int](), "", ["a.b"]] as [Any] {
      #expect(try refusal(setting: "target_parameters", value) == "nothing")
    }
  }

  @Test(arguments: ["layer_replication", "use_qalora", "megatron_config"])
  func switchesThatAreNotSupported(key: String) throws {
    for value in [true, 1, [1], ["a": 1], "x"] as [any Sendable] {
      let message = try refusal(setting: key, value)
      #expect(message.hasPrefix("sample/adapter_config.json: \(key): this setting may change"), "\(message)")
    }
    for value in [NSNull(), false, [Int](), [String: Int](), ""] as [Any] {
      #expect(try refusal(setting: key, value) == "nothing")
    }
  }

  /// To PEFT even {} switches a method on.
  @Test(arguments: [
    "use_bdlora", "arrow_config", "kasa_config", "monteclora_config", "velora_config", "runtime_config",
    "a_key_of_next_year", "l\u{6F}ra_alpha\u{301}",
  ])
  func settingsThatAreNotSupported(key: String) throws {
    for value in [true, 1, 0, [1], [Int](), ["a": 1], [String: Int](), "x", ""] as [any Sendable] {
      let message = try refusal(setting: key, value)
      #expect(message.hasPrefix("sample/adapter_config.json: \(key): this setting may change"), "\(message)")
    }
    for value in [NSNull(), false] as [Any] { #expect(try refusal(setting: key, value) == "nothing") }
  }

  /// Without it PEFT computes the base model.
  @Test func `An Activated LoRA needs its task type`() throws {
    for value in [NSNull(), "SEQ_CLS", 1] as [Any] {
      let message = try refusal { try $0.set(["alora_invocation_tokens": [4], "task_type": value], in: configuration) }
      #expect(
        message.contains("task_type: an Activated LoRA (alora_invocation_tokens) needs \"CAUSAL_LM\""), "\(message)")
    }
    let message = try refusal {
      try $0.set(["alora_invocation_tokens": [4], "task_type": "CAUSAL_LM"], in: configuration)
    }
    #expect(message == "nothing")
  }

  /// PEFT leaves out a whole weight that stands where its model has none.
  @Test(arguments: [
    ("lm_head.modules_to_save.weight", false), ("lm_head.modules_to_save.default.weight", false),
    ("lm_head.base_layer.weight", false), ("lm_head.modules_to_save.weight", true), ("lm_head.base_layer.weight", true),
    ("model.embed_tokens.modules_to_save.default.weight", false), ("model.embed_tokens.base_layer.weight", false),
  ])
  func `A saved weight stands where PEFT looks for it`(name: String, isListed: Bool) throws {
    let message = try refusal { scratch in
      try scratch.set(["modules_to_save": isListed ? ["lm_head"] : []], in: configuration)
      try scratch.rewrite(weights) {
        $0.set("base_model.model.\(name)", shape: [16, 8], .init(repeating: 1, count: 128))
      }
    }
    #expect(message.contains("tensor base_model.model.\(name): PEFT looks for it under "), "\(message)")
  }

  @Test(arguments: [
    "qalora_group_size", "megatron_core", "auto_mapping", "eva_config", "corda_config", "loftq_config",
    "lora_ga_config",
    "lora_dropout", "inference_mode", "base_model_name_or_path", "task_type", "revision", "peft_version",
  ])
  func settingsThatChangeNothing(key: String) throws {
    #expect(try refusal(setting: key, ["x": 3]) == "nothing")
  }

  @Test(arguments: ["IA3", "ADALORA", "PREFIX_TUNING", "LOHA", "OFT", "VERA", "TRAINABLE_TOKENS"])
  func otherKinds(type: String) throws {
    #expect(
      try refusal(setting: "peft_type", type)
        == "sample/adapter_config.json: peft_type: \(type) adapters are not supported; LORA is.")
  }

  @Test(arguments: ["pissa_niter_16", "corda", "loftq", "lora_ga", "something"])
  func initialisations(name: String) throws {
    let message = try refusal(setting: "init_lora_weights", name)
    #expect(
      message.hasPrefix("sample/adapter_config.json: init_lora_weights: \"\(name)\" is an initialisation"), "\(message)"
    )
    #expect(message.contains("path_initial_model_for_weight_conversion"))
  }

  @Test func initialisationsThatChangeNothing() throws {
    for value in [true, false, "gaussian", "eva", "orthogonal", "mica", NSNull()] as [Any] {
      #expect(try refusal(setting: "init_lora_weights", value) == "nothing")
    }
  }

  @Test(
    arguments: [
      ("r", 0, "r: 0 lies outside 1 to 65536"), ("r", -1, "r: -1 lies outside"),
      ("r", 2.5, "r: an integer is expected"),
      (
        "r", 3,
        "lora_A.weight has shape [2, 8] where [3, 8] is expected by r and rank_pattern of adapter_config.json, hidden_size, "
      ), ("lora_alpha", "8", "lora_alpha: a number"),
      ("bias", "some", "bias: \"some\" is not one of none, all, lora_only"),
      ("use_rslora", 1, "use_rslora: true or false"),
      ("use_dora", "yes", "use_dora: true or false"), ("peft_type", 3, "peft_type: a string is expected"),
      ("rank_pattern", ["q_proj": 0], "rank_pattern.q_proj: a positive number"),
      ("rank_pattern", [1], "rank_pattern: an object"),
      (
        "rank_pattern", ["(q": 1],
        "rank_pattern: the regular expression \"(.*\\.)?((q)$\" is not supported: a ) is missing"
      ),
      ("alpha_pattern", ["q_proj": "8"], "alpha_pattern.q_proj: a positive number"),
      (
        "target_modules", ["q_proj"],
        "the adapter has tensors for model.layers.1.self_attn.v_proj, which target_modules"
      ),
      ("target_modules", ["q_proj", "v_proj", "k_proj"], "k_proj is targeted, but the adapter has no tensors for it"),
      ("target_modules", "(", "target_modules: the regular expression"),
      ("exclude_modules", ["v_proj"], "which target_modules, exclude_modules and layers_to_transform do not select"),
      ("exclude_modules", ".*v_proj", "which target_modules, exclude_modules and layers_to_transform do not select"),
      ("layers_to_transform", [0, 1], "layers.0.self_attn.q_proj is targeted"),
      ("layers_to_transform", [99], "layers_to_transform: none of the layers [99] exists, the base has 0 to 1"),
      ("layers_to_transform", -1, "layers_to_transform: none of the layers [-1] exists"),
      ("layers_to_transform", NSNull(), "layers_pattern: it needs layers_to_transform"),
      ("layers_pattern", "blocks", "which target_modules, exclude_modules and layers_to_transform do not select"),
      ("modules_to_save", ["norm"], "modules_to_save: it promises the tensor model.layers.0.input_layernorm.weight"),
      ("modules_to_save", ["q_proj"], "the adapter has tensors for model.layers.1.self_attn.q_proj, which"),
      ("bias", "all", "bias: it promises the tensor model.layers.0.self_attn.q_proj.bias"),
      ("bias", "lora_only", "bias: it promises the tensor model.layers.1.self_attn.q_proj.bias"),
      ("lora_bias", true, "lora_B.bias of shape [8] is missing. lora_bias in adapter_config.json promises it"),
      ("use_dora", true, "lora_magnitude_vector of shape [8] is missing. use_dora"),
      ("alora_invocation_tokens", [Int](), "alora_invocation_tokens: an empty list can never occur"),
      ("alora_invocation_tokens", [4, 16], "alora_invocation_tokens: token 16 is outside the vocabulary of 16"),
      ("alora_invocation_tokens", [-1], "alora_invocation_tokens: token -1 is outside the vocabulary"),
      ("alora_invocation_tokens", [1.5], "alora_invocation_tokens: an array of integers"),
      (
        "trainable_token_indices", [3], "it promises the tensor model.embed_tokens.token_adapter.trainable_tokens_delta"
      ),
      ("trainable_token_indices", [3, 3], "trainable_token_indices: a token stands twice"),
      ("trainable_token_indices", ["lm_head": [3]], "it promises the tensor lm_head.token_adapter"),
    ] as [(String, any Sendable, String)])
  func members(key: String, value: any Sendable, expected: String) throws {
    let message = try refusal(setting: key, value)
    #expect(message.contains(expected), "\(key): \(message)")
  }

  @Test func contradictions() throws {
    #expect(try refusal("dora", setting: "alora_invocation_tokens", [4]).contains("a DoRA cannot be an Activated LoRA"))
    #expect(try refusal("dora", setting: "lora_bias", true).contains("lora_bias: it cannot be combined with use_dora"))
    #expect(try refusal("pissa", setting: "lora_bias", true).contains("cannot be combined with init_lora_weights"))
    #expect(try refusal("regular-expression", setting: "layers_to_transform", [1]).contains("cannot stand beside"))
    #expect(try refusal("vocabulary", setting: "alora_invocation_tokens", [4]).contains("embed_tokens is a table"))
    #expect(
      try refusal("vocabulary", setting: "init_lora_weights", "pissa").contains("which only a plain LoRA can adapt"))
    #expect(
      try refusal("gpt2-pissa", base: "gpt2", setting: "init_lora_weights", "olora").contains(
        "c_attn: the leading part"))
    #expect(try refusal("bias-all", setting: "bias", "none").contains("bias in adapter_config.json is \"none\""))
    #expect(try refusal("lora-bias", setting: "lora_bias", false).contains("lora_bias is false"))
    #expect(try refusal("dora", setting: "use_dora", false).contains("a magnitude needs use_dora"))
    #expect(
      try refusal("saved-modules", setting: "modules_to_save", ["lm_head", "o_proj"])
        .contains("modules_to_save in adapter_config.json does not name it"))
    #expect(
      try refusal("tokens-tied", base: "tied", setting: "trainable_token_indices", [9, 99])
        .contains("token 99 is outside the vocabulary of 16"))
    #expect(
      try refusal("tokens-tied", base: "tied", setting: "trainable_token_indices", [9])
        .contains("trainable_tokens_delta has shape [2, 8] where [1, 8]"))
  }

  @Test func files() throws {
    #expect(
      try refusal { try FileManager.default.removeItem(at: $0.file(weights)) }
        == "sample: there is no adapter_model.safetensors. The adapter's weights are missing; download or save it again."
    )
    let pickle = try refusal {
      try FileManager.default.moveItem(at: $0.file(weights), to: $0.file("adapter_model.bin"))
    }
    #expect(
      pickle.contains("adapter_model.bin can run code when opened, as PyTorch's pickles do, and is never read here"))
    #expect(try refusal { try Data("{".utf8).write(to: $0.file(configuration)) }.contains("not valid JSON"))
    #expect(
      try refusal { try Data("{}".utf8).write(to: $0.file(configuration)) }
        .hasPrefix("sample/adapter_config.json: peft_type: a string is expected"))
  }

  @Test func tensors() throws {
    #expect(
      try refusal { $0.entries["\(module).lora_A.weight"] = nil }
        .contains("q_proj is targeted, but the adapter has no tensors for it"))
    #expect(
      try refusal { $0.entries["\(module).lora_B.weight"] = nil }.contains("its partner (lora_A or lora_B) is missing"))
    #expect(
      try refusal { $0.set("\(module).lora_A.weight", shape: [2, 9], .init(repeating: 0, count: 18)) }
        .contains("lora_A.weight has shape [2, 9] where [2, 8] is expected"))
    #expect(
      try refusal { $0.set("\(module).lora_A.weight", shape: [2, 8], .init(repeating: .nan, count: 16)) }
        .contains("lora_A.weight holds NaN"))
    #expect(try refusal { $0.entries["\(module).lora_A.weight"]?.type = "I32" }.contains("is stored as I32"))
    #expect(
      try refusal { $0.set("\(module).lora_A.default.weight", shape: [2, 8], .init(repeating: 0, count: 16)) }
        .contains("the module has a second tensor of that kind"))
  }

  @Test(arguments: [
    (
      "base_model.model.model.layers.7.self_attn.q_proj.lora_A.weight",
      "the base has no module model.layers.7.self_attn.q_proj"
    ),
    ("base_model.model.other.q_proj.lora_A.weight", "the base has no module other.q_proj"),
    ("base_model.model.model.layers.1.self_attn.q_proj.lora_E", "this kind of adapter tensor is unknown"),
    ("base_model.model.model.layers.1.self_attn.q_proj.lora_diag", "this kind of adapter tensor is unknown"),
    ("model.layers.1.self_attn.q_proj.lora_A.weight", "the module has a second tensor of that kind"),
    ("prompt_embeddings", "this kind of adapter tensor is unknown"),
    ("base_model.model.model.layers.1.self_attn.q_proj.original_module.weight", "it is PEFT's copy of"),
    (
      "base_model.model.model.layers.1.self_attn.q_proj.base_layer.weight",
      "modules_to_save in adapter_config.json does not name it"
    ),
    ("base_model.model.model.norm.lora_magnitude_vector", "a norm of this model cannot have such a tensor"),
    ("base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight", "its partner (lora_A or lora_B) is missing"),
    ("base_model.model.model.layers.0.self_attn.k_proj.lora_embedding_A", "the module is a linear layer and no table"),
    ("base_model.model.model.embed_tokens.lora_A.weight", "a table cannot have such a tensor"),
    (
      "base_model.model.lm_head.token_adapter.trainable_tokens_delta",
      "trainable_token_indices does not name its module"
    ),
  ])
  func tensorsWithoutAPlace(name: String, expected: String) throws {
    let message = try refusal { $0.set(name, shape: [1], [1]) }
    #expect(message.hasPrefix("sample/adapter_model.safetensors: tensor \(name): \(expected)"), "\(message)")
  }

  /// One weight cannot be changed in two ways that are not known to add up.
  @Test func combinations() throws {
    let table = "base_model.model.model.embed_tokens"
    let twice = try refusal("tokens") {
      $0.set("\(table).weight", shape: [16, 8], .init(repeating: 1, count: 128))
    }
    #expect(twice.contains("changed in a second way"))
    let head = try refusal("tokens") {
      $0.set("base_model.model.lm_head.weight", shape: [16, 8], .init(repeating: 1, count: 128))
    }
    #expect(head.contains("changed in a second way"))
    let shared = try refusal("head-tied", base: "tied") {
      $0.set("base_model.model.lm_head.base_layer.weight", shape: [16, 8], .init(repeating: 1, count: 128))
    }
    #expect(shared.contains("it differs from the base's token table"))
  }

  @Test func zeroRowOfADoRA() throws {
    let base = try ScratchFolder(copying: Samples.base("llama"))
    let name = "model.layers.0.self_attn.q_proj"
    try base.rewrite("model.safetensors") { $0.set("\(name).weight", shape: [8, 8], .init(repeating: 0, count: 64)) }
    let scratch = try ScratchFolder(copying: Samples.adapter("dora"))
    try scratch.rewrite(weights) { tensors in
      tensors.set("base_model.model.\(name).lora_B.weight", shape: [8, 2], .init(repeating: 0, count: 16))
    }
    let model = try Model(folder: base.url)
    let adaptation = try Adaptation.open(folder: scratch.url, base: model)
    let linear = try #require(model.linear(name))
    #expect(
      message { _ = try adaptation.change(of: linear) }.hasPrefix("\(name): output row 0 of the adapted weight is zero")
    )
  }

  @Test func warnings() throws {
    func warnings(_ change: (ScratchFolder) throws -> Void) throws -> [String] {
      let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
      try change(scratch)
      return try Adaptation.open(folder: scratch.url, base: Model(folder: Samples.base("llama"))).warnings
    }
    #expect(try warnings { _ in }.isEmpty)
    #expect(
      try warnings { try $0.set(["target_modules": ["q_proj", "v_proj", "w1", "c_attn"]], in: configuration) }
        == ["The base has no module named c_attn, w1, which the adapter targets."])
    #expect(
      try warnings { try $0.set(["layers_to_transform": [1, 99]], in: configuration) }
        == ["The base has no layers 99, which layers_to_transform names."])
    #expect(
      try warnings { try $0.set(["lora_alpha": 0], in: configuration) }.first?.hasPrefix("The product B·A is zero")
        == true)
    let untrained = try warnings { scratch in
      try scratch.rewrite(weights) { tensors in
        for (key, entry) in tensors.entries where key.contains("lora_B") {
          tensors.set(key, shape: entry.shape, .init(repeating: 0, count: entry.shape.reduce(1, *)))
        }
      }
    }
    #expect(untrained.count == 1)
  }

  /// Spellings of paths: names of adapters, and what a multimodal model puts around its language model.
  @Test func spellings() throws {
    let base = try Model(folder: Samples.base("llama"))
    let linear = try #require(base.linear("model.layers.1.self_attn.q_proj"))
    let expected = try #require(try Adaptation.open(folder: Samples.adapter("layers"), base: base).change(of: linear))
      .weight
    func check(_ rename: (String) -> String, _ members: [String: Any?] = [:]) throws {
      let scratch = try ScratchFolder(copying: Samples.adapter("layers"))
      try scratch.rewrite(weights) { $0.rename(rename) }
      try scratch.set(members, in: configuration)
      #expect(try Adaptation.open(folder: scratch.url, base: base).change(of: linear)?.weight == expected)
    }
    try check { $0.replacing("lora_A.weight", by: "lora_A.default.weight") }
    try check { $0.replacing("model.model.layers", by: "model.model.language_model.layers") }
    try check { $0.replacing("model.model.layers", by: "model.language_model.model.layers") }
    try check(
      { $0.replacing("model.model.layers", by: "model.model.language_model.layers") },
      [
        "target_modules": #"model\.language_model\.layers\.1\..*(q|v)_proj"#, "layers_to_transform": NSNull(),
        "layers_pattern": NSNull(),
      ])
    try check({ $0.replacing("model.model.layers", by: "model.layers") })
  }
}

extension String {
  fileprivate func replacing(_ part: String, by other: String) -> String {
    replacingOccurrences(of: part, with: other)
  }
}
