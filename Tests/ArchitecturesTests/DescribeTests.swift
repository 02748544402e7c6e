import StrictJSON
import Testing

@testable import Architectures

/// Describes a config.json given as text.
func describe(_ text: String) throws -> ModelDescription {
  try Family.describe(config: JSONReader(file: "config.json", bytes: Array(text.utf8)))
}

@Suite struct DescribeTests {
  @Test func aLlamaHasTheModulesOfTheLibrary() throws {
    let model = try describe(
      """
      {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2,
       "intermediate_size": 96, "num_hidden_layers": 3, "vocab_size": 320, "head_dim": 24}
      """)
    #expect(model.layers.count == 3)
    let attention = model.layers[2].attention
    #expect(attention.query.linear.module == "model.layers.2.self_attn.q_proj")
    #expect(attention.query.linear.outputs == 96)
    #expect(attention.key.linear.outputs == 48)
    #expect(attention.rotary?.dimensions == 24)
    #expect(model.head.isTied == false)
  }

  @Test func anUnknownArchitectureIsRefusedByName() throws {
    let error = try #require(throws: JSONMemberError.self) {
      try describe(#"{"model_type": "mixtral", "num_local_experts": 8}"#)
    }
    #expect(error.description.contains("mixtral"))
    #expect(error.description.contains("mixture-of-experts"))
    #expect(error.description.contains("llama, mistral, qwen2, qwen3"))
  }
}
