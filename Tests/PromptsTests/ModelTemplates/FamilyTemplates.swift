import Foundation
import Prompts
import StrictJSON

/// Templates of the shapes of known models', conversations, and what transformers makes of them
/// (`fixtures/chat-templates/make.py`).
struct FamilyTemplates {
  private let file: JSONReader

  init() throws {
    let path = URL(filePath: #filePath).appending(path: "../../../../fixtures/chat-templates/families.json")
      .standardized
    file = try JSONReader(file: "families.json", bytes: Array(try Data(contentsOf: path)))
  }

  var names: [String] { get throws { try file.object("templates").object.members.map(\.name) } }

  var conversations: [(name: String, turns: [Conversation.Turn])] {
    get throws {
      let conversations = try file.object("conversations")
      return try conversations.object.members.map { name, _ in
        (
          name,
          try conversations.objects(name).map { .init(role: try $0.string("role"), text: try $0.string("content")) }
        )
      }
    }
  }

  func source(_ name: String) throws -> String { try file.object("templates").string(name) }

  func template(_ name: String, bos: String = "<s>") throws -> ModelTemplate {
    try ModelTemplate(
      try source(name), file: "model/\(name)", specialTokens: [("bos_token", bos), ("eos_token", "</s>")])
  }

  /// What transformers renders; nil where the template refuses the conversation.
  func rendered(_ name: String, _ conversation: String) throws -> String? {
    let texts = try file.object("rendered").object(name)
    if case .string(let text) = texts[conversation] { return text }
    return nil
  }
}
