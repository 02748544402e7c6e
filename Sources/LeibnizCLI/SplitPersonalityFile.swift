import Foundation
import StrictJSON

/// Which samples of Split Personality Training's data are wanted; nil means any.
struct SampleFilter {
  /// Part of the name of the model that gave the response.
  var source: String?
  /// A: the system prompt without bias, B: the biased one.
  var variant: String?
  /// Part of the intervention's name.
  var intervention: String?
}

/// A file of Split Personality Training's data (`data/stage_3_tagged/TOPIC/*.json`): system prompts A and B, task T, and for
/// each model its response S with interventions I, reviews R and flags P.
struct SplitPersonalityFile {
  /// The reviews that the filter asks for, each as a conversation.
  private(set) var samples: [Conversation] = []
  /// How many tasks and responses lack a part of what makes a conversation.
  private(set) var leftOut = 0

  private let filter: SampleFilter

  init(_ file: JSONReader, _ filter: SampleFilter) throws {
    self.filter = filter
    let batch = try file.optionalString("batch_id") ?? "batch"
    guard let data = try file.optionalArray("data") else {
      throw file.error("data", "missing; this is no data of Split Personality Training (chats are read from *.jsonl)")
    }
    for (index, element) in data.enumerated() {
      guard case .object(let object) = element else { throw file.error("data[\(index)]", "an object is expected") }
      let item = JSONReader(file: file.file, path: "data[\(index)]", object: object)
      try addResponses(to: item, id: "\(batch)__idx\(index)")
    }
  }

  private mutating func addResponses(to item: JSONReader, id: String) throws {
    guard let task = try item.optionalString("T"), let inferences = try item.optionalObject("inferences") else {
      leftOut += 1
      return
    }
    for (source, _) in inferences.object.members where filter.source.map(source.contains) ?? true {
      guard let inference = try inferences.optionalObject(source) else { continue }
      for variant in ["A", "B"] where filter.variant.map({ $0 == variant }) ?? true {
        guard let answer = try inference.optionalObject(variant) else { continue }
        guard let system = try item.optionalString(variant), let response = try answer.optionalString("S"),
          let reviews = try answer.optionalObject("interventions")
        else {
          leftOut += 1
          continue
        }
        let turns = [("system", system), ("user", task), ("assistant", response)].map(Conversation.Turn.init)
        let model = source.replacing("/", with: "_")
        try add(reviews, to: Conversation(id: "\(id)__\(model)_\(variant)", turns: turns))
      }
    }
  }

  /// A response with each of its reviews.
  private mutating func add(_ reviews: JSONReader, to conversation: Conversation) throws {
    for (name, _) in reviews.object.members where filter.intervention.map(name.contains) ?? true {
      guard let review = try reviews.optionalObject(name) else { continue }
      let intervention = try review.string("I").replacing("<split-personality-token>", with: "")
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let verdict = "\(intervention)\n\nREVIEW: \(try review.string("R"))\nFLAG: \(try review.string("P"))"
      var sample = conversation
      sample.id += "__\(name)"
      sample.turns.append(Conversation.Turn(role: "persona", text: verdict))
      samples.append(sample)
    }
  }
}
