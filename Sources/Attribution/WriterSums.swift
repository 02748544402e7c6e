import Results

/// Sums over the queries of a block from which follows who wrote what its terms inherit.
public struct WriterSums: AdditiveSums, Equatable {
  /// Of dKᵀQ: what another length adds, what a changed norm adds, then what each writer wrote, in their order; empty where nothing was
  /// summed.
  public var key: [Double] = []
  /// Of KᵀdQ, likewise.
  public var query: [Double] = []

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other queries.
  public static func += (left: inout WriterSums, right: WriterSums) {
    left.key.add(right.key)
    left.query.add(right.query)
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&key)
    try coder.code(&query)
  }
}

extension [Double] {
  /// Adds numbers at their places; of two lists the longer one has them all.
  public mutating func add(_ other: [Double], scaledBy factor: Double = 1) {
    if count < other.count { self += Array(repeating: 0, count: other.count - count) }
    for index in other.indices { self[index] += factor * other[index] }
  }
}

/// Gathers who wrote what by layer, head and block, and turns it into rows.
public struct WriterTable: Sums {
  /// What reads in a layer.
  public struct Layer: Sendable {
    let heads: Int
    let writers: Int
    let hasNorm: Bool

    /// A layer.
    /// - Parameters:
    ///   - heads: The number of query heads.
    ///   - writers: How many writers stand before it.
    ///   - hasNorm: Whether its queries and keys are projected from behind a norm.
    public init(heads: Int, writers: Int, hasNorm: Bool) {
      (self.heads, self.writers, self.hasNorm) = (heads, writers, hasNorm)
    }
  }

  private let regions: [String]
  private let layers: [Layer]
  private let writers: [Writer]
  private var totals: RegionTable<WriterSums>

  /// An empty table.
  /// - Parameter writers: All writers, in their order.
  public init(regions: [String], layers: [Layer], writers: [Writer]) {
    (self.regions, self.layers, self.writers) = (regions, layers, writers)
    totals = RegionTable(regions: regions.count, heads: layers.map(\.heads))
  }

  /// Counts the queries of one prompt in a layer.
  public mutating func count(layer: Int, _ map: RegionMap, firstKey: (_ query: Int) -> Int) {
    totals.count(layer: layer, map, firstKey: firstKey)
  }

  /// Adds sums of one head.
  /// - Parameter sums: By query region · regions + key region.
  public mutating func add(layer: Int, head: Int, sums: [WriterSums]) {
    totals.add(layer: layer, head: head, sums: sums)
  }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: WriterTable) { totals.merge(later.totals) }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) { try totals.code(&coder) }

  /// Rows of every layer, head, block and term; then rows pooled over everything, then over the heads of each layer.
  public func rows() -> [WriterNats] {
    totals.rows { place, sums in
      [(Term.dKtQ, sums.key), (.KtdQ, sums.query)].map { term, sums in
        let scope = Place.Scope.term(term, query: regions[place.query], key: regions[place.key])
        var row = WriterNats(at: Place(layer: place.layer, head: place.head, scope), count: place.queries)
        let own = place.layer.map { layers[$0...$0] } ?? layers[...]
        let count = Double(max(place.queries, 1))
        func mean(_ place: Int) -> Double { sums.indices.contains(place) ? sums[place] / count : 0 }
        for (index, writer) in writers.prefix(own.map(\.writers).max() ?? 0).enumerated() {
          row.nats[writer] = mean(2 + index)
        }
        if own.contains(where: \.hasNorm) { (row.nats[Writer(.scale)], row.nats[Writer(.gain)]) = (mean(0), mean(1)) }
        return row
      }
    }.flatMap(\.self)
  }
}
