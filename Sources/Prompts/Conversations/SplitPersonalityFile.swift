import Foundation
import StrictJSON

/// A file of Split Personality Training's data (`data/stage_3_tagged/TOPIC/*.json`): system prompts A and B, task T, and for
/// each model its response S with interventions I, reviews R and flags P.
public struct SplitPersonalityFile: Sendable {
  /// Which system prompt a response was given under.
  public enum Variant: String, Sendable, CaseIterable {
    /// The one without bias.
    case unbiased = "A"
    /// The biased one.
    case biased = "B"
  }

  /// Which samples are wanted; nil means any.
  public struct Filter: Sendable, Equatable {
    /// Part of the name of the model that gave the response.
    public var source: String?
    /// The system prompt.
    public var variant: Variant?
    /// Part of the intervention's name.
    public var intervention: String?

    /// A filter from its parts; by default all samples are wanted.
    public init(source: String? = nil, variant: Variant? = nil, intervention: String? = nil) {
      self.source = source
      self.variant = variant
      self.intervention = intervention
    }
  }

  /// The reviews that the filter asks for, each as a conversation in which the reviewer is the persona.
  public private(set) var samples: [Conversation] = []
  /// How many tasks and responses lack a part of what makes a conversation.
  public private(set) var leftOut = 0

  private let filter: Filter

  /// Reads such a file.
  /// - Parameters:
  ///   - bytes: The file's bytes.
  ///   - file: Its name, for messages.
  ///   - filter: Which samples are wanted. What it does not ask for is not checked.
  /// - Throws: ``PromptError/malformed(_:)`` with the member that is missing or of another kind than expected.
  public init(_ bytes: [UInt8], file: String, filter: Filter = Filter()) throws(PromptError) {
    do { try self.init(JSONReader(file: file, bytes: bytes), filter) } catch { throw .malformed(error) }
  }

  private init(_ file: JSONReader, _ filter: Filter) throws(JSONMemberError) {
    self.filter = filter
    let batch = try file.optionalString("batch_id") ?? "batch"
    guard let data = try file.optionalObjects("data") else {
      throw file.error("data", "missing; this is no data of Split Personality Training (chats are read from *.jsonl)")
    }
    for (index, item) in data.enumerated() {
      try addResponses(to: item, id: "\(batch)__idx\(index)")
    }
  }

  private mutating func addResponses(to item: JSONReader, id: String) throws(JSONMemberError) {
    guard let task = try item.optionalString("T"), let inferences = try item.optionalObject("inferences") else {
      leftOut += 1
      return
    }
    for (source, _) in inferences.object.members where filter.source.map(source.contains) ?? true {
      guard let inference = try inferences.optionalObject(source) else { continue }
      for variant in Variant.allCases where filter.variant.map({ $0 == variant }) ?? true {
        guard let answer = try inference.optionalObject(variant.rawValue) else { continue }
        guard let system = try item.optionalString(variant.rawValue), let response = try answer.optionalString("S"),
          let reviews = try answer.optionalObject("interventions")
        else {
          leftOut += 1
          continue
        }
        let turns = [("system", system), ("user", task), ("assistant", response)].map(Conversation.Turn.init)
        let model = String(String.UnicodeScalarView(source.unicodeScalars.map { $0 == "/" ? "_" : $0 }))
        try add(reviews, to: Conversation(id: "\(id)__\(model)_\(variant.rawValue)", turns: turns))
      }
    }
  }

  /// A response with each of its reviews.
  private mutating func add(_ reviews: JSONReader, to conversation: Conversation) throws(JSONMemberError) {
    for (name, _) in reviews.object.members where filter.intervention.map(name.contains) ?? true {
      guard let review = try reviews.optionalObject(name) else { continue }
      let intervention = try review.string("I").removing("<split-personality-token>")
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let verdict = "\(intervention)\n\nREVIEW: \(try review.string("R"))\nFLAG: \(try review.string("P"))"
      var sample = conversation
      sample.id += "__\(name)"
      sample.turns.append(Conversation.Turn(role: Conversation.persona, text: verdict))
      samples.append(sample)
    }
  }
}
