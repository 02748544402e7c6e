import StrictJSON
import Testing

@testable import Architectures

/// Describes the model of a config.json: the given members over small sizes.
func describe(_ type: String, _ members: String = "") throws -> ModelDescription {
  let sizes =
    type == "gpt2" || type == "gptj"
    ? #""n_embd": 64, "n_head": 4, "n_layer": 4, "vocab_size": 320"#
    : #""hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 4, "vocab_size": 320, "intermediate_size": 96"#
  let text = "{\"model_type\": \"\(type)\", \(sizes)\(members.isEmpty ? "" : ", ")\(members)}"
  return try Family.describe(config: JSONReader(file: "config.json", bytes: Array(text.utf8)))
}

/// What each family's description says where config.json is silent, and what its members change.
@Suite struct DescribeTests {
  @Test func llama() throws {
    let model = try describe(
      "llama", #""num_key_value_heads": 2, "head_dim": 24, "attention_bias": true, "mlp_bias": true"#)
    #expect(model.layers.count == 4)
    let attention = model.layers[2].attention
    #expect(attention.query.linear.module == "model.layers.2.self_attn.q_proj")
    #expect(attention.query.linear.outputs == 96)
    #expect(attention.key.linear.outputs == 48)
    #expect(attention.output.hasBias && attention.value.linear.hasBias)
    #expect(attention.rotary?.dimensions == 24)
    #expect(attention.scale == 1 / 24.0.squareRoot())
    #expect(model.layers[0].mlp?.down.hasBias == true)
    #expect(model.layers[3].mlpInputNorm?.modules == ["model.layers.3.post_attention_layernorm"])
    #expect(!model.head.isTied)
    #expect(try describe("llama", #""tie_word_embeddings": true"#).head.isTied)
  }

  @Test func mistral() throws {
    let heads = #""num_key_value_heads": 4"#
    #expect(try describe("mistral", heads).layers.allSatisfy { $0.attention.window == 4096 })
    #expect(try describe("mistral", heads + #", "sliding_window": null"#).layers[0].attention.window == nil)
    #expect(
      try describe("mistral", #""num_key_value_heads": null"#).layers[0].attention.keyValueHeads == 4,
      "null stands for one each, not for the class's default of 8")
  }

  @Test func qwen2() throws {
    let heads = #""num_key_value_heads": 2"#
    let attention = try describe("qwen2", heads).layers[3].attention
    #expect(attention.query.linear.hasBias && attention.key.linear.hasBias && !attention.output.hasBias)
    #expect(attention.window == nil, "a window is unused unless use_sliding_window")
    let windows = try describe(
      "qwen2", heads + #", "use_sliding_window": true, "sliding_window": 9, "max_window_layers": 2"#)
    #expect(windows.layers.map(\.attention.window) == [nil, nil, 9, 9])
    let typed = try describe(
      "qwen2",
      heads + #", "use_sliding_window": true, "sliding_window": 9, "layer_types": ["sliding_attention","#
        + #" "full_attention", "full_attention", "sliding_attention"]"#)
    #expect(typed.layers.map(\.attention.window) == [9, nil, nil, 9])
  }

  @Test func qwen3() throws {
    let attention = try describe("qwen3", #""num_key_value_heads": 2"#).layers[1].attention
    #expect(attention.headDimension == 128, "the configuration class's own default")
    #expect(attention.queryNorm?.width == 128)
    #expect(attention.keyNorm?.modules == ["model.layers.1.self_attn.k_norm"])
    #expect(!attention.query.linear.hasBias)
  }

  @Test func gpt2() throws {
    let model = try describe("gpt2", #""scale_attn_by_inverse_layer_idx": true"#)
    let attention = model.layers[1].attention
    #expect(attention.key.rows.runs == [64..<128])
    #expect(attention.key.linear.isTransposed && attention.key.linear.hasBias)
    #expect(attention.scale == 0.25 / 2)
    #expect(attention.rotary == nil)
    #expect(model.layers[0].mlp?.up.linear.outputs == 256)
    #expect(model.embedding.positions == Embedding("transformer.wpe", rows: 1024, columns: 64))
    #expect(model.head.isTied)
    #expect(model.finalNorm.hasBias)
  }

  @Test func gptNeoX() throws {
    let model = try describe("gpt_neox")
    let attention = model.layers[0].attention
    #expect(attention.key.rows.runs == [16..<32, 64..<80, 112..<128, 160..<176])
    #expect(attention.rotary?.dimensions == 4)
    #expect(model.layers[0].isParallel)
    #expect(try !describe("gpt_neox", #""use_parallel_residual": false"#).layers[0].isParallel)
    #expect(model.renamedPrefixes["embed_out."] == "lm_head.")
  }

  @Test func gemma2() throws {
    let model = try describe("gemma2", #""head_dim": 32, "sliding_window": 9, "query_pre_attn_scalar": 16"#)
    #expect(model.embedding.scale == 8)
    #expect(model.layers.map(\.attention.window) == [9, nil, 9, nil])
    #expect(model.layers[0].attention.scale == 0.25)
    #expect(model.layers[0].attention.softCap == 50)
    #expect(model.head.softCap == 30)
    #expect(try describe("gemma2", #""attn_logit_softcapping": null"#).layers[0].attention.softCap == nil)
    #expect(model.layers[0].mlpInputNorm?.modules == ["model.layers.0.pre_feedforward_layernorm"])
    #expect(model.layers[0].mlpOutputNorm?.storesGainMinusOne == true)
    #expect(model.head.isTied)
  }

  @Test func gemma3() throws {
    let model = try describe(
      "gemma3_text", #""head_dim": 32, "sliding_window": 9, "sliding_window_pattern": 2, "rope_theta": 100.0"#
    )
    #expect(model.layers.map(\.attention.window) == [9, nil, 9, nil])
    #expect(model.layers[0].attention.softCap == nil && model.head.softCap == nil)
    let frequencies = model.layers.map { $0.attention.rotary?.frequencies.table(promptLength: 1) }
    #expect(frequencies[0]?.inverseFrequencies[8] == 0.01)
    #expect(frequencies[1]?.inverseFrequencies[8] == 0.1)
  }

  @Test func phi3() throws {
    let model = try describe("phi3", #""num_key_value_heads": 2, "partial_rotary_factor": 0.5"#)
    let attention = model.layers[0].attention
    #expect(attention.query.rows.runs == [0..<64])
    #expect(attention.key.rows.runs == [64..<96])
    #expect(attention.value.rows.runs == [96..<128])
    #expect(attention.query.linear.outputs == 128)
    #expect(attention.rotary?.dimensions == 8)
    #expect(model.layers[0].mlp?.gate?.rows.runs == [0..<96])
    #expect(model.layers[0].mlp?.up.rows.runs == [96..<192])
  }

  @Test func olmo2AndOlmo3() throws {
    let model = try describe("olmo2", #""num_key_value_heads": 2"#)
    #expect(model.layers[0].attentionInputNorm == nil && model.layers[0].mlpInputNorm == nil)
    #expect(model.layers[0].attention.queryNorm?.width == 64)
    #expect(model.layers[0].attention.keyNorm?.width == 32)
    #expect(model.layers[0].mlpOutputNorm?.modules == ["model.layers.0.post_feedforward_layernorm"])
    #expect(try describe("olmo3").layers.map(\.attention.window) == [4096, 4096, 4096, nil])
  }

  @Test func granite() throws {
    let model = try describe(
      "granite",
      #""attention_multiplier": 0.5, "embedding_multiplier": 12, "residual_multiplier": 0.25, "logits_scaling": 8"#
    )
    #expect(model.layers[0].attention.scale == 0.5)
    #expect(model.embedding.scale == 12)
    #expect(model.layers[3].residualMultiplier == 0.25)
    #expect(model.head.logitMultiplier == 0.125)
  }

  @Test func starcoder2() throws {
    let model = try describe("starcoder2")
    #expect(model.layers[0].attention.keyValueHeads == 2)
    #expect(model.layers[0].mlp?.gate == nil)
    #expect(model.layers[0].mlp?.up.linear.hasBias == true && model.layers[0].attention.output.hasBias)
    #expect(model.finalNorm.kind == .layer && model.finalNorm.hasBias)
    #expect(model.head.isTied)
  }

  @Test func stableLM() throws {
    let heads = #""num_key_value_heads": 2"#
    let model = try describe("stablelm", heads + #", "qk_layernorm": true, "use_parallel_residual": true"#)
    #expect(model.layers[0].attention.rotary?.dimensions == 4)
    #expect(
      model.layers[0].attention.queryNorm?.modules.last == "model.layers.0.self_attn.q_layernorm.norms.3")
    #expect(model.layers[0].attention.queryNorm?.modules.count == 4)
    #expect(model.layers[0].attention.queryNorm?.shape == [16])
    #expect(model.layers[0].isParallel && model.layers[0].mlpInputNorm == model.layers[0].attentionInputNorm)
    #expect(
      try describe("stablelm", heads).layers[0].mlpInputNorm?.modules == [
        "model.layers.0.post_attention_layernorm"
      ])
  }

  @Test func cohere() throws {
    let model = try describe("cohere", #""use_qk_norm": true"#)
    #expect(model.layers[0].isParallel)
    #expect(model.layers[0].attention.rotary?.layout == .interleaved)
    #expect(model.layers[0].attention.queryNorm?.shape == [4, 16])
    #expect(model.head.logitMultiplier == 0.0625)
    #expect(!model.finalNorm.hasBias && model.finalNorm.kind == .layer)
  }

  @Test func smolLM3() throws {
    #expect(try describe("smollm3").layers.map { $0.attention.rotary == nil } == [false, false, false, true])
    let model = try describe(
      "smollm3", #""no_rope_layers": [1, 0, 0, 1], "use_sliding_window": true, "sliding_window": 7"#)
    #expect(model.layers.map { $0.attention.rotary == nil } == [false, true, true, false])
    #expect(model.layers.map(\.attention.window) == [nil, 7, 7, nil])
  }
}
