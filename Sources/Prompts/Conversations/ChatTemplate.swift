/// How a family of models writes a conversation. The bare turns: no default system prompt, no dates, no tools.
public enum ChatTemplate: String, Sendable, CaseIterable {
  /// `<|im_start|>user⏎…<|im_end|>⏎`: Qwen, SmolLM, and most whose tokenizer has these tokens.
  case chatml
  /// `<|start_header_id|>user<|end_header_id|>⏎⏎…<|eot_id|>`: Llama 3.
  case llama3
  /// `<start_of_turn>user⏎…<end_of_turn>⏎`: Gemma. It knows no system turn, the user's begins with it.
  case gemma

  /// A stretch of text that belongs to one region.
  public struct Section: Sendable, Equatable {
    /// The region's name: the role of the turn.
    public var region: String
    /// The turn's text with the marks around it. Closing marks belong to the turn that they close.
    public var text: String
    /// Whether an assistant or a persona says it.
    public var isAnswer = false
    /// Of an answer, the scalars of the text that its speaker generates, the mark that closes the turn included; nil where that
    /// cannot be told.
    public var answer: Range<Int>?

    /// A section from its parts.
    public init(region: String, text: String) {
      self.region = region
      self.text = text
    }
  }

  /// The template whose ``mark`` is a token; nil if none is.
  public init?(where isToken: (_ mark: String) -> Bool) {
    guard let found = Self.allCases.first(where: { isToken($0.mark) }) else { return nil }
    self = found
  }

  /// What every turn begins with.
  public var mark: String {
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
    case .gemma: "\(mark)\(["assistant": "model", "system": "user"][role] ?? role)\n"
    }
  }

  /// The conversation in sections, every turn closed; a persona speaks after the separator, within the assistant's turn
  /// before it, or one that is otherwise empty.
  /// - Parameters:
  ///   - conversation: The turns; a role that the template does not know is written as it stands.
  ///   - separator: What stands before a persona's words.
  /// - Returns: A section a turn, in order; joined, their texts are the whole text.
  public func sections(_ conversation: [Conversation.Turn], separator: String = "") -> [Section] {
    var turns: [Conversation.Turn] = []
    for turn in conversation {
      if turn.role == Conversation.persona, !["assistant", Conversation.persona].contains(turns.last?.role) {
        turns.append(Conversation.Turn(role: "assistant", text: ""))
      }
      turns.append(turn)
    }
    var sections: [Section] = []
    let gap = self == .llama3 ? "" : "\n"
    for (index, turn) in turns.enumerated() {
      let start: String
      if turn.role == Conversation.persona {
        start = separator
      } else if self == .gemma, turn.role == "user", index > 0, turns[index - 1].role == "system" {
        // Gemma knows no system turn: the user's begins with it.
        start = "\n\n"
      } else {
        if index > 0 { sections[index - 1].close(with: end, gap) }
        start = header(turn.role)
      }
      let opening = (index == 0 ? beginning : "") + start
      var section = Section(region: turn.role, text: opening + turn.text)
      if ["assistant", Conversation.persona].contains(turn.role), !turn.text.isEmpty {
        section.isAnswer = true
        section.answer = opening.unicodeScalars.count..<section.text.unicodeScalars.count
      }
      sections.append(section)
    }
    if !sections.isEmpty { sections[sections.count - 1].close(with: end, "") }
    return sections
  }
}

extension ChatTemplate.Section {
  /// Adds the mark that closes the turn, which its speaker generates too, and what stands behind it.
  fileprivate mutating func close(with mark: String, _ gap: String) {
    text += mark + gap
    answer = answer.map { $0.lowerBound..<$0.upperBound + mark.unicodeScalars.count }
  }
}
