/// An object of JSON to be written: values by name, null where a value is absent.
package struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
  private var members: [(name: String, value: any Encodable)]

  package init(_ members: [String: any Encodable]) { self.members = members.map { ($0, $1) } }

  package init(dictionaryLiteral elements: (String, any Encodable)...) { members = elements }

  /// The object with those members too that have a value.
  package func with(present others: [String: (any Encodable)?]) -> JSONObject {
    with(JSONObject(others.compactMapValues { $0 }))
  }

  /// The object with the members of another.
  func with(_ other: JSONObject) -> JSONObject {
    var both = self
    both.members += other.members
    return both
  }

  /// The members by their names, each of which stands once.
  var sorted: [(name: String, value: any Encodable)] { members.sorted { $0.name < $1.name } }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for (name, value) in sorted { try container.encode(value, forKey: Name(stringValue: name)) }
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
  /// - Throws: ``ResultsError`` naming the place of a number that is none, and where the document is larger than what is read.
  package func bytes() throws(ResultsError) -> [UInt8] {
    var text = JSONText()
    do { try text.write(self, indent: 0) } catch { throw .notANumber("\(error.place) is \(error.value)") }
    text.write(literal: "\n")
    guard text.bytes.count <= DocumentSize.limit else { throw .tooLarge(text.bytes.count) }
    return text.bytes
  }
}

extension ClosedRange<Double> {
  /// An interval as JSON has it.
  var bounds: [Double] { [lowerBound, upperBound] }
}
