import Prompts
import Testing

/// How each template writes a conversation, letter by letter.
struct ChatTemplateTests {
  private let whole = [
    Conversation.Turn(role: "system", text: "Be kind."), Conversation.Turn(role: "user", text: "Hi"),
    Conversation.Turn(role: "assistant", text: "Hello!"), Conversation.Turn(role: "persona", text: "All is well."),
  ]

  private func texts(_ template: ChatTemplate, _ turns: [Conversation.Turn]) -> [String] {
    template.sections(turns, separator: "<sep>").map(\.text)
  }

  @Test func `ChatML`() {
    #expect(
      texts(.chatml, whole) == [
        "<|im_start|>system\nBe kind.<|im_end|>\n", "<|im_start|>user\nHi<|im_end|>\n",
        "<|im_start|>assistant\nHello!", "<sep>All is well.<|im_end|>",
      ])
  }

  @Test func `Llama 3`() {
    #expect(
      texts(.llama3, whole) == [
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>",
        "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\nHello!", "<sep>All is well.<|eot_id|>",
      ])
  }

  @Test func `Gemma, where the user's turn begins with what the system says`() {
    #expect(
      texts(.gemma, whole) == [
        "<bos><start_of_turn>user\nBe kind.", "\n\nHi<end_of_turn>\n", "<start_of_turn>model\nHello!",
        "<sep>All is well.<end_of_turn>",
      ])
    #expect(
      texts(.gemma, Array(whole.dropFirst().prefix(2))) == [
        "<bos><start_of_turn>user\nHi<end_of_turn>\n", "<start_of_turn>model\nHello!<end_of_turn>",
      ])
  }

  @Test func `A role that a template does not know is written as it stands`() {
    let turns = [Conversation.Turn(role: "user", text: "Hi"), Conversation.Turn(role: "tool", text: "4")]
    #expect(
      ChatTemplate.allCases.map { texts($0, turns)[1] } == [
        "<|im_start|>tool\n4<|im_end|>", "<|start_header_id|>tool<|end_header_id|>\n\n4<|eot_id|>",
        "<start_of_turn>tool\n4<end_of_turn>",
      ])
  }

  @Test(arguments: ChatTemplate.allCases) func `A section is a turn of its role`(template: ChatTemplate) {
    let sections = template.sections(whole, separator: "<sep>")
    #expect(sections.map(\.region) == ["system", "user", "assistant", "persona"])
    #expect(template.sections([], separator: "<sep>").isEmpty)
  }

  @Test func `A persona that answers the user itself speaks in an empty assistant's turn`() {
    let sections = ChatTemplate.chatml.sections([whole[1], whole[3]], separator: "<sep>")
    #expect(sections.map(\.region) == ["user", "assistant", "persona"])
    #expect(sections.map(\.text).dropFirst() == ["<|im_start|>assistant\n", "<sep>All is well.<|im_end|>"])
  }

  @Test func `Several personas follow each other in one turn, and another turn closes it`() {
    #expect(
      texts(.chatml, [whole[2], whole[3], whole[3], whole[1]]) == [
        "<|im_start|>assistant\nHello!", "<sep>All is well.", "<sep>All is well.<|im_end|>\n",
        "<|im_start|>user\nHi<|im_end|>",
      ])
  }

  @Test func `The template is the one whose mark is a token`() {
    #expect(ChatTemplate { $0 == "<start_of_turn>" } == .gemma)
    #expect(ChatTemplate { $0 == "<|start_header_id|>" } == .llama3)
    #expect(ChatTemplate { ["<start_of_turn>", "<|im_start|>"].contains($0) } == .chatml)
    #expect(ChatTemplate { _ in false } == nil)
  }
}
