import StrictJSON

/// What is wrong with a line.
struct PromptLineError: Error {
  var message: String
}

/// One line of a prompt file.
struct PromptLine {
  private let reader: JSONReader
  private let number: Int

  init(_ line: JSONLine) throws(PromptLineError) {
    number = line.number
    do { reader = try line.reader(file: "") } catch { throw PromptLineError(message: error.message) }
  }

  /// Whether the line itself says where its regions are.
  var hasOwnRegions: Bool { reader["separator"] != nil || reader["regions"] != nil }

  func prompt(_ context: PromptFile.Context) throws(PromptLineError) -> Prompt {
    let (tokens, found) = try tokens(context)
    var prompt = Prompt(id: try id(), tokens: tokens, separator: nil, regions: [])
    prompt.mask = try mask(count: tokens.count)
    prompt.separator = try separator(count: tokens.count) ?? (reader["regions"] == nil ? found : nil)
    prompt.regions = try regions(count: tokens.count, separator: prompt.separator, context.separator)
    return prompt
  }

  private func reading<T>(_ body: () throws(JSONMemberError) -> T) throws(PromptLineError) -> T {
    do { return try body() } catch { throw PromptLineError(message: "\(error.path): \(error.message)") }
  }

  private func refuse(_ problem: String?) throws(PromptLineError) {
    if let problem { throw PromptLineError(message: problem) }
  }

  private func id() throws(PromptLineError) -> String {
    try reading { () throws(JSONMemberError) in try reader.optionalName("id") } ?? "line \(number)"
  }

  /// The tokens, and where the separator that the context names begins.
  private func tokens(_ context: PromptFile.Context) throws(PromptLineError) -> PromptFile.EncodedText {
    let ids = try reading { () throws(JSONMemberError) in try reader.optionalIntegers("input_ids") }
    let text = try reading { () throws(JSONMemberError) in try reader.optionalString("text") }
    let (tokens, separator): PromptFile.EncodedText
    switch (ids, text) {
    case (let ids?, nil): (tokens, separator) = (ids, context.separator.lastOccurrence(in: ids))
    case (nil, let text?): (tokens, separator) = try encode(text, context)
    case (nil, nil):
      let hint = reader["messages"] == nil ? "" : "; make prompts of chats with leibniz prompts"
      throw PromptLineError(message: "neither \"input_ids\" nor \"text\" is there\(hint)")
    case (_?, _?): throw PromptLineError(message: "both \"input_ids\" and \"text\" are there; give one")
    }
    try refuse(Prompt.problem(tokens: tokens, vocabularySize: context.vocabularySize))
    return (tokens, separator)
  }

  private func encode(
    _ text: String, _ context: PromptFile.Context
  ) throws(PromptLineError) -> PromptFile.EncodedText {
    guard let encode = context.encode else { throw PromptLineError(message: context.missingTokenizer) }
    do {
      if case .text(let separator, _) = context.separator { return try encode(text, separator) }
      let tokens = try encode(text, nil).tokens
      return (tokens, context.separator.lastOccurrence(in: tokens))
    } catch { throw PromptLineError(message: "text: \(error)") }
  }

  /// The line's own separator.
  private func separator(count: Int) throws(PromptLineError) -> Int? {
    let own = try reading { () throws(JSONMemberError) in try reader.optionalInteger("separator") }
    if let own { try refuse(Prompt.problem(separator: own, count: count)) }
    return own
  }

  private func regions(
    count: Int, separator: Int?, _ rule: SeparatorRule
  ) throws(PromptLineError) -> [Region] {
    if let named = try namedRegions(count: count) { return named }
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

  private func namedRegions(count: Int) throws(PromptLineError) -> [Region]? {
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
    try refuse(Prompt.problem(regions: regions, count: count))
    return regions.filter { $0.start < $0.end }
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
