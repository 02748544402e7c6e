import Results

/// The tokens that a page shows round its pairs, each once.
struct PageTokens {
  private let excerpts: [Int: [Excerpt]]
  private var shown: [Int: Set<Int>] = [:]
  /// Tokens on either side of a query or a key.
  private static let reach = 8

  init(_ excerpts: [Excerpt]) { self.excerpts = Dictionary(grouping: excerpts, by: \.prompt) }

  /// Adds what is round a pair.
  /// - Returns: About how many bytes the page grows by.
  mutating func show(_ pair: TokenPair) -> Int {
    var bytes = 0
    for position in [pair.queryPosition, pair.keyPosition] {
      guard let excerpt = excerpts[pair.prompt]?.first(where: { $0.positions.contains(position) }) else { continue }
      for place in (position - Self.reach..<position + Self.reach + 1).clamped(to: excerpt.positions)
      where shown[pair.prompt, default: []].insert(place).inserted {
        bytes += Self.json(excerpt, place).utf8.count + 1
      }
    }
    return bytes
  }

  /// Runs of tokens: the prompt, the first one's position, and the tokens.
  var json: String {
    let runs = shown.keys.sorted().flatMap { prompt -> [String] in
      (excerpts[prompt] ?? []).sorted { $0.start < $1.start }.flatMap { excerpt in
        excerpt.positions.filter { shown[prompt]?.contains($0) == true }.runs.map { run in
          "[\(prompt),\(run.lowerBound),\(ScriptJSON.array(run.map { Self.json(excerpt, $0) }))]"
        }
      }
    }
    return ScriptJSON.array(runs)
  }

  /// A token's text, or its id where there are no texts.
  private static func json(_ excerpt: Excerpt, _ position: Int) -> String {
    let place = position - excerpt.start
    guard let texts = excerpt.texts else { return "\(excerpt.ids[place])" }
    return ScriptJSON.string(TokenContext.visible(texts[place]))
  }
}
