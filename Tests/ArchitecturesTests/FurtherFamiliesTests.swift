import Foundation
import StrictJSON
import Testing

@testable import Architectures

/// Further families: what their descriptions say where config.json is silent, and what their members change.
@Suite struct FurtherFamiliesTests {
  private let heads = #""num_key_value_heads": 2"#

  @Test func gemma() throws {
    let model = try describe("gemma", heads + #", "hidden_act": "gelu""#)
    #expect(model.embedding.scale == 8 && model.head.isTied)
    #expect(model.layers[0].mlp?.activation == .geluTanh, "what the first releases called gelu")
    #expect(model.layers[0].attention.headDimension == 256)
    #expect(model.finalNorm.storesGainMinusOne && model.layers[0].mlpOutputNorm == nil)
    #expect(try describe("gemma", heads + #", "hidden_act": "gelu_python""#).layers[0].mlp?.activation == .gelu)
  }

  @Test func ministral3() throws {
    let rope = #""rope_parameters": {"rope_type": "yarn", "factor": 2, "original_max_position_embeddings": 8"#
    let model = try describe("ministral3", heads + ", " + rope + #", "llama_4_scaling_beta": 0.5}"#)
    let scale = try #require(model.layers[3].attention.queryScale)
    #expect(scale == PositionScale(beta: 0.5, length: 8))
    #expect([0, 7].allSatisfy { scale.factor(at: $0) == 1 } && scale.factor(at: 8) > 1.34)
    #expect(try describe("ministral3", heads).layers[0].attention.queryScale?.length == 16_384)
    let error = try #require(throws: JSONMemberError.self) { try describe("ministral3", heads + ", " + rope + "}") }
    #expect(error.description.contains("llama_4_scaling_beta: missing"))
  }

  @Test func glmAndGLM4() throws {
    let model = try describe("glm")
    let attention = model.layers[0].attention
    #expect(attention.rotary?.dimensions == 64 && attention.rotary?.layout == .interleaved)
    #expect(attention.value.linear.hasBias && !attention.output.hasBias)
    #expect(model.layers[0].mlp?.up.rows.runs == [96..<192])
    #expect(model.layers[0].attentionOutputNorm == nil)
    let fourth = try describe("glm4", #""partial_rotary_factor": 0.25"#)
    #expect(fourth.layers[0].attention.rotary?.dimensions == 32)
    #expect(fourth.layers[2].attentionOutputNorm?.modules == ["model.layers.2.post_self_attn_layernorm"])
    #expect(fourth.layers[2].mlpInputNorm?.modules == ["model.layers.2.post_attention_layernorm"])
    #expect(fourth.layers[2].mlpOutputNorm?.modules == ["model.layers.2.post_mlp_layernorm"])
  }

  @Test func hunYuan() throws {
    let model = try describe(
      "hunyuan_v1_dense", #""rope_theta": 100.0, "rope_scaling": {"type": "dynamic", "alpha": 16.0, "factor": 1.0}"#)
    let attention = model.layers[1].attention
    #expect(attention.normsAfterRotary && attention.keyNorm?.modules == ["model.layers.1.self_attn.key_layernorm"])
    // 100·16^(16/14) to the power of −2/16.
    guard case .fixed(let table)? = attention.rotary?.frequencies else {
      Issue.record("an alpha makes the frequencies fixed")
      return
    }
    #expect(abs(table.inverseFrequencies[1] - 0.3784276) < 1e-6)
    let dynamic = try describe("hunyuan_v1_dense", #""rope_scaling": {"type": "dynamic", "factor": 2.0}"#)
    guard case .dynamic? = dynamic.layers[0].attention.rotary?.frequencies else {
      Issue.record("without one they are not")
      return
    }
  }

  @Test func qwen3Hybrids() throws {
    let model = try describe("qwen3_5_text", #""head_dim": 16"#)
    #expect(model.layers.map(\.attends) == [false, false, false, true], "every fourth layer")
    let attention = model.layers[3].attention
    #expect(attention.query.linear.outputs == 2 * attention.queryHeads * 16)
    #expect(attention.query.rows.runs.prefix(2) == [0..<16, 32..<48] && attention.gate?.rows.runs.first == 16..<32)
    #expect(attention.rotary?.dimensions == 4 && attention.queryNorm?.storesGainMinusOne == true)
    guard case .deltaRule(let rule)? = model.layers[0].recurrence else {
      Issue.record("a gated delta rule")
      return
    }
    #expect((rule.keyHeads, rule.valueHeads, rule.keyDimension, rule.convolution.kernel) == (16, 32, 128, 4))
    #expect(rule.inputs.map(\.name) == ["in_proj_qkv", "in_proj_z", "in_proj_b", "in_proj_a"])
    #expect(!rule.norm.storesGainMinusOne && rule.column(rule.value, row: 1) == 2 * rule.keyWidth + 1)
    #expect(rule.column(rule.gate, row: 0) == 2 * rule.keyWidth + rule.valueWidth)
    let interval = try describe("qwen3_5_text", #""full_attention_interval": 2, "layer_types": null"#)
    #expect(interval.layers.map(\.attends) == [false, true, false, true])
    let next = try describe("qwen3_next", #""num_experts": 8, "num_experts_per_tok": 2, "mlp_only_layers": [1]"#)
    #expect(
      next.layers.map { $0.experts?.experts.count } == [8, nil, 8, 8] && next.layers[0].experts?.sharedGate != nil)
    guard case .deltaRule(let fused)? = next.layers[0].recurrence else { return }
    #expect(fused.inputs.map(\.name) == ["in_proj_qkvz", "in_proj_ba"])
    #expect(fused.column(fused.query, row: 128) == 2 * 128 + 4 * 128, "the second key head")
    #expect(fused.column(fused.gate, row: 0) == 4 * 128 && fused.column(fused.decay, row: 2) == 16 * 768 + 4 + 2)
    let half = try describe("qwen3_5", #""text_config": {"num_hidden_layers": 4}, "tie_word_embeddings": true"#)
    #expect(half.family == "qwen3_5" && half.head.isTied && half.recurrences.count == 3)
    for (members, text) in [
      (#""linear_num_value_heads": 24"#, "24 value heads cannot share 16 key heads"),
      (#""hidden_act": "gelu""#, "another activation"), (#""attn_output_gate": false"#, "attn_output_gate"),
      (#""layer_types": ["full_attention"]"#, "1 entries"),
      (#""layer_types": ["full_attention", "mamba", "conv", "conv"]"#, "layer 1 is \"mamba\""),
    ] {
      let error = try #require(throws: JSONMemberError.self) { try describe("qwen3_5_text", members) }
      #expect(error.description.contains(text), "\(error)")
    }
  }

  @Test func lfm2() throws {
    let model = try describe("lfm2", #""full_attn_idxs": [1, 3], "num_key_value_heads": 2"#)
    #expect(model.layers.map(\.attends) == [false, true, false, true] && model.head.isTied)
    #expect(model.layers[1].attention.output.module == "model.layers.1.self_attn.out_proj")
    #expect(model.layers[0].output.module == "model.layers.0.conv.out_proj")
    #expect(model.finalNorm.modules == ["model.embedding_norm"])
    #expect(model.layers[0].recurrence?.convolution.kernel == 3 && model.layers[0].recurrence?.heads == 0)
    #expect(try describe("lfm2", #""num_key_value_heads": 2"#).layers.allSatisfy(\.attends))
    let heads = #""num_key_value_heads": 2, "block_ff_dim": 300"#
    #expect(try describe("lfm2", heads).layers[0].mlp?.down.inputs == 256)
    #expect(try describe("lfm2", heads + #", "block_ffn_dim_multiplier": 2"#).layers[0].mlp?.down.inputs == 512)
    #expect(try describe("lfm2", heads + #", "block_auto_adjust_ff_dim": false"#).layers[0].mlp?.down.inputs == 300)
    #expect(try !describe("lfm2", heads + #", "tie_embedding": false"#).head.isTied)
  }

  @Test func seedOss() throws {
    let model = try describe("seed_oss", heads + #", "attention_out_bias": true"#)
    #expect(model.layers[0].attention.key.linear.hasBias && model.layers[0].attention.output.hasBias)
    #expect(try !describe("seed_oss", heads).layers[0].attention.output.hasBias)
    #expect(model.layers[0].mlp?.down.hasBias == false && model.layers[0].attention.headDimension == 128)
  }

  @Test func cohere2() throws {
    let model = try describe("cohere2")
    #expect(model.layers.map(\.attention.window) == [4096, 4096, 4096, nil])
    #expect(model.layers.map { $0.attention.rotary?.layout } == [.interleaved, .interleaved, .interleaved, nil])
    #expect(model.layers[0].isParallel && model.head.isTied)
    let typed = #""layer_types": ["full_attention", "full_attention", "full_attention", "sliding_attention"]"#
    #expect(try describe("cohere2", typed).layers.map { $0.attention.rotary == nil } == [true, true, true, false])
  }

  @Test func exaone4() throws {
    let heads = #""num_key_value_heads": 4"#
    let model = try describe("exaone4", heads)
    #expect(model.layers.map { $0.attention.rotary == nil } == [false, false, false, true])
    #expect(model.layers[0].attentionInputNorm == nil && model.layers[0].attention.queryNorm?.width == 16)
    let full = try describe("exaone4", heads + #", "sliding_window": null"#)
    #expect(full.layers.allSatisfy { $0.attention.rotary != nil && $0.attention.window == nil })
    let listed = try describe(
      "exaone4",
      heads + #", "sliding_window_pattern": "LG", "layer_types": ["full_attention", "full_attention","#
        + #" "full_attention", "sliding_attention"]"#)
    #expect(listed.layers.map { $0.attention.rotary == nil } == [true, true, true, false])
    #expect(throws: JSONMemberError.self) { try describe("exaone4", heads + #", "sliding_window_pattern": "LG""#) }
  }

  @Test func ernie() throws {
    let model = try describe("ernie4_5")
    #expect(model.layers[0].attention.rotary?.layout == .interleaved && model.head.isTied)
    let biased = try describe("ernie4_5", #""use_bias": true"#).layers[0]
    #expect(
      biased.attention.output.hasBias && biased.mlp?.down.hasBias == true && model.layers[0].mlp?.down.hasBias == false)
  }

  @Test func arceeAndNemotron() throws {
    let arcee = try describe("arcee", #""mlp_bias": true"#)
    #expect(arcee.layers[0].mlp?.gate == nil && arcee.layers[0].mlp?.activation == .reluSquared)
    #expect(arcee.layers[0].mlp?.up.linear.hasBias == true)
    let nemotron = try describe("nemotron")
    #expect(nemotron.finalNorm.kind == .layer && nemotron.finalNorm.storesGainMinusOne && nemotron.finalNorm.hasBias)
    #expect(nemotron.layers[0].attention.rotary?.dimensions == 8)
    #expect(nemotron.layers[0].mlp?.activation == .reluSquared && nemotron.layers[0].mlp?.gate == nil)
  }

  @Test func apertus() throws {
    let model = try describe("apertus")
    let layer = model.layers[2]
    #expect(layer.mlp?.activation == .xielu && layer.mlp?.activationModule == "model.layers.2.mlp.act_fn")
    #expect(layer.mlpInputNorm?.modules == ["model.layers.2.feedforward_layernorm"])
    #expect(
      model.activations.count == 4 && Activation.xielu.parameters.map(\.name) == ["alpha_p", "alpha_n", "beta", "eps"])
    guard case .fixed(let scaled)? = layer.attention.rotary?.frequencies,
      case .fixed(let plain)? = try describe(
        "apertus", #""rope_parameters": {"rope_type": "default", "rope_theta": 12000000}"#
      )
      .layers[0].attention.rotary?.frequencies
    else {
      Issue.record("both fixed")
      return
    }
    #expect(scaled.inverseFrequencies.last != plain.inverseFrequencies.last, "llama3 scaling is the class's default")
    let other = try #require(try describe("apertus", #""hidden_act": "relu2""#).layers[0].mlp)
    #expect(other.activation == .reluSquared && other.activationModule == nil)
  }

  @Test func gptOSS() throws {
    let model = try describe("gpt_oss", #""num_key_value_heads": 2, "num_local_experts": 8, "sliding_window": 9"#)
    let layer = model.layers[1]
    #expect(model.layers.map(\.attention.window) == [9, nil, 9, nil] && model.finalNorm.epsilon == 1e-5)
    #expect(layer.attention.sinks == "model.layers.1.self_attn.sinks" && layer.attention.output.hasBias)
    #expect(layer.attention.query.linear.hasBias && layer.mlp == nil)
    let experts = try #require(layer.experts)
    #expect(experts.router.module == "model.layers.1.mlp.router" && experts.router.hasBias)
    #expect(experts.routing == Routing(topK: 4, isNormalized: true))
    let expert = experts.experts[3]
    #expect(expert.activation == .quickGelu && expert.clamp == GateClamp(limit: 7, slope: 1.702))
    let gate = try #require(expert.gate?.linear.stack)
    let up = try #require(expert.up.linear.stack)
    #expect((gate.row(0), gate.row(1), up.row(0), up.row(1)) == (0, 2, 1, 3) && gate.isTransposed)
    #expect(gate.tensor == up.tensor && gate.bias == "model.layers.1.mlp.experts.gate_up_proj_bias")
    let down = try #require(expert.down.stack)
    #expect(down.expert == 3 && down.rowStep == 1 && down.isTransposed && expert.down.hasBias)
    guard case .fixed(let table)? = layer.attention.rotary?.frequencies else {
      Issue.record("fixed")
      return
    }
    #expect(abs(table.attentionFactor - 1.346_573_590_279_972_7) < 1e-12, "yarn is the class's default")
    let other = try describe(
      "gpt_oss",
      #""num_key_value_heads": 2, "num_local_experts": 8, "swiglu_limit": 5, "swiglu_alpha": 1.5, "attention_bias": false"#
    )
    #expect(other.layers[0].experts?.experts[0].clamp == GateClamp(limit: 5, slope: 1.5))
    #expect(!other.layers[0].attention.query.linear.hasBias)
    #expect(throws: JSONMemberError.self) {
      try describe("gpt_oss", #""num_key_value_heads": 2, "num_local_experts": 8, "sliding_window": null"#)
    }
  }

  @Test func deepSeek() throws {
    let sizes =
      #""num_key_value_heads": 4, "q_lora_rank": 24, "kv_lora_rank": 16, "qk_nope_head_dim": 12, "qk_rope_head_dim": 8, "v_head_dim": 10"#
    let experts =
      #""n_routed_experts": 8, "n_group": 4, "topk_group": 2, "num_experts_per_tok": 3, "first_k_dense_replace": 1"#
    let model = try describe("deepseek_v3", "\(sizes), \(experts)")
    let attention = model.layers[2].attention
    #expect((attention.headDimension, attention.valueDimension, attention.keyValueHeads) == (20, 10, 4))
    #expect(attention.query.linear.module == "model.layers.2.self_attn.q_b_proj" && attention.query.rows.count == 80)
    #expect(attention.key.rows == RowSelection(start: 0, length: 12, stride: 22, blocks: 4))
    #expect(attention.value.rows == RowSelection(start: 12, length: 10, stride: 22, blocks: 4))
    #expect((attention.output.inputs, attention.key.linear.outputs) == (40, 88))
    let latent = try #require(attention.latent)
    #expect((latent.rank, latent.rotaryWidth, latent.query?.linear.outputs) == (16, 8, 24))
    #expect(latent.keyValue.linear.outputs == 24 && latent.keyValue.norm.width == 16 && !latent.keyValue.linear.hasBias)
    #expect((attention.rotary?.first, attention.rotary?.dimensions, attention.rotary?.layout) == (12, 8, .interleaved))
    #expect(abs(attention.scale - 1 / 20.0.squareRoot()) < 1e-15 && model.predictionLayers == 1)
    #expect(model.layers[0].experts == nil && model.layers[1].mlp?.up.linear.module.contains("shared_experts") == true)
    let routing = try #require(model.layers[1].experts?.routing)
    #expect((routing.scoring, routing.groups, routing.topGroups, routing.factor) == (.sigmoid, 4, 2, 2.5))
    #expect(model.layers[1].experts?.correction == "model.layers.1.mlp.gate.e_score_correction_bias")
    let plain = try describe(
      "deepseek_v3",
      "\(sizes.replacing("24", with: "null")), \(experts), \"attention_bias\": true, \"rope_interleave\": false")
    #expect(plain.layers[0].attention.query.linear.module.hasSuffix("q_proj"))
    #expect(plain.layers[0].attention.latent?.query == nil && plain.layers[0].attention.rotary?.layout == .halves)
    #expect(plain.layers[0].attention.latent?.keyValue.linear.hasBias == true)
    let yarn =
      #""rope_scaling": {"type": "yarn", "factor": 40, "mscale": 1.0, "mscale_all_dim": 1.0, "original_max_position_embeddings": 64}"#
    let scaled = try describe("deepseek_v3", "\(sizes), \(experts), \(yarn)").layers[0].attention
    let magnitude = 0.1 * log(40.0) + 1
    #expect(abs(scaled.scale - magnitude * magnitude / 20.0.squareRoot()) < 1e-12)
    guard case .fixed(let table)? = scaled.rotary?.frequencies else {
      Issue.record("fixed")
      return
    }
    #expect(table.attentionFactor == 1)
    let error = try #require(throws: JSONMemberError.self) {
      try describe("deepseek_v3", "\(sizes.replacing("heads\": 4", with: "heads\": 2")), \(experts)")
    }
    #expect(error.path == "num_key_value_heads")
  }

  @Test func olmo() throws {
    let model = try describe("olmo", #""clip_qkv": 2.5"#)
    #expect(model.layers[0].attention.clip == 2.5 && model.finalNorm.modules.isEmpty)
    #expect(model.finalNorm.kind == .layer && model.finalNorm.epsilon == 1e-5)
    #expect(try describe("olmo").layers[0].attention.clip == nil)
    #expect(throws: JSONMemberError.self) { try describe("olmo", #""clip_qkv": 0"#) }
  }

  @Test func phi() throws {
    let model = try describe("phi", #""qk_layernorm": true"#)
    #expect(model.head.linear.hasBias && model.layers[0].isParallel && !model.head.isTied)
    #expect(model.layers[0].attention.output.module == "model.layers.0.self_attn.dense")
    #expect(
      model.layers[0].attention.queryNorm?.hasBias == true && model.layers[0].mlp?.down.module.hasSuffix("fc2") == true)
    #expect(model.finalNorm.modules == ["model.final_layernorm"])
    #expect(try describe("phi").layers[0].attention.queryNorm == nil)
  }

  @Test func gptJ() throws {
    let model = try describe("gptj", #""rotary_dim": 8"#)
    #expect(model.layers[0].attention.rotary?.dimensions == 8)
    #expect(model.layers[0].attention.rotary?.layout == .interleaved)
    #expect(model.layers[0].mlp?.up.linear.outputs == 256 && model.layers[0].isParallel)
    #expect(model.head.linear.hasBias && !model.head.isTied && model.embedding.positions == nil)
    for width in ["7", "18", "null"] {
      let error = try #require(throws: JSONMemberError.self) { try describe("gptj", #""rotary_dim": \#(width)"#) }
      #expect(error.path == "rotary_dim")
    }
  }
}
