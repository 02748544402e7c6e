import Results

/// What the script of compare.html draws from: rows by pair of regions, the most telling first, as many as the page may weigh.
struct ComparisonPageData {
  /// What rows are of: an adapter, two adapters, a layer, a head.
  private enum Kind: String { case blocks, pairs, layers, heads }

  /// Heads of a pair of regions that come before all heads of any.
  private static let firstHeads = 24

  private let rows: ComparisonRows
  private let comparison: AdapterComparison
  /// Everything but the rows.
  private let fixed: String
  private var left: Int
  private var groups: [String] = []

  /// The rows of a comparison.
  /// - Parameters:
  ///   - pages: By adapter, the path of its page.
  ///   - budget: How many bytes they may take.
  init(_ rows: ComparisonRows, pages: [String?], markdown: String, budget: Int) {
    self.rows = rows
    comparison = rows.comparison
    fixed = Self.fixed(rows, pages, markdown)
    // The heads' groups have a frame each, whatever they hold.
    left = budget - fixed.utf8.count - 200 - 100 * comparison.places.count
    let places = rows.places.compactMap { place in comparison.places.firstIndex(of: place) }
    for place in places { add(.blocks, place, blocks(comparison.places[place])) }
    for place in places { add(.layers, place, layers(comparison.places[place])) }
    for place in places { add(.pairs, place, rows.pairs(comparison.places[place]).compactMap(pair)) }
    addHeads(places)
  }

  /// The document for the page's script element.
  var json: String { "{\(fixed),\n\"groups\":[\n\(groups.joined(separator: ",\n"))]}" }

  /// Adds rows if there is room for all of them.
  private mutating func add(_ kind: Kind, _ place: Int, _ rows: [String]) {
    let text = Self.group(kind, place, rows)
    guard !rows.isEmpty, text.utf8.count + 2 <= left else { return }
    left -= text.utf8.count + 2
    groups.append(text)
  }

  /// Of every pair of regions the heads in which adapters lie furthest apart, then all, as far as there is room.
  private mutating func addHeads(_ places: [Int]) {
    var chosen: [Int: [String]] = [:]
    for isFirst in [true, false] {
      for place in places {
        let all = rows.heads(comparison.places[place])
        for row in isFirst ? all.prefix(Self.firstHeads) : all.dropFirst(Self.firstHeads) {
          let text = Self.head(row)
          guard text.utf8.count + 2 <= left else { break }
          left -= text.utf8.count + 2
          chosen[place, default: []].append(text)
        }
      }
    }
    for place in places {
      if let rows = chosen[place] { groups.append(Self.group(.heads, place, rows)) }
    }
  }

  private static func group(_ kind: Kind, _ place: Int, _ rows: [String]) -> String {
    ScriptJSON.object([
      "place": "\(place)", "kind": ScriptJSON.string(kind.rawValue), "rows": "[\n\(rows.joined(separator: ",\n"))]",
    ])
  }

  /// Adapter, then the measure and its bounds.
  private func blocks(_ place: RegionPair) -> [String] {
    comparison.adapters.indices.compactMap { adapter in
      guard let row = comparison.block(adapter, place) else { return nil }
      return comparison.measured(row).map { ScriptJSON.array(["\(adapter)"] + Self.estimate($0)) }
    }
  }

  /// The two adapters, then the difference in the measure and its bounds.
  private func pair(_ row: AdapterComparison.PairRow) -> String? {
    comparison.measured(row).map { ScriptJSON.array(["\(row.first)", "\(row.second)"] + Self.estimate($0)) }
  }

  /// Layer, how far adapters lie apart with its bounds, then the measure by adapter.
  private func layers(_ place: RegionPair) -> [String] {
    rows.layers(place).map { row in
      ScriptJSON.array(["\(row.layer)"] + Self.estimate(row.spread) + row.values.map(Self.number))
    }
  }

  /// Layer and head, how far adapters lie apart, then the measure by adapter.
  private static func head(_ row: ComparisonRows.Spread) -> String {
    ScriptJSON.array(
      ["\(row.layer)", ScriptJSON.index(row.head), number(row.spread.value)] + row.values.map(number))
  }

  private static func estimate(_ estimate: AdapterComparison.Estimate?) -> [String] {
    [estimate?.value, estimate?.interval?.lowerBound, estimate?.interval?.upperBound].map(number)
  }

  private static func number(_ value: Double?) -> String { value.map(ScriptJSON.number) ?? "null" }

  private static func fixed(_ rows: ComparisonRows, _ pages: [String?], _ markdown: String) -> String {
    let comparison = rows.comparison
    let heads = comparison.heads
    let adapters = zip(comparison.adapters, pages).map { adapter, page in
      "[\(ScriptJSON.string(adapter.name.visible)),\(page.map { ScriptJSON.string(Markdown.link($0)) } ?? "null")]"
    }
    let places = comparison.places.map { place in
      ScriptJSON.array([place.query.visible, place.key.visible, place.words.visible].map(ScriptJSON.string))
    }
    let layers = (heads + comparison.layers).map(\.layer).max().map { $0 + 1 } ?? 0
    return ScriptJSON.members([
      "name": ScriptJSON.string("\(comparison.base.name.visible)-adapters"),
      "measure": ScriptJSON.string(comparison.measure.rawValue), "layers": "\(layers)",
      "heads": "\(heads.compactMap(\.head).max().map { $0 + 1 } ?? 0)",
      "largest": ScriptJSON.number(heads.flatMap { $0.values.compactMap(\.self) }.max() ?? 0),
      "largestApart": ScriptJSON.number(heads.map(\.spread.value).max() ?? 0),
      "adapters": ScriptJSON.array(adapters), "places": ScriptJSON.array(places),
      "counts": ScriptJSON.array(comparison.places.map { "\(rows.heads($0).count)" }),
      "markdown": ScriptJSON.string(markdown),
    ])
  }
}
