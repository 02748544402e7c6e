import StrictJSON
import Testing

@testable import Checkpoints

/// Which modules are targeted. The expectations are those of PEFT's `check_target_module_exists`.
struct ModuleSelectionTests {
  private func selects(_ json: String, _ module: String, isInnerLinear: Bool = true) throws -> Bool {
    let reader = try JSONReader(file: "adapter_config.json", bytes: Array(json.utf8))
    var patterns = ModulePattern.Reader(reader)
    return try ModuleSelection(reader, &patterns).contains(module, isInnerLinear: isInnerLinear)
  }

  @Test(arguments: [
    (#"{"target_modules": ["q_proj"]}"#, "model.layers.0.self_attn.q_proj", true),
    (#"{"target_modules": ["proj"]}"#, "model.layers.0.self_attn.q_proj", false),
    (#"{"target_modules": ["self_attn.q_proj"]}"#, "model.layers.0.self_attn.q_proj", true),
    (#"{"target_modules": ["lm_head"]}"#, "lm_head", true),
    (#"{"target_modules": []}"#, "lm_head", false), ("{}", "lm_head", false),
    (#"{"target_modules": ".*q_proj"}"#, "model.layers.0.self_attn.q_proj", true),
    (#"{"target_modules": "q_proj"}"#, "model.layers.0.self_attn.q_proj", false),
    (#"{"target_modules": "ALL-linear"}"#, "model.layers.0.mlp.up_proj", true),
    (#"{"target_modules": ["x"], "layers_to_transform": [1, 3]}"#, "model.layers.1.x", true),
    (#"{"target_modules": ["x"], "layers_to_transform": [1, 3]}"#, "model.layers.2.x", false),
    (#"{"target_modules": ["x"], "layers_to_transform": 3}"#, "model.layers.3.x", true),
    (#"{"target_modules": ["x"], "layers_to_transform": [1]}"#, "model.layers.11.x", false),
    (#"{"target_modules": ["x"], "layers_to_transform": []}"#, "model.layers.2.x", true),
    (#"{"target_modules": ["x"], "layers_to_transform": [1]}"#, "layers.1.x", false),
    (#"{"target_modules": ["x"], "layers_to_transform": [1]}"#, "model.x", false),
    (#"{"target_modules": ["x"], "layers_to_transform": [1]}"#, "model.layers.1.experts.0.x", true),
    (#"{"target_modules": ["x"], "layers_to_transform": [0]}"#, "model.layers.1.experts.0.x", false),
    // A module that is named in full is targeted in whatever layer it is.
    (#"{"target_modules": ["model.layers.2.x"], "layers_to_transform": [1]}"#, "model.layers.2.x", true),
    (#"{"target_modules": ["x"], "layers_to_transform": [1], "layers_pattern": "layers"}"#, "layers.1.x", true),
    (#"{"target_modules": ["x"], "layers_to_transform": [1], "layers_pattern": ["h", "layers"]}"#, "model.h.1.x", true),
    (#"{"target_modules": ["x"], "layers_to_transform": [1], "layers_pattern": "layers"}"#, "model.h.1.x", false),
    (#"{"target_modules": ["x"], "layers_to_transform": [1], "layers_pattern": ""}"#, "model.h.1.x", true),
    (#"{"target_modules": ["x"], "exclude_modules": ["x"]}"#, "model.x", false),
    (#"{"target_modules": ["x"], "exclude_modules": ["layers.1.x"]}"#, "model.layers.1.x", false),
    (#"{"target_modules": ["x"], "exclude_modules": ["layers.1.x"]}"#, "model.layers.11.x", true),
    (#"{"target_modules": ["x"], "exclude_modules": ".*1.*"}"#, "model.layers.1.x", false),
    (#"{"target_modules": ["x"], "exclude_modules": "layers"}"#, "model.layers.1.x", true),
    (#"{"target_modules": ["x"], "modules_to_save": ["self_attn"]}"#, "model.self_attn.x", false),
    (#"{"target_modules": ["x"], "modules_to_save": ["attn"]}"#, "model.self_attn.x", true),
    (#"{"target_modules": "all-linear", "exclude_modules": ["x"]}"#, "model.x", false),
  ])
  func selection(json: String, module: String, isSelected: Bool) throws {
    #expect(try selects(json, module) == isSelected)
  }

  @Test func allLinearLeavesOutHeadAndTables() throws {
    #expect(try !selects(#"{"target_modules": "all-linear"}"#, "lm_head", isInnerLinear: false))
  }

  @Test(arguments: [
    (["norm"], "model.layers.0.input_layernorm", true), (["norm"], "model.norm", true),
    (["norm"], "model.normal", false),
    (["lm_head"], "lm_head", true), (["self_attn"], "model.layers.0.self_attn.q_proj", true), ([], "lm_head", false),
    (["layers.1"], "model.layers.1.mlp.up_proj", true), (["layers.1"], "model.layers.11.mlp.up_proj", false),
  ])
  func savedModules(names: [String], module: String, isSaved: Bool) throws {
    var object = JSONObject()
    _ = object.append("peft_type", .string("LORA"))
    _ = object.append("modules_to_save", .array(names.map { .string($0) }))
    let configuration = try AdapterConfiguration(JSONReader(file: "adapter_config.json", object: object))
    #expect(configuration.saves(module) == isSaved)
  }
}
