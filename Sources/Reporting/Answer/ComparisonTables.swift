import Results

/// The tables behind a comparison's answer, which report and page share.
struct ComparisonTables {
  private let rows: ComparisonRows
  private let words: ComparisonWords
  private var comparison: AdapterComparison { rows.comparison }
  private var names: [Phrase] { comparison.adapters.indices.map(words.name) }

  init(_ rows: ComparisonRows) {
    self.rows = rows
    words = ComparisonWords(rows)
  }

  /// What each adapter is.
  var adapters: Table {
    Table(
      header: ["adapter", "what it is", "trains", "mask", "prompts"],
      rows: comparison.adapters.enumerated().map { index, adapter in
        let kind =
          adapter.adapted.isAdapter
          ? "LoRA, rank \(adapter.adapted.rank.map(String.init) ?? "–")" : adapter.adapted.kind
        return [
          words.name(index), "\(kind)", adapter.adapted.targetWords, "\(adapter.mask)",
          "\(Numbers.count(adapter.prompts))",
        ]
      }, words: 4)
  }

  /// By adapter, how much changes in a pair of regions and the terms' shares: of what attention felt, then of the scores' energy,
  /// centred and raw.
  func shares(_ place: RegionPair) -> [Table] {
    let blocks = comparison.adapters.indices.compactMap { comparison.block($0, place) }
    let terms = Term.allCases.map(\.symbol)
    let (centered, raw) = (terms.map { "\($0), centred" as Phrase }, terms.map { "\($0), raw" as Phrase })
    guard comparison.measure == .divergence else {
      return [
        Table(
          header: ["adapter", "moved", "rms ΔS"] + centered,
          rows: blocks.map { row in
            [words.name(row.adapter), percent(row.moved), "\(Numbers.size(row.rms))"] + row.centered.map(percent)
          }),
        Table(
          header: ["adapter"] + raw, rows: blocks.map { [words.name($0.adapter)] + $0.shares.map(percent) }),
      ]
    }
    return [
      Table(
        header: ["adapter", "nats", "moved"] + terms.map { "\($0) of nats" as Phrase },
        rows: blocks.map { row in
          [words.name(row.adapter), "\(Numbers.size(row.divergence))", percent(row.moved)]
            + (row.felt ?? []).map(percent)
        }),
      Table(
        header: ["adapter", "rms ΔS"] + centered + raw,
        rows: blocks.map { row in
          [words.name(row.adapter), "\(Numbers.size(row.rms))"]
            + (row.centered + row.shares).map { "\(Numbers.percentage($0.value))" }
        }),
    ]
  }

  /// What ``pairs(_:)`` holds.
  var pairTitle: String {
    comparison.measure == .divergence
      ? "Each two adapters, paired by prompt: nats, and the rest in percentage points"
      : "Each two adapters, in percentage points, paired by prompt"
  }

  /// Each two adapters.
  func pairs(_ places: [RegionPair]) -> Table? {
    let isFelt = comparison.measure == .divergence
    let cells = places.flatMap { place in
      rows.pairs(place).filter { !$0.shares.isEmpty }.map { row -> [Phrase] in
        let nats: [Phrase] = isFelt ? ["\(Numbers.signed(row.divergence))"] : []
        return [less(row), "\(place.words)"] + nats + [points(row.moved)]
          + ((isFelt ? row.felt : row.shares) ?? []).map(points)
      }
    }
    let header: [Phrase] =
      ["adapters", "where"] + (isFelt ? ["nats"] : []) + ["moved"] + Term.allCases.map { "share of \($0.symbol)" }
    return cells.isEmpty ? nil : Table(header: header, rows: cells, words: 2)
  }

  /// What the tables of layers and heads hold.
  var spreadReading: Phrase {
    let unit = comparison.measure == .moved ? ", in percentage points" : ""
    let name = comparison.measure.name
    let title = name.prefix(1).uppercased() + name.dropFirst()
    return "\(title), by adapter, and how far the largest lies from the smallest\(unit)."
  }

  /// How sure differences between heads are.
  let headReading: Phrase = """
    Reports hold no sums of single heads by prompt, so no head is called different here; the layers tell how sure such differences are.
    """

  /// The layers that differ most.
  func layers(_ places: [RegionPair], most: Int) -> Table? {
    spreads(places.map { rows.rankedLayers($0).prefix(most) })
  }

  /// The heads that differ most.
  func heads(_ places: [RegionPair], most: Int) -> Table? { spreads(places.map { rows.rankedHeads($0).prefix(most) }) }

  private func spreads(_ rows: [ArraySlice<ComparisonRows.Spread>]) -> Table? {
    let isTested = rows.joined().contains { $0.holm != nil }
    let cells = rows.joined().map { row -> [Phrase] in
      let place = "L\(row.layer)" + (row.head.map { "H\($0)" } ?? "")
      let apart: Phrase = "\(comparison.difference(row.spread))"
      return ["\(place)", "\(RegionPair(query: row.query, key: row.key).words)"]
        + row.values.map { "\(comparison.text($0))" } + [apart]
        + (isTested ? [row.holm.map { "\(Numbers.size($0))" } ?? "–"] : [])
    }
    let header = ["where", "regions"] + names + ["apart"] + (isTested ? ["p (Holm)"] : [])
    return cells.isEmpty ? nil : Table(header: header, rows: cells, words: 2)
  }

  /// What ``profiles(_:)`` holds.
  let profileReading: Phrase = """
    Correlation over layer × head, r / ρ: 1 where two adapters change the same heads by the same proportions, – where one of \
    them changes nothing.
    """

  /// How alike each two adapters are over the heads.
  func profiles(_ places: [RegionPair]) -> Table? {
    let names = [comparison.measure.rawValue] + Term.allCases.map(\.name)
    let titles: [Phrase] = [comparison.measure.column] + Term.allCases.map { "\($0.symbol)" }
    let rows = places.flatMap { place in
      let own = comparison.profiles.filter { $0.query == place.query && $0.key == place.key }
      return own.filter { $0.profile == names[0] }.map { first -> [Phrase] in
        let cells = names.map { profile -> Phrase in
          let row = own.first { $0.first == first.first && $0.second == first.second && $0.profile == profile }
          return "\(Numbers.coefficient(row?.pearson)) / \(Numbers.coefficient(row?.rank))"
        }
        return ["\(words.name(first.first)), \(words.name(first.second))", "\(place.words)"] + cells
      }
    }
    return rows.isEmpty ? nil : Table(header: ["adapters", "where"] + titles, rows: rows, words: 2)
  }

  /// What ``writers(_:most:)`` holds.
  let writerReading: Phrase = """
    By who wrote it, the part of what attention felt that keys and queries inherit; heads and layers together. Negative works against the \
    change.
    """

  /// Whose writing is inherited most by any adapter.
  func writers(_ places: [RegionPair], most: Int) -> Table? {
    let cells = places.flatMap { place -> [[Phrase]] in
      let own = comparison.writers.filter { $0.query == place.query && $0.key == place.key }
      return Self.largest(own, most) { $0.shares }.map { row in
        ["\(row.writer.title)", "\(place.words)"] + row.shares.map { "\($0.map { Numbers.percent($0) } ?? "–")" }
      }
    }
    return cells.isEmpty ? nil : Table(header: ["writer", "where"] + names, rows: cells, words: 2)
  }

  /// What ``gains`` holds.
  let gainReading: Phrase = """
    By who wrote it, nats that the true token's log-likelihood gains, the mean over the judged tokens.
    """

  /// Who wrote most of what any adapter's predictions gain, and all of it together.
  func gains(most: Int) -> Table? {
    guard !comparison.gains.isEmpty else { return nil }
    let rows = Self.largest(comparison.gains, most) { $0.gains }.map { row in
      ["\(row.writer.title)"] + row.gains.map { "\($0.map(Numbers.signed) ?? "–")" as Phrase }
    }
    let whole = comparison.adapters.indices.map { adapter -> Phrase in
      let own = comparison.gains.compactMap { $0.gains[adapter] }
      return own.isEmpty ? "–" : "\(Numbers.signed(own.reduce(0, +)))"
    }
    return Table(header: ["writer"] + names, rows: rows + [["all writers"] + whole])
  }

  /// Rows with the largest numbers of any adapter.
  private static func largest<Row>(_ rows: [Row], _ most: Int, _ values: (Row) -> [Double?]) -> [Row] {
    let sizes = rows.map { values($0).compactMap { $0.map(abs) }.max() ?? 0 }
    return rows.indices.filter { sizes[$0] > 0 }.sorted { (sizes[$0], $1) > (sizes[$1], $0) }.prefix(most).map {
      rows[$0]
    }
  }

  /// "`full` less `masked`".
  private func less(_ row: AdapterComparison.PairRow) -> Phrase {
    "\(words.name(row.first)) less \(words.name(row.second))"
  }

  private func percent(_ estimate: AdapterComparison.Estimate?) -> Phrase { "\(Numbers.percent(estimate))" }
  private func points(_ estimate: AdapterComparison.Estimate?) -> Phrase { "\(Numbers.points(estimate))" }
}

extension Numbers {
  /// A coefficient of correlation: "0.97", "−0.12".
  static func coefficient(_ value: Double?) -> String {
    value.map { (abs($0) < 0.005 ? "0.00" : fixed($0, "%.2f")).replacing("-", with: "−") } ?? "–"
  }

  /// "12.0 %", "12.0 % [11.0 to 13.0 %]".
  static func percent(_ estimate: AdapterComparison.Estimate?) -> String {
    estimate.map { self.estimate($0.value, $0.interval) } ?? "–"
  }

  /// "+1.2 [0.9 to 1.5]", without the unit, which is the table's.
  static func points(_ estimate: AdapterComparison.Estimate?) -> String {
    estimate.map { points($0.value) + brackets($0).replacing(" %", with: "") } ?? "–"
  }

  /// "0.138 [0.129 to 0.147]".
  static func size(_ estimate: AdapterComparison.Estimate?) -> String { number(estimate) { size($0) } }

  /// "+0.0312 [0.0200 to 0.0424]".
  static func signed(_ estimate: AdapterComparison.Estimate?) -> String { number(estimate) { signed($0) } }

  private static func number(_ estimate: AdapterComparison.Estimate?, _ text: (Double) -> String) -> String {
    guard let estimate else { return "–" }
    guard let interval = estimate.interval, interval.lowerBound < interval.upperBound else {
      return text(estimate.value)
    }
    return "\(text(estimate.value)) [\(text(interval.lowerBound)) to \(text(interval.upperBound))]"
  }

  private static func brackets(_ estimate: AdapterComparison.Estimate) -> String {
    guard let interval = estimate.interval, interval.lowerBound < interval.upperBound else { return "" }
    return " [\(Numbers.interval(interval))]"
  }
}
