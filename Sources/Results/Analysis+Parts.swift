import StrictJSON

extension Analysis {
  /// The parts that it holds.
  public var parts: Set<AnalysisPart> {
    var parts: Set<AnalysisPart> = []
    if sources != nil { parts.insert(.sources) }
    if mass != nil { parts.insert(.mass) }
    if values != nil { parts.insert(.values) }
    if products != nil { parts.insert(.products) }
    return parts
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
    sources = try reader.optionalRows("sources", TermSources.init)
    mass = try reader.optionalRows("mass", AttentionMass.init)
    values = try reader.optionalRows("values", ValueChange.init)
    products = try reader.optionalRows("products", ProductChange.init)
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

extension TermSources {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    let terms = try reader.object("terms")
    self.init(
      layer: try reader.optionalIndex("layer"), head: try reader.optionalIndex("head"),
      query: try reader.string("query"), key: try reader.string("key"), pairs: try reader.count("pairs"),
      dKtQ: try SourceShares(terms.object("dKtQ")), KtdQ: try SourceShares(terms.object("KtdQ")))
  }
}

extension SourceShares {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      own: try PartSize(reader.object("own")), inherited: try PartSize(reader.object("inherited")),
      joint: try PartSize(reader.object("joint")), norm: try reader.optionalObject("norm").reading(PartSize.init))
  }
}

extension ProductChange {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    let name = try reader.string("site")
    guard let site = Site(rawValue: name) else {
      throw reader.error(
        "site", "\"\(name)\" is not one of \(Site.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let (terms, names) = (try reader.object("terms"), site.partNames)
    self.init(
      layer: try reader.integer("layer", in: 0...JSONReader.largestIndex), site: site,
      region: try reader.string("region"), tokens: try reader.count("tokens"),
      delta: try reader.object("delta").number("rms"), first: try PartSize(terms.object(names[0])),
      second: try PartSize(terms.object(names[1])), both: try PartSize(terms.object(names[2])))
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

extension PartSize {
  init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(rms: try reader.number("rms"), share: try reader.number("share"))
  }
}
