import StrictJSON
import Testing

@testable import Architectures

/// What is refused, and that the message names the member and the reason.
@Suite struct RefusalTests {
  private func message(_ type: String, _ members: String = "") throws -> String {
    try #require(throws: JSONMemberError.self) { try describe(type, members) }.description
  }

  @Test(arguments: [
    ("phimoe", #""num_local_experts": 8"#, "mixture-of-experts"),
    (
      "kimi_k2", #""kv_lora_rank": 512, "n_routed_experts": 256"#,
      "mixture-of-experts layers and it has latent"
    ),
    ("kimi_linear", #""linear_attn_config": {}"#, "linear-attention"),
    ("deepseek_v2", #""kv_lora_rank": 512"#, "latent-attention (MLA)"), ("modernbert", "", "encoder"),
    ("mamba2", #""state_size": 128"#, "state-space"),
    ("bert", "", "encoder"),
    ("t5", #""is_encoder_decoder": true"#, "encoder-decoder"),
    ("my_model", "", "not supported. Supported are llama, mistral"),
  ]) func otherArchitecturesAreRefusedByName(type: String, members: String, reason: String) throws {
    let text = try message(type, members)
    #expect(text.contains("\"\(type)\""))
    #expect(text.contains(reason))
    #expect(text.contains("smollm3"))
  }

  @Test func aMissingModelTypeIsNamed() throws {
    let error = try #require(throws: JSONMemberError.self) {
      try Family.describe(config: JSONReader(file: "config.json", bytes: Array("{}".utf8)))
    }
    #expect(error.description == "config.json: model_type: missing")
  }

  @Test(arguments: [
    #""hidden_size": 0"#, #""hidden_size": -64"#, #""num_hidden_layers": 2147483648"#,
    #""num_hidden_layers": 0"#, #""num_attention_heads": 3"#, #""num_key_value_heads": 3"#,
    #""num_attention_heads": 4.0"#, #""head_dim": 1000000"#, #""head_dim": 15"#, #""vocab_size": "320""#,
    #""vocab_size": null"#, #""vocab_size": 9223372036854775807"#, #""intermediate_size": true"#,
    #""max_position_embeddings": 0"#, #""rms_norm_eps": -1e-6"#,
  ]) func absurdSizesAreRefusedByName(_ member: String) throws {
    let text = "{\"model_type\": \"llama\", \(member)}"
    let error = try #require(throws: JSONMemberError.self) {
      try Family.describe(config: JSONReader(file: "config.json", bytes: Array(text.utf8)))
    }
    let name = try #require(member.split(separator: "\"").first)
    // An odd head is found where the rotary embedding is read.
    #expect(error.path == name || error.path == "rope_parameters.partial_rotary_factor")
  }

  @Test(arguments: [
    (#""pretraining_tp": 2"#, "pretraining_tp"), (#""hidden_act": "xielu""#, "\"xielu\" is not supported"),
    (#""per_layer_config": {}"#, "per_layer_config"),
    (#""is_encoder_decoder": true"#, "is_encoder_decoder"),
    (#""add_cross_attention": true"#, "add_cross_attention"),
    (#""use_bidirectional_attention": true"#, "use_bidirectional_attention"),
    (#""pruned_heads": {"0": [1]}"#, "pruned_heads"), (#""partial_rotary_factor": 0.5"#, "turns whole heads"),
    (#""rope_scaling": {"type": "magic"}"#, "rope_scaling.type: \"magic\""),
    (#""rope_parameters": {"rope_type": "proportional"}"#, "rope_parameters.rope_type"),
    (#""rope_scaling": {"type": "linear"}"#, "rope_scaling.factor: missing"),
    (#""rope_scaling": {"type": "linear", "factor": 0}"#, "rope_scaling.factor"),
    (#""rope_scaling": {"type": "yarn"}"#, "rope_scaling.factor: missing"),
    (
      #""rope_scaling": {"type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4}"#,
      "high_freq_factor"
    ),
    (
      #""rope_scaling": {"type": "longrope", "short_factor": [1], "long_factor": [1]}"#,
      "short_factor: 8 numbers"
    ),
    (#""rope_parameters": {"full_attention": {}}"#, "full_attention"),
    (#""rope_theta": -1"#, "rope_theta"), (#""rope_scaling": [1]"#, "rope_scaling"),
  ]) func membersThatChangeTheMathematicsAreRefusedByName(member: String, reason: String) throws {
    #expect(try message("llama", member).contains(reason))
  }

  @Test func layerTypesMustFit() throws {
    let heads = #""num_key_value_heads": 2, "#
    #expect(
      try message("qwen2", heads + #""layer_types": ["full_attention"]"#).contains("1 entries for 4 layers"))
    let sliding =
      heads + #""layer_types": ["sliding_attention", "full_attention", "full_attention", "full_attention"]"#
    #expect(try message("qwen2", sliding).contains("no sliding_window is in use"))
    let linear = sliding.replacingOccurrences("sliding_attention", with: "linear_attention")
    #expect(try message("qwen2", linear).contains("\"linear_attention\""))
    #expect(try message("mistral", sliding + #", "sliding_window": 9"#).contains("layer_types"))
  }

  @Test func familiesRefuseWhatTheyDoNotHave() throws {
    #expect(try message("phi3", #""rope_scaling": {"type": "linear", "factor": 2}"#).contains("longrope"))
    #expect(try message("gpt_neox", #""num_key_value_heads": 2"#).contains("num_key_value_heads"))
    #expect(try message("stablelm", #""num_key_value_heads": 2, "head_dim": 32"#).contains("head_dim"))
    #expect(
      try message("gemma3_text", #""rope_parameters": {"rope_type": "default"}"#).contains("by layer kind"))
    #expect(
      try message("olmo3", #""rope_scaling": {"type": "yarn", "factor": 2}"#).contains("rope_scaling.type"))
    #expect(try message("gemma3").contains("text_config"))
    #expect(try message("smollm3", #""no_rope_layers": [1]"#).contains("1 entries for 4 layers"))
  }
}

extension String {
  fileprivate func replacingOccurrences(_ target: String, with replacement: String) -> String {
    split(separator: target, omittingEmptySubsequences: false).joined(separator: replacement)
  }
}
