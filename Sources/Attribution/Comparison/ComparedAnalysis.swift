import Results

/// One analysis, whose rows are found by their place; rows of all tokens are sums over the pairs of regions.
struct ComparedAnalysis {
  let analysis: Analysis
  /// The pairs of regions that have tokens.
  let places: [RegionPair]
  private let blocks: [Key: PooledBlock]
  private let mass: [Key: AttentionMass]?
  private let felt: [Key: AttentionDivergence]?
  private let prompts: [Key: PromptContribution]?

  private struct Key: Hashable {
    var layer: Int?
    var head: Int?
    var place: RegionPair
  }

  init(_ analysis: Analysis) {
    self.analysis = analysis
    func index<Row>(
      _ rows: [Row], _ key: (Row) -> (layer: Int?, head: Int?, query: String, key: String)
    ) -> [Key: Row] {
      let keyed = rows.map { row in
        let own = key(row)
        return (Key(layer: own.layer, head: own.head, place: RegionPair(query: own.query, key: own.key)), row)
      }
      return Dictionary(keyed) { first, _ in first }
    }
    blocks = index(analysis.blocks.map(PooledBlock.init) + analysis.summary) { ($0.layer, $0.head, $0.query, $0.key) }
    mass = analysis.mass.map { rows in
      index(rows.filter { $0.key != nil }) { ($0.layer, $0.head, $0.query, $0.key ?? "") }
    }
    felt = analysis.attention.map { rows in
      index(rows.filter { $0.key != nil }) { ($0.layer, $0.head, $0.query, $0.key ?? "") }
    }
    prompts = analysis.byPrompt.map { rows in index(rows) { ($0.layer, nil, $0.query, $0.key) } }
    places = analysis.summary.filter { $0.layer == nil && $0.head == nil }.map {
      RegionPair(query: $0.query, key: $0.key)
    }
  }

  /// What follows from sums over pairs of tokens.
  struct Sums {
    /// Attention moved, summed over queries; nil without the part `mass`.
    var moved: Double?
    /// Nats by term, then of the divergence, summed over queries; nil without the part `attention`.
    var nats: SIMD4<Double>?
    var queries = 0.0
    var pairs = 0.0
    /// ΣTΔ by term, then ΣΔ².
    var raw = SIMD4<Double>()
    var centered = SIMD4<Double>()

    var meanMoved: Double? { moved.map { queries == 0 ? 0 : $0 / queries } }
    var divergence: Double? { nats.map { queries == 0 ? 0 : $0[3] / queries } }
    var rms: Double { pairs == 0 ? 0 : (raw[3] / pairs).squareRoot() }
    func shares(_ part: KeyPath<Sums, SIMD4<Double>>) -> [Double] { Self.shares(self[keyPath: part]) }
    /// Of nats; nil without the part `attention`.
    var feltShares: [Double]? { nats.map(Self.shares) }

    private static func shares(_ sums: SIMD4<Double>) -> [Double] {
      Term.allCases.map { sums[3] == 0 ? 0 : sums[$0.rawValue] / sums[3] }
    }
  }

  /// The sums of a layer and head, nil for all of them, in a pair of regions; nil where there is no such row.
  func sums(layer: Int? = nil, head: Int? = nil, _ place: RegionPair) -> Sums? {
    guard place == .all else { return ownSums(Key(layer: layer, head: head, place: place)) }
    var total = Sums(moved: mass == nil ? nil : 0, nats: felt == nil ? nil : .zero)
    var (isEmpty, counted) = (true, Set<String>())
    for place in places {
      guard let own = ownSums(Key(layer: layer, head: head, place: place)) else { continue }
      isEmpty = false
      total.moved = own.moved.flatMap { moved in total.moved.map { $0 + moved } }
      total.nats = own.nats.flatMap { nats in total.nats.map { $0 + nats } }
      // Each query counts once, however many regions it looks at.
      if counted.insert(place.query).inserted { total.queries += own.queries }
      total.pairs += own.pairs
      total.raw += own.raw
      total.centered += own.centered
    }
    return isEmpty ? nil : total
  }

  private func ownSums(_ key: Key) -> Sums? {
    guard let block = blocks[key] else { return nil }
    let (row, felt) = (mass?[key], felt?[key])
    let pairs = Double(block.pairs)
    return Sums(
      moved: row.map { $0.moved * Double($0.queries) }, nats: felt?.sums,
      queries: Double(row?.queries ?? felt?.queries ?? 0), pairs: pairs,
      raw: block.raw.energies(pairs), centered: block.centered.energies(pairs))
  }

  /// The row of what attention felt over all layers and heads.
  func feltRow(_ place: RegionPair) -> AttentionDivergence? { felt?[Key(layer: nil, head: nil, place: place)] }

  /// The share intervals that the analysis holds itself.
  func shareIntervals(_ place: RegionPair) -> (raw: [ClosedRange<Double>?], centered: [ClosedRange<Double>?])? {
    blocks[Key(layer: nil, head: nil, place: place)].map { block in
      (block.raw.terms.map(\.shareInterval), block.centered.terms.map(\.shareInterval))
    }
  }

  /// By prompt, part and whole of a ratio.
  typealias Ratios = [(part: Double, whole: Double)]

  /// By prompt, what a mean over queries in a layer, nil for all, is made of (attention moved, what it felt); nil where the file
  /// does not hold it.
  func ratios(
    layer: Int? = nil, _ place: RegionPair, _ mean: (PromptContribution) -> [Double]?
  ) -> Ratios? {
    guard let rows = rows(layer, place) else { return nil }
    var (ratios, counted) = (Ratios(repeating: (0, 0), count: analysis.prompts.count), Set<String>())
    for row in rows {
      guard let means = mean(row) else { return nil }
      let isNew = counted.insert(row.query).inserted
      for (prompt, queries) in row.queries.enumerated() {
        ratios[prompt].part += means[prompt] * Double(queries)
        if isNew { ratios[prompt].whole += Double(queries) }
      }
    }
    return ratios
  }

  /// By term and prompt, what the shares over all layers are made of.
  func shareRatios(
    _ place: RegionPair, _ part: (PromptContribution) -> PromptContribution.Energies?
  ) -> [Ratios]? {
    guard let rows = rows(nil, place) else { return nil }
    var ratios = Term.allCases.map { _ in Ratios(repeating: (0, 0), count: analysis.prompts.count) }
    for row in rows {
      guard let energies = part(row) else { return nil }
      for term in Term.allCases {
        for prompt in analysis.prompts.indices {
          ratios[term.rawValue][prompt].part += energies.terms[term.rawValue][prompt]
          ratios[term.rawValue][prompt].whole += energies.delta[prompt]
        }
      }
    }
    return ratios
  }

  private func rows(_ layer: Int?, _ place: RegionPair) -> [PromptContribution]? {
    let rows = (place == .all ? places : [place]).compactMap { prompts?[Key(layer: layer, head: nil, place: $0)] }
    return rows.isEmpty ? nil : rows
  }
}

extension AttentionDivergence {
  /// Nats by term, then of the divergence, over all queries.
  fileprivate var sums: SIMD4<Double> {
    Double(count) * SIMD4(self[.dKtQ], self[.KtdQ], self[.dKtdQ], divergence)
  }
}

extension PromptContribution {
  /// What attention felt over a prompt's queries, as energies are: the terms' parts and the whole.
  var felt: Energies? {
    guard let divergence, let nats else { return nil }
    func sums(_ means: [Double]) -> [Double] { zip(means, queries).map { $0 * Double($1) } }
    return Energies(delta: sums(divergence), terms: nats.map(sums))
  }
}

extension Decomposition {
  /// ΣTΔ by term, then ΣΔ².
  fileprivate func energies(_ pairs: Double) -> SIMD4<Double> {
    let energy = delta.rms * delta.rms * pairs
    return SIMD4(self[.dKtQ].share * energy, self[.KtdQ].share * energy, self[.dKtdQ].share * energy, energy)
  }
}
