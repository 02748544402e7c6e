import StrictJSON

/// What is wrong with a line.
struct PromptLineError: Error {
  var message: String
}

/// One line of a prompt file.
struct PromptLine {
  let reader: JSONReader
  private let number: Int

  init(_ line: JSONLine) throws(PromptLineError) {
    number = line.number
    do { reader = try line.reader(file: "") } catch { throw PromptLineError(message: error.message) }
  }

  /// Whether the line itself says where its regions are.
  var hasOwnRegions: Bool { reader["separator"] != nil || reader["regions"] != nil }

  func prompt(_ context: PromptFile.Context) throws(PromptLineError) -> Prompt {
    let (tokens, kept, found, written) = try tokens(context)
    var prompt = Prompt(id: try id(), tokens: tokens, separator: nil, regions: [])
    prompt.mask = try mask(count: kept.written).map(kept.of)
    prompt.separator = try separator(kept) ?? (reader["regions"] == nil ? found : nil)
    prompt.regions = try regions(kept, separator: prompt.separator, context.separator)
    prompt.positionIDs = try positionIDs(kept)
    prompt.lossMask = try lossMask(kept, written: written)
    return prompt
  }

  func reading<T>(_ body: () throws(JSONMemberError) -> T) throws(PromptLineError) -> T {
    do { return try body() } catch { throw PromptLineError(message: "\(error.path): \(error.message)") }
  }

  private func refuse(_ problem: String?) throws(PromptLineError) {
    if let problem { throw PromptLineError(message: problem) }
  }

  private func id() throws(PromptLineError) -> String {
    try reading { () throws(JSONMemberError) in try reader.optionalName("id") } ?? "line \(number)"
  }

  /// The tokens that the model sees, which of the line's they are, where the separator that the context names begins, and the ids
  /// as the line itself has them, nil where it has a text.
  private func tokens(
    _ context: PromptFile.Context
  ) throws(PromptLineError) -> (tokens: [Int], kept: KeptTokens, separator: Int?, written: [Int]?) {
    let (written, found, isSearched) = try writtenTokens(context)
    let own = reader["text"] == nil ? written : nil
    let kept = try keptTokens(count: written.count)
    try refuseOtherInputs(kept, context)
    let tokens = kept.of(written)
    try refuse(Prompt.problem(tokens: tokens, vocabularySize: context.vocabularySize))
    if isSearched { return (tokens, kept, found.flatMap(kept.index), own) }
    return (tokens, kept, context.separator.lastOccurrence(in: tokens), own)
  }

  /// The tokens as the line has them, and where the separator begins if it is looked for in the text itself.
  private func writtenTokens(
    _ context: PromptFile.Context
  ) throws(PromptLineError) -> (tokens: [Int], separator: Int?, isSearched: Bool) {
    try refuseLists(in: "input_ids", advice: "write each of its lists as a line of its own")
    let ids = try reading { () throws(JSONMemberError) in try reader.optionalIntegers("input_ids") }
    let text = try reading { () throws(JSONMemberError) in try reader.optionalString("text") }
    switch (ids, text) {
    case (let ids?, nil): return (ids, nil, false)
    case (nil, let text?): return try encode(text, context)
    case (nil, nil):
      let hint = reader["messages"] == nil ? "" : "; make prompts of chats with leibniz prompts"
      throw PromptLineError(message: "neither \"input_ids\" nor \"text\" is there\(hint)")
    case (_?, _?): throw PromptLineError(message: "both \"input_ids\" and \"text\" are there; give one")
    }
  }

  private func encode(
    _ text: String, _ context: PromptFile.Context
  ) throws(PromptLineError) -> (tokens: [Int], separator: Int?, isSearched: Bool) {
    guard let encode = context.encode else { throw PromptLineError(message: context.missingTokenizer) }
    do {
      guard case .text(let separator, _) = context.separator else { return (try encode(text, nil).tokens, nil, false) }
      let (tokens, place) = try encode(text, separator)
      return (tokens, place, true)
    } catch { throw PromptLineError(message: "text: \(error)") }
  }

  /// The line's own separator.
  private func separator(_ kept: KeptTokens) throws(PromptLineError) -> Int? {
    guard let own = try reading({ () throws(JSONMemberError) in try reader.optionalInteger("separator") }) else {
      return nil
    }
    try refuse(Prompt.problem(separator: own, count: kept.written))
    guard let index = kept.index(of: own) else {
      throw PromptLineError(message: "separator \(own) is a token that attention_mask takes out")
    }
    return index
  }

  private func regions(
    _ kept: KeptTokens, separator: Int?, _ rule: SeparatorRule
  ) throws(PromptLineError) -> [Region] {
    if let named = try namedRegions(kept) { return named }
    let count = kept.indices.count
    guard let separator else {
      switch rule {
      case .none: return [Region(name: "all", start: 0, end: count)]
      case .tokens, .text: return [Region(name: "before", start: 0, end: count)]
      case .fromFile:
        throw PromptLineError(
          message: """
            neither "separator" nor "regions" is there; add one, or give --separator, --separator-ids or \
            --separator none
            """)
      }
    }
    return Region.around(separator: separator, count: count)
  }

  private func namedRegions(_ kept: KeptTokens) throws(PromptLineError) -> [Region]? {
    guard let entries = try reading({ () throws(JSONMemberError) in try reader.optionalObjects("regions") }) else {
      return nil
    }
    guard !entries.isEmpty else {
      throw PromptLineError(message: "\"regions\" is empty, so no token would count; name some or leave it out")
    }
    var regions: [Region] = []
    for entry in entries {
      let region = try reading { () throws(JSONMemberError) in
        Region(name: try entry.string("name"), start: try entry.integer("start"), end: try entry.integer("end"))
      }
      guard !region.name.isEmpty else { throw PromptLineError(message: "\(entry.path).name is empty") }
      regions.append(region)
    }
    try refuse(Prompt.problem(regions: regions, count: kept.written))
    let seen = regions.map {
      Region(name: $0.name, start: kept.count(before: $0.start), end: kept.count(before: $0.end))
    }.filter { $0.start < $0.end }
    if seen.isEmpty, regions.contains(where: { $0.start < $0.end }) {
      throw PromptLineError(message: "attention_mask takes out every token of the regions")
    }
    return seen
  }

  private func mask(count: Int) throws(PromptLineError) -> [Float]? {
    guard let weights = try reading({ () throws(JSONMemberError) in try reader.optionalNumbers("mask") }) else {
      return nil
    }
    try refuse(Prompt.problem(mask: weights, count: count))
    return weights.map(Float.init)
  }
}

extension SeparatorRule {
  /// Where the last occurrence of the separator's tokens begins.
  fileprivate func lastOccurrence(in tokens: [Int]) -> Int? {
    switch self {
    case .fromFile, .none: return nil
    case .tokens(let sequence), .text(_, let sequence):
      guard !sequence.isEmpty, sequence.count <= tokens.count else { return nil }
      return (0...tokens.count - sequence.count).last { tokens[$0...].starts(with: sequence) }
    }
  }
}
