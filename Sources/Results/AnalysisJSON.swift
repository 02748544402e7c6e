/// analysis.json, schema 1 (docs/schemas/analysis.schema.json says what it holds).
public enum AnalysisJSON {
  /// The schema number; keys are never renamed or removed within it.
  public static let schema = 1

  /// The document's bytes: sorted keys, numbers that round-trip, null where a value is absent.
  public static func bytes(_ analysis: Analysis) throws(ResultsError) -> [UInt8] { try analysis.json.bytes() }
}
