import StrictJSON

/// What can be wrong with a prompt, wherever it comes from.
extension Prompt {
  /// The first thing that is wrong, nil if nothing is.
  func problem(vocabularySize: Int) -> String? {
    Self.problem(tokens: tokens, vocabularySize: vocabularySize)
      ?? separator.flatMap { Self.problem(separator: $0, count: tokens.count) }
      ?? (regions.contains { $0.name.isEmpty } ? "a region's name is empty" : nil)
      ?? Self.problem(regions: regions, count: tokens.count)
      ?? mask.flatMap { Self.problem(mask: $0.map(Double.init), count: tokens.count) }
      ?? positionIDs.flatMap { Self.problem(positionIDs: $0, count: tokens.count) }
      ?? lossMask.flatMap {
        $0.count == tokens.count ? nil : "the loss mask has \($0.count) entries for \(tokens.count) tokens"
      }
  }

  static func problem(tokens: [Int], vocabularySize: Int) -> String? {
    if tokens.isEmpty { return "the prompt has no tokens" }
    return tokens.first { !(0..<vocabularySize).contains($0) }
      .map { "token \($0) lies outside the model's vocabulary of \(vocabularySize)" }
  }

  static func problem(separator: Int, count: Int) -> String? {
    (0..<count).contains(separator) ? nil : "separator \(separator) lies outside the prompt of \(count) tokens"
  }

  static func problem(regions: [Region], count: Int) -> String? {
    if regions.contains(where: { $0.name == "*" }) {
      return "a region is called *, which stands for every region in reports; call it something else"
    }
    if let region = regions.first(where: { $0.start < 0 || $0.start > $0.end || $0.end > count }) {
      return "region \(region.name) from \(region.start) to \(region.end) lies outside the \(count) tokens"
    }
    let sorted = regions.sorted { $0.start < $1.start }
    return zip(sorted, sorted.dropFirst()).first { $0.end > $1.start }
      .map { "regions \($0.name) and \($1.name) overlap" }
  }

  private static func problem(positionIDs: [Int], count: Int) -> String? {
    if positionIDs.count != count { return "there are \(positionIDs.count) position ids for \(count) tokens" }
    let isRising = zip(positionIDs, positionIDs.dropFirst()).allSatisfy { $0 < $1 }
    return isRising && positionIDs.allSatisfy { (0..<Int(Int32.max)).contains($0) }
      ? nil : "position ids have to rise, from 0 to \(Int32.max - 1)"
  }

  static func problem(mask: [Double], count: Int) -> String? {
    if mask.count != count { return "the mask has \(mask.count) weights for \(count) tokens" }
    return mask.allSatisfy { (0...1).contains($0) } ? nil : "the mask has a weight outside 0 to 1"
  }
}

extension PromptFile {
  /// Prompts that were made elsewhere, checked. One without regions gets `before` and `after` its separator, or `all` where it
  /// has none.
  /// - Throws: ``PromptError/value(id:message:)``, ``PromptError/empty(file:)``.
  public init(checking prompts: [Prompt], vocabularySize: Int) throws(PromptError) {
    guard !prompts.isEmpty else { throw .empty(file: "the list of prompts") }
    var complete: [Prompt] = []
    var spellings = RegionSpellings()
    for prompt in prompts {
      let problem = prompt.problem(vocabularySize: vocabularySize) ?? spellings.problem(adding: prompt.regions)
      if let problem { throw .value(id: prompt.id, message: problem) }
      var own = prompt
      if own.regions.isEmpty {
        own.regions =
          prompt.separator.map { Region.around(separator: $0, count: prompt.tokens.count) }
          ?? [Region(name: "all", start: 0, end: prompt.tokens.count)]
      }
      own.regions.removeAll { $0.start == $0.end }
      complete.append(own)
    }
    self.init(prompts: complete)
  }
}

/// The names of regions so far. Two that look alike and have other bytes, é as one scalar and as two, would be two regions to
/// a reader of the file and one to everything that compares strings here, so they are refused.
struct RegionSpellings {
  private var known: [String: String] = [:]

  /// What is wrong with the names of some regions, nil if nothing is.
  mutating func problem(adding regions: [Region]) -> String? {
    for region in regions {
      let first = known[region.name, default: region.name]
      guard first.isSpelled(region.name) else {
        return """
          region \(region.name) is written with other Unicode scalars than elsewhere in the prompts, though it looks the same; \
          write it one way
          """
      }
      known[region.name] = first
    }
    return nil
  }
}

extension Region {
  /// `before` and `after` a separator, which is the first token of `after`; an empty one is left out.
  static func around(separator: Int, count: Int) -> [Region] {
    [Region(name: "before", start: 0, end: separator), Region(name: "after", start: separator, end: count)]
      .filter { $0.start < $0.end }
  }
}
