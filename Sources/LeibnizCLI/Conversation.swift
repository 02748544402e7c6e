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
    let id = try reader.optionalString("id") ?? "line \(number)"
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

/// Which samples of Split Personality Training's data are wanted; nil means any.
struct SampleFilter {
  /// Part of the name of the model that gave the response.
  var source: String?
  /// A: the system prompt without bias, B: the biased one.
  var variant: String?
  /// Part of the intervention's name.
  var intervention: String?
}

extension Conversation {
  /// The conversations of a file of Split Personality Training's data (`data/stage_3_tagged/TOPIC/*.json`): system prompts
  /// A and B, task T, and for each model its response S with interventions I, reviews R and flags P.
  static func splitPersonalitySamples(_ file: JSONReader, _ filter: SampleFilter) throws -> [Conversation] {
    let batch = try file.optionalString("batch_id") ?? "batch"
    var samples: [Conversation] = []
    for (index, element) in (try file.optionalArray("data") ?? []).enumerated() {
      guard case .object(let object) = element else { throw file.error("data[\(index)]", "an object is expected") }
      let item = JSONReader(file: file.file, path: "data[\(index)]", object: object)
      guard let task = try item.optionalString("T"), let inferences = try item.optionalObject("inferences") else {
        continue
      }
      for (source, _) in inferences.object.members where filter.source.map(source.contains) ?? true {
        guard let inference = try inferences.optionalObject(source) else { continue }
        for variant in ["A", "B"] where filter.variant.map({ $0 == variant }) ?? true {
          guard let system = try item.optionalString(variant), let answer = try inference.optionalObject(variant) else {
            continue
          }
          let model = source.replacing("/", with: "_")
          samples += try reviews(
            of: answer, filter, id: "\(batch)__idx\(index)__\(model)_\(variant)",
            turns: [Turn(role: "system", text: system), Turn(role: "user", text: task)])
        }
      }
    }
    return samples
  }

  /// A response with each of its reviews.
  private static func reviews(
    of answer: JSONReader, _ filter: SampleFilter, id: String, turns: [Turn]
  ) throws -> [Conversation] {
    guard let response = try answer.optionalString("S"), let reviews = try answer.optionalObject("interventions") else {
      return []
    }
    var samples: [Conversation] = []
    for (name, _) in reviews.object.members where filter.intervention.map(name.contains) ?? true {
      guard let review = try reviews.optionalObject(name) else { continue }
      let intervention = try review.string("I").replacing("<split-personality-token>", with: "")
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let verdict = "\(intervention)\n\nREVIEW: \(try review.string("R"))\nFLAG: \(try review.string("P"))"
      samples.append(
        Conversation(
          id: "\(id)__\(name)",
          turns: turns + [Turn(role: "assistant", text: response), Turn(role: "persona", text: verdict)]))
    }
    return samples
  }
}
