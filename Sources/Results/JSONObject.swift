import Foundation

/// An object of JSON to be written: values by name, null where a value is absent.
package struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
  private var members: [String: any Encodable]

  package init(_ members: [String: any Encodable]) { self.members = members }

  package init(dictionaryLiteral elements: (String, any Encodable)...) {
    members = Dictionary(uniqueKeysWithValues: elements)
  }

  /// The object with those members too that have a value.
  package func with(present others: [String: (any Encodable)?]) -> JSONObject {
    JSONObject(members.merging(others.compactMapValues { $0 }) { own, _ in own })
  }

  /// The object with the members of another.
  func with(_ other: JSONObject) -> JSONObject { JSONObject(members.merging(other.members) { own, _ in own }) }

  /// Puts a number into an object within others, which are made where they are missing.
  mutating func set(_ value: Double, at names: ArraySlice<String>) {
    guard let name = names.first else { return }
    guard names.count > 1 else {
      members[name] = value
      return
    }
    var inner = members[name] as? JSONObject ?? [:]
    inner.set(value, at: names.dropFirst())
    members[name] = inner
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    // In order, so that a number that is none is the same one in every run.
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      try container.encode(value, forKey: Name(stringValue: name))
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

extension JSONObject {
  /// Values under the terms' names.
  static func byTerm(_ value: (Term) -> any Encodable) -> JSONObject {
    JSONObject(Dictionary(uniqueKeysWithValues: Term.allCases.map { ($0.name, value($0)) }))
  }

  /// The bytes of a document: sorted keys, numbers that round-trip.
  /// - Throws: ``ResultsError`` naming the place of a number that is none.
  package func bytes() throws(ResultsError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    } catch EncodingError.invalidValue(let value, let context) {
      let place = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
      throw .notANumber("\(place.drop { $0 == "." }) is \(value)")
    } catch { throw .notANumber("\(error)") }
  }
}

extension ClosedRange<Double> {
  /// An interval as JSON has it.
  var bounds: [Double] { [lowerBound, upperBound] }
}
