import Files
import Jinja
import StrictJSON

/// A day that a template may write.
package typealias TemplateDate = CalendarDate

/// The `chat_template` that comes with a model, rendered as `apply_chat_template(tokenize=False)` of transformers renders it.
///
/// It is read from `chat_template.jinja`, or from `tokenizer_config.json`, where it is a text or a list of which the one named
/// `default` counts, and `tool_use` where a conversation has tools. The special tokens of `tokenizer_config.json` are its
/// variables (`bos_token` and so on), and so is what stands beside a conversation's turns.
public struct ModelTemplate: Sendable {
  /// The file it is from, for messages.
  public let file: String
  /// The day that it writes where it asks for one.
  package var date: TemplateDate?
  /// The known template that gives the same texts; nil where none does.
  public private(set) var known: ChatTemplate?
  /// Whether it writes a line break after the last turn, where the ``known`` one writes none.
  public private(set) var addsLineBreak = false

  private let template: Template
  private let toolTemplate: Result<Template, JinjaError>?
  private let specialTokens: [(name: String, value: Variable)]

  /// A template from its text.
  /// - Parameters:
  ///   - source: The template.
  ///   - toolSource: The one for conversations with tools, where it is another.
  ///   - file: Where it is from, for messages.
  ///   - specialTokens: Names such as `bos_token` with their tokens.
  /// - Throws: ``PromptError/template(file:error:)``.
  public init(
    _ source: String, tools toolSource: String? = nil, file: String,
    specialTokens: [(name: String, token: String)] = []
  ) throws(PromptError) {
    self.file = file
    self.specialTokens = specialTokens.map { ($0.name, .text($0.token)) }
    do { template = try Template(source) } catch { throw .template(file: file, error: error) }
    toolTemplate = toolSource.map { source in Result { () throws(JinjaError) in try Template(source) } }
    recognise()
  }

  /// The text of a conversation.
  /// - Parameters:
  ///   - turns: The turns; what a persona says has to be in an assistant's turn.
  ///   - variables: What stands beside them.
  /// - Throws: ``PromptError/template(file:error:)``, also where the template refuses the conversation.
  public func text(
    of turns: [Conversation.Turn], _ variables: JSONObject = JSONObject()
  ) throws(PromptError) -> String {
    do { return try render(turns, variables) } catch { throw .template(file: file, error: error) }
  }

  func render(
    _ turns: [Conversation.Turn], _ variables: JSONObject = JSONObject()
  ) throws(JinjaError) -> String {
    var template = template
    if let toolTemplate, variables["tools"] ?? .null != .null { template = try toolTemplate.get() }
    let all: [(name: String, value: Variable)] =
      [
        ("tools", .none), ("documents", .none), ("add_generation_prompt", .boolean(false)),
      ] + specialTokens + variables.members.map { ($0.name, Variable($0.value)) }
    return try template.render(all + [("messages", .list(turns.map(\.variable)))], date: date)
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

extension Conversation.Turn {
  /// The turn as a template sees it.
  ///
  /// As transformers has it, thoughts are there as `reasoning_content` and as `thinking`, by whichever name they were given.
  fileprivate var variable: Variable {
    guard let data else { return .dictionary([("role", .text(role)), ("content", .text(text))]) }
    var members = data.members.map { (name: $0.name, value: Variable($0.value)) }
    let names = ["reasoning_content", "thinking", "reasoning"]
    guard let thought = names.lazy.compactMap({ data[$0] }).first.map(Variable.init) else {
      return .dictionary(members)
    }
    if data["thinking"] == nil { members.insert(("thinking", thought), at: 0) }
    // The last of two of the same name counts, at the first's place.
    return .dictionary(members + [("reasoning_content", thought)])
  }
}

extension Variable {
  /// A value of a file.
  fileprivate init(_ value: JSONValue) {
    self =
      switch value {
      case .null: .none
      case .boolean(let value): .boolean(value)
      case .integer(let value): .integer(value)
      case .number(let value): .number(value)
      case .string(let text): .text(text)
      case .array(let elements): .list(elements.map(Variable.init))
      case .object(let object): .dictionary(object.members.map { ($0.name, Variable($0.value)) })
      }
  }
}
