import ArgumentParser
import Foundation
import Prompts
import Tokenization

/// What `--template` takes.
enum TemplateChoice: Equatable {
  /// The model's own.
  case model
  case known(ChatTemplate)

  private static let modelWord = "model"
}

extension TemplateChoice: ExpressibleByArgument {
  init?(argument: String) {
    if argument == Self.modelWord {
      self = .model
    } else if let template = ChatTemplate(rawValue: argument) {
      self = .known(template)
    } else {
      return nil
    }
  }

  static var allValueStrings: [String] { ChatTemplate.allCases.map(\.rawValue) + [modelWord] }

  var defaultValueDescription: String {
    switch self {
    case .model: Self.modelWord
    case .known(let template): template.rawValue
    }
  }
}

/// Writes conversations as the model's template has them, or a known one.
struct ConversationWriter {
  let tokenizer: Tokenizer
  /// The model's folder, or a file in it.
  let modelPath: String
  let choice: TemplateChoice?
  let separator: String
  /// The day that a template writes where it asks for one.
  var date: TemplateDate?

  /// The sections of each conversation. Says on stderr what template it is, unless one was chosen by name.
  func sections(_ conversations: some Collection<Conversation>) throws -> [[ChatTemplate.Section]] {
    if case .known(let template) = choice { return try written(conversations, as: template) }
    do {
      if var own = try ModelTemplate.read(from: folder) {
        own.date = date
        return try written(conversations, as: own)
      }
    } catch let error as TemplateFailure {
      // Only what was not asked for is done without.
      if choice == .model || error.error.asksForDate { throw WrongInput(error.description) }
      return try written(conversations, as: try fallback(insteadOf: "\(error)"))
    } catch {
      if choice == .model { throw error }
      return try written(conversations, as: try fallback(insteadOf: "\(error)"))
    }
    if choice == .model {
      throw WrongInput(
        "\(folder.relativePath): there is no chat_template.jinja, and no chat_template in a tokenizer_config.json.")
    }
    guard let template = ChatTemplate(where: isToken) else {
      throw WrongInput("The tokenizer has the tokens of no known chat template; choose one with --template.")
    }
    complain("template: \(template.rawValue), since the folder has no chat_template and the tokenizer has its tokens")
    return try written(conversations, as: template)
  }

  /// A conversation that a template cannot write, and why.
  private struct TemplateFailure: Error, CustomStringConvertible {
    var id: String
    var error: PromptError
    var description: String { "\(id): \(error)" }
  }

  private func isToken(_ mark: String) -> Bool { tokenizer.id(of: mark) != nil }

  private var folder: URL {
    let path = URL(fileURLWithPath: modelPath)
    return path.pathExtension == "json" ? path.deletingLastPathComponent() : path
  }

  private func written(
    _ conversations: some Collection<Conversation>, as template: ModelTemplate
  ) throws -> [[ChatTemplate.Section]] {
    let sections = try conversations.map { conversation in
      do throws(PromptError) {
        return try template.sections(conversation.turns, conversation.variables, separator: separator)
      } catch {
        throw TemplateFailure(id: conversation.id, error: error)
      }
    }
    warnOfUnwritten(conversations, template)
    if let known = template.known {
      let end = template.addsLineBreak ? ", with a line break after the last turn" : ""
      complain("template: \(known.rawValue), as the model's own chat_template renders\(end)")
    } else {
      complain("template: the model's own, of \(template.file)")
    }
    return sections
  }

  /// As apply_chat_template leaves it out, so is it here; but it is said.
  private func warnOfUnwritten(_ conversations: some Collection<Conversation>, _ template: ModelTemplate) {
    var counts: [String: Int] = [:]
    for conversation in conversations {
      for name in template.unwritten(in: conversation, separator: separator) { counts[name, default: 0] += 1 }
    }
    for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
      complain("warning: the template writes nothing of \(name.visible), which \(count) of the conversations have.")
    }
  }

  private func written(
    _ conversations: some Collection<Conversation>, as template: ChatTemplate
  ) throws -> [[ChatTemplate.Section]] {
    for conversation in conversations {
      guard let (member, turn) = conversation.needsModelTemplate else { continue }
      let place = turn.map { "turn \($0) of \(conversation.id)" } ?? conversation.id
      throw WrongInput(
        """
        \(place) has \(member), and \(template.rawValue) as it is written here has texts alone: only the model's own \
        chat_template knows how that is written. Give a folder that has one, or write it into content.
        """)
    }
    if !isToken(template.mark) {
      complain("warning: \(template.mark) is no token of this tokenizer, so ordinary tokens spell it.")
    }
    return conversations.map { template.sections($0.turns, separator: separator) }
  }

  /// The template whose tokens the tokenizer has, for all conversations, where the model's own cannot be used.
  private func fallback(insteadOf reason: String) throws -> ChatTemplate {
    guard let template = ChatTemplate(where: isToken) else {
      throw WrongInput(
        """
        The model's own chat template cannot be used, and the tokenizer has the tokens of no known one; choose one with \
        --template.
        \(reason)
        """)
    }
    complain("warning: the model's own chat template is not used: \(reason)")
    complain("template: \(template.rawValue), whose tokens the tokenizer has")
    return template
  }
}
