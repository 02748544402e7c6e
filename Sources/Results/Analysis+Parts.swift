import StrictJSON

extension Analysis {
  /// The parts that it holds.
  public var parts: Set<AnalysisPart> {
    Set(AnalysisPart.allCases.filter { measured.has($0.rawValue) })
  }

  /// Parts that are asked for by a number.
  private static var countedParts: [String] { ["null", "pairs"] }

  /// The names of the parts that it holds, as analysis.json has them.
  var partNames: [String] {
    AnalysisPart.allCases.filter(parts.contains).map(\.rawValue) + (null == nil ? [] : ["null"])
      + (pairs == nil ? [] : ["pairs"])
  }

  /// Reads the parts of analysis.json that are there.
  mutating func readParts(_ reader: JSONReader) throws(JSONMemberError) {
    for part in AnalysisPart.allCases { try measured.read(part.rows, reader) }
    let predictions = try reader.optionalObject(WriterNats.measure)?.optionalObject("predictions")
    writtenPredictions = try predictions.reading(WrittenPredictions.init)
    try checkWriters(reader)
    null = try reader.optionalRows("null", NullComparison.init)
    try readPairs(reader)
    let count = prompts.count
    byPrompt = try reader.optionalRows("byPrompt") { row throws(JSONMemberError) in
      try PromptContribution(row, prompts: count)
    }
    // Files from before parts had names hold none; names of parts that a later version adds are not known here.
    let names = try reader.optionalStrings("parts") ?? []
    for part in AnalysisPart.allCases.map(\.rawValue) + Self.countedParts
    where names.contains(part) != (reader[part] != nil) {
      throw reader.error(
        "parts", "\"\(part)\" is \(names.contains(part) ? "named, but missing" : "there, but not named")")
    }
  }
}

extension Analysis {
  /// Refuses writers in layers that the base does not have.
  private func checkWriters(_ reader: JSONReader) throws(JSONMemberError) {
    let written = [writtenPredictions?.nats, writtenPredictions?.gain].compactMap(\.self)
    let all = written.flatMap(\.keys) + (writtenPredictions.map { Array($0.attention.keys) } ?? [])
    for writer in all + (writers ?? []).flatMap(\.nats.keys)
    where (writer.layer ?? 0) >= max(base.layers, 1) || (writer.head ?? 0) >= max(base.heads, 1) {
      throw reader.error(
        WriterNats.measure, "\(writer.name) lies outside the base's \(base.layers) layers and \(base.heads) heads")
    }
  }
}

extension NullComparison {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    let p = try reader.number("p")
    guard p > 0, p <= 1 else { throw reader.error("p", "a number above 0 and up to 1 is expected, \(p) was found") }
    let sd = try reader.optionalNumber("sd")
    if let sd, sd < 0 { throw reader.error("sd", "\(sd) is negative") }
    self.init(
      layer: try reader.optionalIndex("layer"), head: try reader.optionalIndex("head"),
      query: try reader.string("query"), key: try reader.string("key"), statistic: try reader.string("statistic"),
      value: try reader.number("value"), mean: try reader.number("mean"), sd: sd, z: try reader.optionalNumber("z"),
      p: p)
  }
}
