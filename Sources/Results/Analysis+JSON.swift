import StrictJSON

extension Analysis {
  /// Reads analysis.json.
  /// - Throws: ``JSONMemberError`` naming the file and the member that is missing or wrong.
  public init(json: [UInt8], file: String) throws(JSONMemberError) {
    try self.init(JSONReader(file: file, bytes: json, limits: DocumentSize.limits))
  }

  init(_ reader: JSONReader) throws(JSONMemberError) {
    let schema = try reader.integer("schema")
    guard schema == AnalysisJSON.schema else {
      throw reader.error(
        "schema", "schema \(schema) is not known here; this version reads schema \(AnalysisJSON.schema)")
    }
    try reader.checkSound([
      "blocks", "summary", "stream", "sources", "mass", "values", "products", "pairs", "null", "byPrompt",
      "writers.reads",
    ])
    let warnings = try reader.optionalStrings("warnings") ?? []
    self.init(
      version: try reader.object("tool").string("version"), mask: try reader.string("mask"),
      threads: try reader.integer("threads"), base: try BaseSummary(reader.object("base")),
      adapted: try AdaptedSummary(reader.object("adapted")), regions: try reader.names("regions"),
      promptsFingerprint: try reader.string("promptsFingerprint"),
      prompts: try reader.objects("prompts").reading(PromptSummary.init),
      blocks: try reader.objects("blocks").reading(Block.init),
      summary: try reader.objects("summary").reading(PooledBlock.init),
      stream: try reader.objects("stream").reading(StreamDivergence.init),
      loss: try reader.optionalObject("loss").reading(Losses.init),
      closure: try Closure(reader.optionalObject("closure")),
      verification: try reader.optionalObject("verification").reading(Verification.init), warnings: warnings)
    command = try reader.optionalString("command")
    ablateCommand = try reader.optionalString("ablateCommand")
    if reader["unchangedPairs"] != nil { unchangedPairs = try reader.count("unchangedPairs") }
    kernel = try reader.optionalString("kernel")
    nulls = try reader.optionalObject("nulls").reading(NullSetting.init)
    vocabulary = try reader.optionalObject("vocabulary").reading(PredictedVocabulary.init)
    if let name = try reader.optionalString("reference") {
      guard let reference = ReferencePoint(rawValue: name) else {
        throw reader.error("reference", "\"\(name)\" is not one of base, adapted, midpoint")
      }
      self.reference = reference
    }
    try readParts(reader)
  }
}

extension BaseSummary {
  init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      name: try reader.string("name"), family: try reader.string("family"),
      layers: try reader.integer("layers", in: 0...JSONReader.largestIndex + 1),
      heads: try reader.integer("heads", in: 0...JSONReader.largestIndex + 1),
      keyValueHeads: try reader.count("keyValueHeads"), headDimension: try reader.count("headDimension"),
      dtype: try reader.string("dtype"),
      fingerprint: try reader.string("fingerprint"))
  }
}

extension AdaptedSummary {
  init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      name: try reader.string("name"), kind: try reader.string("kind"), rank: try reader.optionalInteger("rank"),
      scaling: try reader.optionalNumber("scaling"), targets: try reader.names("targets"),
      fingerprint: try reader.string("fingerprint"),
      modules: try reader.optionalObject("modules").map { counts throws(JSONMemberError) in try ModuleCount(counts) })
  }
}

extension ModuleCount {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      applied: try reader.integer("applied", in: 0...1_000_000_000_000), leftOut: try reader.names("leftOut"))
    guard try reader.count("of") == total else {
      throw reader.error("of", "\(total) is expected, the modules that were applied and those left out")
    }
  }
}

extension PromptSummary {
  init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      id: try reader.string("id"), tokens: try reader.integer("tokens", in: 0...1_000_000_000_000),
      separator: try reader.optionalInteger("separator"), activeFrom: try reader.optionalInteger("activeFrom"),
      judged: reader["judged"] == nil ? nil : try reader.count("judged"))
  }
}

extension Losses {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    let (base, tokens) = (try reader.gappyNumbers("base"), try reader.optionalIntegers("tokens"))
    if let tokens, tokens.count != base.count || tokens.contains(where: { $0 < 0 }) {
      throw reader.error("tokens", "a count for each prompt is expected")
    }
    self.init(
      base: base, adapted: try reader.gappyNumbers("adapted"), tokens: tokens,
      divergence: try (reader.optionalObjects("kl") ?? []).reading(PredictionDivergence.init))
  }
}

extension PredictionDivergence {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      region: try reader.string("region"), predictions: try reader.count("predictions"), kl: try reader.number("kl"))
  }
}

extension Closure {
  fileprivate init(_ reader: JSONReader?) throws(JSONMemberError) {
    guard let reader else {
      self.init(maximum: 0, rows: 0)
      return
    }
    self.init(maximum: try reader.number("maximum"), rows: try reader.count("rows"))
  }
}

extension Verification.Disagreement {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      statistic: try reader.string("statistic"), difference: try reader.number("difference"),
      place: try reader.string("place"))
  }
}

extension Verification {
  init(_ reader: JSONReader) throws(JSONMemberError) {
    let worst = try reader.objects("worst").reading(Disagreement.init)
    guard let passed = try reader.optionalBoolean("passed") else { throw reader.error("passed", "missing") }
    self.init(
      prompts: try reader.integer("prompts"), tolerance: try reader.number("tolerance"), worst: worst, passed: passed)
  }
}

extension Block {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      layer: try reader.index("layer"), head: try reader.index("head"),
      query: try reader.string("query"), key: try reader.string("key"), pairs: try reader.count("pairs"),
      raw: try Decomposition(reader), centered: try Decomposition(reader.object("centered")))
  }
}

extension PooledBlock {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      layer: try reader.optionalIndex("layer"), head: try reader.optionalIndex("head"),
      query: try reader.string("query"), key: try reader.string("key"), pairs: try reader.count("pairs"),
      raw: try Decomposition(reader), centered: try Decomposition(reader.object("centered")))
  }
}

extension Magnitude {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      mean: try reader.number("mean"), meanAbs: try reader.number("meanAbs"), rms: try reader.number("rms"),
      maxAbs: try reader.number("maxAbs"))
  }
}

extension Decomposition {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    let terms = try reader.object("terms")
    let intervals = try reader.optionalObject("shareInterval")
    var statistics: [TermStatistics] = []
    for term in Term.allCases {
      let entry = try terms.object(term.name)
      let zero = try entry.optionalString("zero")
      if let zero, ZeroCause(rawValue: zero) == nil {
        throw entry.error("zero", "\"\(zero)\" is not one of structural, measured, leak")
      }
      let bounds = try intervals?.optionalNumbers(term.name)
      if let bounds, bounds.count != 2 || bounds[0] > bounds[1] {
        throw reader.error("shareInterval.\(term.name)", "a lower and an upper bound are expected")
      }
      statistics.append(
        TermStatistics(
          magnitude: try Magnitude(entry), share: try entry.number("share"), dominance: try entry.number("dominance"),
          zero: zero.flatMap(ZeroCause.init(rawValue:)), shareInterval: bounds.map { pair in pair[0]...pair[1] }))
    }
    self.init(delta: try Magnitude(reader.object("delta")), terms: statistics)
  }
}
