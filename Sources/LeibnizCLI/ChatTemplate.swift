import ArgumentParser
import Tokenization

/// How a family of models writes a conversation. The bare turns: no default system prompt, no dates, no tools.
enum ChatTemplate: String, CaseIterable, ExpressibleByArgument {
  case chatml, llama3, gemma

  /// A stretch of text that belongs to one region.
  struct Section {
    var region: String
    var text: String
  }

  /// The template whose tokens a tokenizer has.
  init?(of tokenizer: Tokenizer) {
    guard let found = Self.allCases.first(where: { tokenizer.id(of: $0.mark) != nil }) else { return nil }
    self = found
  }

  /// What every turn begins with.
  var mark: String {
    switch self {
    case .chatml: "<|im_start|>"
    case .llama3: "<|start_header_id|>"
    case .gemma: "<start_of_turn>"
    }
  }

  private var beginning: String {
    switch self {
    case .chatml: ""
    case .llama3: "<|begin_of_text|>"
    case .gemma: "<bos>"
    }
  }

  private var end: String {
    switch self {
    case .chatml: "<|im_end|>"
    case .llama3: "<|eot_id|>"
    case .gemma: "<end_of_turn>"
    }
  }

  private func header(_ role: String) -> String {
    switch self {
    case .chatml: "\(mark)\(role)\n"
    case .llama3: "\(mark)\(role)<|end_header_id|>\n\n"
    case .gemma: "\(mark)\(role == "assistant" ? "model" : "user")\n"
    }
  }

  /// The conversation in sections, every turn closed; a persona speaks after the separator, within the assistant's turn
  /// before it, or one that is otherwise empty.
  func sections(_ conversation: [Conversation.Turn], separator: String) -> [Section] {
    var turns: [Conversation.Turn] = []
    for turn in conversation {
      if turn.role == "persona", !["assistant", "persona"].contains(turns.last?.role) {
        turns.append(Conversation.Turn(role: "assistant", text: ""))
      }
      turns.append(turn)
    }
    var sections: [Section] = []
    let gap = self == .llama3 ? "" : "\n"
    for (index, turn) in turns.enumerated() {
      let start: String
      if turn.role == "persona" {
        start = separator
      } else if self == .gemma, turn.role == "user", index > 0, turns[index - 1].role == "system" {
        // Gemma knows no system turn: the user's begins with it.
        start = "\n\n"
      } else {
        if index > 0 { sections[index - 1].text += end + gap }
        start = header(turn.role)
      }
      sections.append(Section(region: turn.role, text: (index == 0 ? beginning : "") + start + turn.text))
    }
    if !sections.isEmpty { sections[sections.count - 1].text += end }
    return sections
  }
}
