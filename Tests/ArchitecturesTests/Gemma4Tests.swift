import StrictJSON
import Testing

@testable import Architectures

/// Gemma 4: what its description says where config.json is silent, what its members change, and what is refused.
@Suite struct Gemma4Tests {
  private let sizes = #""num_key_value_heads": 2"#

  /// A model of six layers.
  private func describe(_ type: String, _ members: String) throws -> ModelDescription {
    let text = """
      {"model_type": "\(type)", "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 6, "vocab_size": 320,
       "intermediate_size": 96, \(members)}
      """
    return try Family.describe(config: JSONReader(file: "config.json", bytes: Array(text.utf8)))
  }

  @Test func `Defaults are the class's`() throws {
    let model = try describe("gemma4_text", sizes)
    #expect(model.layers.map(\.attention.window) == [512, 512, 512, 512, 512, nil])
    #expect(model.layers.map(\.attention.headDimension) == [256, 256, 256, 256, 256, 512])
    let (sliding, full) = (model.layers[0].attention, model.layers[5].attention)
    #expect(sliding.scale == 1 && sliding.valueNorm?.modules == [] && sliding.keyNorm?.width == 256)
    #expect(!full.valuesAreKeys && full.keysOfLayer == nil && full.rotary?.dimensions == 512)
    guard case .fixed(let table)? = full.rotary?.frequencies else {
      Issue.record("its frequencies are fixed")
      return
    }
    #expect(table.inverseFrequencies.count == 256 && table.inverseFrequencies[64...].allSatisfy { $0 == 0 })
    #expect(table.inverseFrequencies[0] == 1 && table.inverseFrequencies[63] > 0)
    #expect(model.layerInputs?.width == 256 && model.layerInputs?.tokens.rows == 262_144)
    #expect(model.layers[3].scale == "model.layers.3.layer_scalar" && model.head.isTied && model.head.softCap == nil)
    #expect(try describe("gemma4_text", sizes + #", "hidden_size_per_layer_input": 0"#).layers[0].input == nil)
  }

  @Test func `The last layers read keys and values of the last before them of their kind`() throws {
    let kinds = #""layer_types": ["sliding_attention", "full_attention", "sliding_attention", "sliding_attention","#
    let model = try describe(
      "gemma4_text",
      sizes + ", " + kinds
        + #" "sliding_attention", "sliding_attention"], "num_kv_shared_layers": 3, "use_double_wide_mlp": true"#)
    // The class makes the last layer a full one.
    #expect(model.layers.map(\.attention.keysOfLayer) == [nil, nil, nil, 2, 2, 1])
    #expect(model.layers.map { $0.mlp?.up.rows.count ?? 0 } == [96, 96, 96, 192, 192, 192])
    #expect(model.layers[5].attention.key.linear.module == "model.layers.1.self_attn.k_proj")
    #expect(model.layers[5].linears.map(\.module).contains { $0.contains("k_proj") } == false)
    #expect(model.readers(of: 2) == [2, 3, 4] && model.producers == [1, 2])
    #expect(model.unusedModules.contains("model.layers.4.self_attn.k_norm"))
    #expect(model.linears.count == Set(model.linears.map(\.module)).count)
  }

  @Test func `Values may be what keys are, and full layers have their own heads`() throws {
    let own = #", "attention_k_eq_v": true, "num_global_key_value_heads": 1, "global_head_dim": 64"#
    let full = try describe("gemma4_text", sizes + own).layers[5].attention
    #expect(full.valuesAreKeys && full.keyValueHeads == 1 && full.key.rows.count == 64)
    let apart = try describe("gemma4_text", sizes + own.replacing("true", with: "false")).layers[5].attention
    #expect(!apart.valuesAreKeys && apart.keyValueHeads == 2)
    let stated = try describe("gemma4_text", sizes + #", "per_layer_config": {"5": {"head_dim": 32}}"#)
    #expect(stated.layers.map(\.attention.headDimension) == [256, 256, 256, 256, 256, 32])
  }

  @Test(arguments: [
    (#""enable_moe_block": true"#, "num_experts"),
    (#""enable_moe_block": true, "num_experts": 4, "moe_intermediate_size": 8"#, "top_k_experts"),
    (#""enable_moe_block": true, "num_experts": 4, "top_k_experts": 5, "moe_intermediate_size": 8"#, "5 of 4"),
    (#""use_bidirectional_attention": "all""#, "use_bidirectional_attention"),
    (#""num_kv_shared_layers": 6"#, "none of the first 0 layers"),
    (#""num_kv_shared_layers": 1"#, "none of the first 5 layers"),
    (#""num_kv_shared_layers": 7"#, "num_kv_shared_layers"),
    (#""per_layer_config": {"6": {}}"#, "from 0 to 5"),
    (#""per_layer_config": {"1": {"head_dim": 64}}"#, "same kind"),
    (#""per_layer_config": {"5": {"sliding_window": 64}}"#, "only head_dim"),
    (#""vocab_size_per_layer_input": 5"#, "vocab_size_per_layer_input"),
    (#""rope_parameters": {"full_attention": {"rope_type": "default"}}"#, "sliding_attention"),
    (#""rope_scaling": {"rope_type": "linear", "factor": 2}"#, "rope_scaling"),
    (#""global_head_dim": 32768"#, "global_head_dim"),
  ]) func `What is not supported is refused by name`(members: String, reason: String) throws {
    let error = try #require(throws: JSONMemberError.self) { try describe("gemma4_text", "\(sizes), \(members)") }
    #expect(error.description.contains(reason), "\(error)")
  }

  @Test func `Experts stand beside the dense MLP, with norms of their own`() throws {
    let own = #", "enable_moe_block": true, "num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 8"#
    let layer = try describe("gemma4_text", sizes + own).layers[3]
    let experts = try #require(layer.experts)
    #expect(layer.mlp?.up.rows.count == 96 && experts.experts.map(\.up.rows.count) == [8, 8, 8, 8])
    #expect(
      experts.router.module == "model.layers.3.router.proj"
        && experts.scales == "model.layers.3.router.per_expert_scale")
    #expect(experts.experts[1].down.stack?.tensor == "model.layers.3.experts.down_proj")
    #expect(experts.routing.topK == 2 && experts.routing.isNormalized && experts.routing.logitFactor == 0.125)
    let norms = try #require(experts.norms)
    #expect(norms.router.modules == ["model.layers.3.router"] && norms.router.gainName == "scale")
    #expect(norms.dense.modules == ["model.layers.3.post_feedforward_layernorm_1"])
    #expect(layer.norms.count == layer.norms.filter { Set($0.modules).count == $0.modules.count }.count)
    #expect(Set(norms.all).isSubset(of: layer.norms))
  }

  @Test func `Text alone is read one way`() throws {
    #expect(try describe("gemma4_text", sizes + #", "use_bidirectional_attention": "vision""#).layers.count == 6)
    for family in ["llama", "gemma3_text"] {
      let error = try #require(throws: JSONMemberError.self) {
        try describe(family, #""per_layer_config": {"1": {}}"#)
      }
      #expect(error.description.contains("per_layer_config"))
    }
  }
}
