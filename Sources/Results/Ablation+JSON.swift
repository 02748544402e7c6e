import StrictJSON

extension Ablation {
  /// Reads interventions.json.
  /// - Throws: ``JSONMemberError`` naming the file and the member that is missing or wrong.
  public init(json: [UInt8], file: String) throws(JSONMemberError) {
    try self.init(JSONReader(file: file, bytes: json, limits: DocumentSize.limits))
  }

  init(_ reader: JSONReader) throws(JSONMemberError) {
    let schema = try reader.integer("schema")
    guard schema == AblationJSON.schema else {
      throw reader.error(
        "schema", "schema \(schema) is not known here; this version reads schema \(AblationJSON.schema)")
    }
    // Sides of the separator can be named beside regions of the prompts' own.
    try reader.checkSound(["overview", "knockouts", "worth"], besides: ["*", "before", "after"])
    let prompts = try reader.objects("prompts").reading(PromptSummary.init)
    func knockouts(_ name: String) throws(JSONMemberError) -> [Knockout] {
      try reader.objects(name).reading { entry throws(JSONMemberError) in
        try Knockout(entry, promptCount: prompts.count)
      }
    }
    self.init(
      version: try reader.object("tool").string("version"), mask: try reader.string("mask"),
      threads: try reader.integer("threads"), base: try BaseSummary(reader.object("base")),
      adapted: try AdaptedSummary(reader.object("adapted")), regions: try reader.names("regions"),
      promptsFingerprint: try reader.string("promptsFingerprint"), prompts: prompts,
      lossRegion: try reader.optionalString("lossRegion"), overview: try knockouts("overview"),
      knockouts: try knockouts("knockouts"),
      verification: try reader.optionalObject("verification").reading(Verification.init),
      warnings: try reader.optionalStrings("warnings") ?? [])
    worths = try (reader.optionalObjects("worth") ?? []).reading { entry throws(JSONMemberError) in
      try PartWorth(entry, promptCount: prompts.count)
    }
    kernel = try reader.optionalString("kernel")
    vocabulary = try reader.optionalObject("vocabulary").reading(PredictedVocabulary.init)
  }
}

extension Knockout {
  init(_ reader: JSONReader, promptCount: Int) throws(JSONMemberError) {
    let outcomes = try reader.outcomes()
    guard outcomes.count == promptCount else {
      throw reader.error("prompts", "\(outcomes.count) entries for the file's \(promptCount) prompts")
    }
    let (query, key) = (try reader.string("query"), try reader.string("key"))
    self.init(
      name: try reader.string("name"), mask: try reader.masks(), dropped: try reader.names("drop"),
      query: query == "*" ? nil : query, key: key == "*" ? nil : key, layers: try reader.optionalIntegers("layers"),
      heads: try reader.heads(), sweep: try reader.optionalString("sweep"), prompts: outcomes,
      benefitLost: try reader.optionalNumber("benefitLost"),
      benefitLostInterval: try reader.optionalBounds("benefitLostInterval"))
  }
}

extension PredictionOutcome {
  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      tokens: try reader.integer("tokens", in: 1...1_000_000_000_000), base: try reader.number("base"),
      adapted: try reader.number("adapted"), knockout: try reader.number("knockout"), kl: try reader.number("kl"),
      agreement: try reader.number("agreement"))
  }
}

extension JSONReader {
  /// Outcomes by prompt, null where no token is predicted.
  fileprivate func outcomes() throws(JSONMemberError) -> [PredictionOutcome?] {
    try gappyObjects("prompts").map { entry throws(JSONMemberError) in try entry.reading(PredictionOutcome.init) }
  }

  /// Objects, or null in the place of one.
  func gappyObjects(_ name: String) throws(JSONMemberError) -> [JSONReader?] {
    guard let elements = try optionalArray(name) else { throw error(name, "missing") }
    var objects: [JSONReader?] = []
    for (index, element) in elements.enumerated() {
      let position = "\(name)[\(index)]"
      switch element {
      case .null: objects.append(nil)
      case .object(let object):
        objects.append(JSONReader(file: file, path: path.isEmpty ? position : "\(path).\(position)", object: object))
      default: throw error(position, "an object or null is expected, \(element.kind) was found")
      }
    }
    return objects
  }

  /// An interval; nil where it is null or missing.
  func optionalBounds(_ name: String) throws(JSONMemberError) -> ClosedRange<Double>? {
    guard let bounds = try optionalNumbers(name) else { return nil }
    guard bounds.count == 2, bounds[0] <= bounds[1] else {
      throw error(name, "a lower and an upper bound are expected")
    }
    return bounds[0]...bounds[1]
  }

  /// Where the change acts, by projection.
  fileprivate func masks() throws(JSONMemberError) -> [String: String] {
    let object = try object("mask")
    var masks: [String: String] = [:]
    for (site, _) in object.object.members { masks[site] = try object.string(site) }
    return masks
  }

  /// Pairs of layer and head.
  func heads() throws(JSONMemberError) -> [Knockout.Head]? {
    guard let elements = try optionalArray("heads") else { return nil }
    var heads: [Knockout.Head] = []
    for (index, element) in elements.enumerated() {
      guard case .array(let pair) = element, pair.count == 2, case .integer(let layer) = pair[0],
        case .integer(let head) = pair[1], (0...Self.largestIndex).contains(layer),
        (0...Self.largestIndex).contains(head)
      else { throw error("heads[\(index)]", "a layer and a head are expected, two indices from 0 on") }
      heads.append(Knockout.Head(layer: layer, head: head))
    }
    return heads
  }
}
