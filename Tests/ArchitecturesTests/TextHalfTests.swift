import StrictJSON
import Testing

@testable import Architectures

/// Models that also see, by their text half.
@Suite struct TextHalfTests {
  private func read(_ text: String) throws -> ModelDescription {
    try Family.describe(config: JSONReader(file: "config.json", bytes: Array(text.utf8)))
  }

  @Test func `The text half of gemma3`() throws {
    let model = try read(
      #"{"model_type": "gemma3", "vision_config": {}, "text_config": {"hidden_size": 64, "intermediate_size": 96}}"#)
    #expect(model.family == "gemma3")
    #expect(model.layers.count == 26, "absent members have the defaults of the text class")
    #expect(model.vocabularySize == 262_208)
    #expect(model.renamedPrefixes["language_model.model."] == "model.")
  }

  @Test func `mistral3 holds mistral or ministral3`() throws {
    let old = try read(#"{"model_type": "mistral3", "text_config": {"hidden_size": 64, "sliding_window": null}}"#)
    #expect(old.head.isTied, "the outer class's default")
    #expect(old.layers[0].attention.queryScale == nil)
    let new = try read(#"{"model_type": "mistral3", "text_config": {"model_type": "ministral3", "hidden_size": 64}}"#)
    #expect(new.layers[0].attention.queryScale == PositionScale(beta: 0.1, length: 16_384))
    let tied = #", "tie_word_embeddings": false}"#
    #expect(try !read(#"{"model_type": "mistral3", "text_config": {"hidden_size": 64}"# + tied).head.isTied)
  }

  @Test func `qwen3_vl and qwen2_5_vl`() throws {
    let model = try read(
      #"{"model_type": "qwen3_vl", "text_config": {"model_type": "qwen3_vl_text", "use_sliding_window": true, "sliding_window": 5}}"#
    )
    #expect(model.layers.allSatisfy { $0.attention.window == nil }, "the class has no windows")
    #expect(!model.head.isTied && model.layers[0].attention.queryNorm?.width == 128)
    let mrope = #""rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]}, "rope_theta": 100.0"#
    let flat = try read(#"{"model_type": "qwen2_5_vl", "hidden_size": 128, "num_hidden_layers": 2, \#(mrope)}"#)
    #expect(flat.layers.count == 2 && flat.layers[0].attention.query.linear.hasBias)
    guard case .fixed(let table)? = flat.layers[0].attention.rotary?.frequencies else {
      Issue.record("an ordinary rotary embedding")
      return
    }
    #expect(table.inverseFrequencies == [1], "a head of one pair")
    let nested = try read(#"{"model_type": "qwen2_5_vl", "text_config": {"tie_word_embeddings": true}}"#)
    #expect(nested.head.isTied && nested.layers.count == 80)
  }

  @Test(arguments: [
    (#"{"model_type": "qwen3_vl"}"#, "text_config: missing"),
    (#"{"model_type": "qwen3_vl", "text_config": {"model_type": "llama"}}"#, "is qwen3_vl_text, not \"llama\""),
    (#"{"model_type": "mistral3", "text_config": {"model_type": "mixtral"}}"#, "is mistral or ministral3, not"),
    (#"{"model_type": "gemma3", "text_config": {"quantization_config": {}}}"#, "text_config.quantization_config"),
    (#"{"model_type": "qwen3", "rope_scaling": {"type": "mrope"}}"#, "\"mrope\" is not supported"),
  ]) func `What is refused`(_ text: String, _ message: String) throws {
    let error = try #require(throws: JSONMemberError.self) { try read(text) }
    #expect(error.description.contains(message), "\(error)")
  }
}
