import Files
import Jinja
import StrictJSON

/// The `chat_template` that comes with a model, rendered as `apply_chat_template(tokenize=False)` of transformers renders it:
/// without tools, documents and generation prompt.
///
/// It is read from `chat_template.jinja`, or from `tokenizer_config.json`, where it is a text or a list of which the one named
/// `default` counts. The special tokens of `tokenizer_config.json` are its variables (`bos_token` and so on).
public struct ModelTemplate: Sendable {
  /// The file it is from, for messages.
  public let file: String
  /// The known template that gives the same texts; nil where none does.
  public private(set) var known: ChatTemplate?
  /// Whether it writes a line break after the last turn, where the ``known`` one writes none.
  public private(set) var addsLineBreak = false

  private let template: Template
  private let specialTokens: [(name: String, value: Variable)]

  /// A template from its text.
  /// - Parameters:
  ///   - source: The template.
  ///   - file: Where it is from, for messages.
  ///   - specialTokens: Names such as `bos_token` with their tokens.
  /// - Throws: ``PromptError/template(file:error:)``.
  public init(
    _ source: String, file: String, specialTokens: [(name: String, token: String)] = []
  ) throws(PromptError) {
    self.file = file
    self.specialTokens = specialTokens.map { ($0.name, .text($0.token)) }
    do { template = try Template(source) } catch { throw .template(file: file, error: error) }
    recognise()
  }

  /// The text of a conversation.
  /// - Parameter turns: The turns; what a persona says has to be in an assistant's turn.
  /// - Throws: ``PromptError/template(file:error:)``, also where the template refuses the conversation.
  public func text(of turns: [Conversation.Turn]) throws(PromptError) -> String {
    do { return try render(turns) } catch { throw .template(file: file, error: error) }
  }

  func render(_ turns: [Conversation.Turn]) throws(JinjaError) -> String {
    let messages = turns.map { Variable.dictionary([("role", .text($0.role)), ("content", .text($0.text))]) }
    return try template.render(
      [
        ("messages", .list(messages)), ("tools", .none), ("documents", .none),
        ("add_generation_prompt", .boolean(false)),
      ] + specialTokens)
  }

  /// The token that a text begins with, where there is one.
  var beginning: String? {
    guard case .text(let token)? = specialTokens.last(where: { $0.name.isSpelled("bos_token") })?.value else {
      return nil
    }
    return token
  }

  // MARK: Recognition

  /// Conversations that tell templates apart. Their texts have no white space at their ends, which some templates cut off.
  private static let probes: [[(role: String, text: String)]] = [
    [("user", "Where is the key?")], [("user", "One line.\n\n  Another, \u{E9}.")],
    [("user", "Hi"), ("assistant", "Hello!")], [("user", "Hi"), ("assistant", "Hello!"), ("user", "Bye")],
    [("user", "Hi"), ("assistant", "Hello!"), ("user", "Bye"), ("assistant", "See you.")],
    [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello!"), ("user", "Bye"), ("assistant", "See you.")],
  ]

  /// Finds the known template that writes all probes as this one does, but for a line break after the last turn.
  private mutating func recognise() {
    var texts: [(turns: [Conversation.Turn], text: String)] = []
    for probe in Self.probes {
      let turns = probe.map { Conversation.Turn(role: $0.role, text: $0.text) }
      do { texts.append((turns, try render(turns))) } catch {
        // A template may know no system turn; it is told by the other probes.
        if case .raised = error, probe[0].role.isSpelled("system") { continue }
        return
      }
    }
    for candidate in ChatTemplate.allCases {
      let expected = texts.map { candidate.sections($0.turns).map(\.text).joined() }
      for end in ["", "\n"] where zip(texts, expected).allSatisfy({ $0.text.isSpelled($1 + end) }) {
        (known, addsLineBreak) = (candidate, !end.isEmpty)
        return
      }
    }
  }
}
