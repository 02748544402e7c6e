import Results

/// Gathers the sources of all blocks and turns them into rows.
public struct SourceTable: Sums {
  private let regions: [String]
  private let heads: Int
  /// By layer, whether keys and whether queries have a norm.
  private let norms: [(key: Bool, query: Bool)]
  /// By layer, head and block.
  private var sums: [TermParts]
  /// By layer and block: pairs of one head.
  private var pairs: [Int]

  /// Sums of dKᵀQ and of KᵀdQ.
  private struct TermParts: AdditiveSums {
    var key = PartSums()
    var query = PartSums()

    static func += (left: inout TermParts, right: TermParts) {
      left.key += right.key
      left.query += right.query
    }

    mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
      try key.code(&coder)
      try query.code(&coder)
    }
  }

  private var blocks: Int { regions.count * regions.count }

  /// An empty table.
  public init(regions: [String], heads: Int, norms: [(key: Bool, query: Bool)]) {
    self.regions = regions
    self.heads = heads
    self.norms = norms
    let blocks = regions.count * regions.count
    sums = Array(repeating: TermParts(), count: norms.count * heads * blocks)
    pairs = Array(repeating: 0, count: norms.count * blocks)
  }

  /// Adds sums of one head, by block: of dKᵀQ by the sources of dk, of KᵀdQ by those of dq.
  public mutating func add(layer: Int, head: Int, key: [PartSums], query: [PartSums]) {
    for block in 0..<blocks {
      sums[(layer * heads + head) * blocks + block].key += key[block]
      sums[(layer * heads + head) * blocks + block].query += query[block]
    }
  }

  /// Adds the pairs of one prompt in one layer, by block, of one head.
  public mutating func add(layer: Int, pairs own: [Int]) {
    for block in 0..<blocks { pairs[layer * blocks + block] += own[block] }
  }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: SourceTable) {
    sums.merge(later.sums)
    for place in pairs.indices { pairs[place] += later.pairs[place] }
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try sums.code(&coder)
    for place in pairs.indices { try coder.code(&pairs[place]) }
  }

  /// A row for every layer, head and block with pairs; then rows pooled over everything and over the heads of each layer.
  public func rows() -> [TermSources] {
    let layers = 0..<norms.count
    let pools = [(nil, layers)] + layers.map { (Optional($0), $0..<$0 + 1) }
    let pooled = pools.flatMap { layer, range in
      (0..<blocks).compactMap { row(layer: layer, head: nil, layers: range, heads: 0..<heads, block: $0) }
    }
    let single = layers.flatMap { layer in
      (0..<heads).flatMap { head in
        (0..<blocks).compactMap {
          row(layer: layer, head: head, layers: layer..<layer + 1, heads: head..<head + 1, block: $0)
        }
      }
    }
    return single + pooled
  }

  private func row(layer: Int?, head: Int?, layers: Range<Int>, heads own: Range<Int>, block: Int) -> TermSources? {
    let count = layers.reduce(0) { $0 + pairs[$1 * blocks + block] } * own.count
    guard count > 0 else { return nil }
    var (key, query) = (PartSums(), PartSums())
    for layer in layers {
      for head in own {
        let own = sums[(layer * heads + head) * blocks + block]
        key += own.key
        query += own.query
      }
    }
    func shares(_ sums: PartSums, hasNorm: Bool) -> SourceShares {
      SourceShares(
        own: sums.part(0, count: count), inherited: sums.part(1, count: count), joint: sums.part(2, count: count),
        norm: hasNorm ? sums.part(3, count: count) : nil)
    }
    return TermSources(
      layer: layer, head: head, query: regions[block / regions.count], key: regions[block % regions.count],
      pairs: count, dKtQ: shares(key, hasNorm: norms[layers].contains(where: \.key)),
      KtdQ: shares(query, hasNorm: norms[layers].contains(where: \.query)))
  }
}
