import StrictJSON

extension Analysis {
  /// The parts that it holds.
  public var parts: Set<AnalysisPart> {
    var parts: Set<AnalysisPart> = []
    if mass != nil { parts.insert(.mass) }
    if values != nil { parts.insert(.values) }
    return parts
  }

  /// Reads the parts of analysis.json that are there.
  mutating func readParts(_ reader: JSONReader) throws(JSONMemberError) {
    mass = try reader.optionalRows("mass", AttentionMass.init)
    values = try reader.optionalRows("values", ValueChange.init)
    // Files from before parts had names hold none; names of parts that a later version adds are not known here.
    let named = Set(try (reader.optionalStrings("parts") ?? []).compactMap(AnalysisPart.init))
    for part in AnalysisPart.allCases where named.contains(part) != (reader[part.rawValue] != nil) {
      throw reader.error(
        "parts", "\"\(part.rawValue)\" is \(named.contains(part) ? "named, but missing" : "there, but not named")")
    }
  }
}

extension JSONReader {
  /// Rows of a part that may be absent.
  func optionalRows<Row>(
    _ name: String, _ read: (JSONReader) throws(JSONMemberError) -> Row
  ) throws(JSONMemberError) -> [Row]? {
    guard let rows = try optionalObjects(name) else { return nil }
    return try rows.reading(read)
  }
}

extension AttentionMass {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      layer: try reader.optionalIndex("layer"), head: try reader.optionalIndex("head"),
      query: try reader.string("query"), key: try reader.string("key"), queries: try reader.count("queries"),
      base: try reader.number("base"), adapted: try reader.number("adapted"), moved: try reader.number("moved"),
      byKey: try reader.number("byKey"), byQuery: try reader.number("byQuery"))
  }
}

extension ValueChange {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    let terms = try reader.object("terms")
    var sizes: [PartSize] = []
    for term in ValueTerm.allCases { sizes.append(try PartSize(terms.object(term.name))) }
    self.init(
      layer: try reader.optionalIndex("layer"), head: try reader.optionalIndex("head"),
      query: try reader.string("query"), key: try reader.string("key"), queries: try reader.count("queries"),
      delta: try reader.object("delta").number("rms"), terms: sizes)
  }
}

extension PartSize {
  init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(rms: try reader.number("rms"), share: try reader.number("share"))
  }
}
