import Foundation
import Prompts
import Testing

/// Which tokens of a conversation are answers, so that losses judge them.
struct AnswerTests {
  private typealias Turn = Conversation.Turn
  private let turns = [
    Turn(role: "user", text: "Hi"), Turn(role: "assistant", text: "Yes"), Turn(role: "user", text: "And?"),
    Turn(role: "assistant", text: "No"),
  ]

  /// The judged stretches of the text, in order, with a token a character.
  private func judged(_ sections: [ChatTemplate.Section]) throws -> [String]? {
    let prompt = try PreparedPrompt(id: "", sections: sections) { $0.unicodeScalars.map { Int($0.value) } }
    guard let mask = prompt.lossMask else { return nil }
    var (found, isOpen) = ([String](), false)
    for (token, judged) in zip(prompt.tokens, mask) {
      if judged == 1, !isOpen { found.append("") }
      if judged == 1 { found[found.count - 1].unicodeScalars.append(try #require(Unicode.Scalar(UInt32(token)))) }
      isOpen = judged == 1
    }
    return found
  }

  @Test(arguments: [
    (ChatTemplate.chatml, "<|im_end|>"), (.llama3, "<|eot_id|>"), (.gemma, "<end_of_turn>"),
  ]) func `An answer is what stands behind its header, with the mark that closes it`(
    template: ChatTemplate, end: String
  ) throws {
    #expect(try judged(template.sections(turns)) == ["Yes" + end, "No" + end])
    let persona = turns.dropLast() + [Turn(role: "assistant", text: "No"), Turn(role: "persona", text: "Fig")]
    #expect(try judged(template.sections(Array(persona), separator: "<sep>")) == ["Fig" + end])
    #expect(try judged(template.sections([Turn(role: "user", text: "Hi"), Turn(role: "tool", text: "4")])) == nil)
  }

  @Test func `Of every family's template the words of its assistants are judged, and nobody else's`() throws {
    let families = try FamilyTemplates()
    let conversation = [Turn(role: "user", text: "Banana"), Turn(role: "assistant", text: "Cherry")]
    let two = conversation + [Turn(role: "user", text: "Damson"), Turn(role: "assistant", text: "Elder")]
    var told = 0
    for name in try families.names {
      for chat in [conversation, two] {
        guard let sections = try? families.template(name).sections(chat) else { continue }
        guard let found = try judged(sections) else { continue }
        told += 1
        let words = chat.filter { $0.role == "assistant" }.map(\.text)
        #expect(found.count == words.count, "\(name): \(found)")
        for (answer, word) in zip(found, words) {
          #expect(answer.contains(word) && answer.last?.isWhitespace == false, "\(name): \(answer)")
        }
        #expect(!found.joined().contains("Damson") && !found.joined().contains("Banana"), "\(name): \(found)")
      }
    }
    #expect(told > 30, "\(told)")
  }

  @Test func `A token that holds the ends of an answer belongs to it`() throws {
    var section = ChatTemplate.Section(region: "assistant", text: "abcdef")
    (section.isAnswer, section.answer) = (true, 1..<4)
    // Pairs of letters are a token: "ab", "cd", "ef".
    let prompt = try PreparedPrompt(id: "", sections: [section]) { text in
      let scalars = text.unicodeScalars.map { Int($0.value) }
      return stride(from: 0, to: scalars.count, by: 2).map {
        scalars[$0] * 256 + ($0 + 1 < scalars.count ? scalars[$0 + 1] : 0)
      }
    }
    #expect(prompt.lossMask == [1, 1, 0])
  }

  @Test func `Where an answer cannot be found nothing is judged, and that is said`() throws {
    var (user, first) = (
      ChatTemplate.Section(region: "user", text: "ab"), ChatTemplate.Section(region: "assistant", text: "cd")
    )
    first.isAnswer = true
    var second = ChatTemplate.Section(region: "assistant", text: "ef")
    (second.isAnswer, second.answer) = (true, 0..<2)
    user.isAnswer = false
    let prompt = try PreparedPrompt(id: "", sections: [user, first, second]) { $0.utf8.map(Int.init) }
    #expect(prompt.lossMask == nil && prompt.hasUnclearAnswers)
  }
}
