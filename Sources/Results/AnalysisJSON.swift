import Foundation

/// analysis.json, schema 1 (docs/schemas/analysis.schema.json says what it holds).
public enum AnalysisJSON {
  /// The schema number; keys are never renamed or removed within it.
  public static let schema = 1

  /// The document's bytes: sorted keys, numbers that round-trip, null where a value is absent.
  public static func bytes(_ analysis: Analysis) throws(ResultsError) -> [UInt8] {
    try jsonBytes(AnalysisDocument(analysis: analysis))
  }
}

/// The bytes of a document: sorted keys, numbers that round-trip.
func jsonBytes(_ document: some Encodable) throws(ResultsError) -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  do {
    return Array(try encoder.encode(document)) + [UInt8(ascii: "\n")]
  } catch EncodingError.invalidValue(let value, let context) {
    let place = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    throw .notANumber("\(place.drop { $0 == "." }) is \(value)")
  } catch { throw .notANumber("\(error)") }
}
