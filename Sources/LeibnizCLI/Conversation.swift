import Foundation
import StrictJSON

/// A conversation: turns with their roles; what `persona` says comes after the separator.
struct Conversation {
  /// One turn.
  struct Turn {
    var role: String
    var text: String
  }

  var id: String
  var turns: [Turn]

  static let roles = ["system", "user", "assistant", "persona"]

  init(id: String, turns: [Turn]) {
    self.id = id
    self.turns = turns
  }

  /// Reads `{"id": …, "messages": [{"role": "user", "content": "…"}, …]}`.
  init(_ reader: JSONReader, number: Int) throws {
    let id = try reader.optionalName("id") ?? "line \(number)"
    guard let messages = try reader.optionalArray("messages"), !messages.isEmpty else {
      throw reader.error("messages", "a list of turns is expected")
    }
    var turns: [Turn] = []
    for (index, message) in messages.enumerated() {
      guard case .object(let object) = message else {
        throw reader.error("messages[\(index)]", "an object is expected")
      }
      let turn = JSONReader(file: reader.file, path: "messages[\(index)]", object: object)
      let role = try turn.string("role")
      guard Self.roles.contains(role) else {
        throw turn.error("role", "\(role) is unknown; known are \(Self.roles.joined(separator: ", "))")
      }
      turns.append(Turn(role: role, text: try turn.string("content")))
    }
    self.init(id: id, turns: turns)
  }
}
