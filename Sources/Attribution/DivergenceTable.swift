import Results

/// Gathers attention divergence by layer, head and block, with what its intervals need, and turns it into rows.
public struct DivergenceTable: Sums {
  /// What a layer's attention has.
  public struct Layer: Sendable {
    let heads: Int
    let hasKeyNorm: Bool
    let hasQueryNorm: Bool

    /// A layer.
    /// - Parameters:
    ///   - heads: The number of query heads.
    ///   - hasKeyNorm: Whether keys have a norm, and so a source of its own.
    ///   - hasQueryNorm: Whether queries have one.
    public init(heads: Int, hasKeyNorm: Bool, hasQueryNorm: Bool) {
      (self.heads, self.hasKeyNorm, self.hasQueryNorm) = (heads, hasKeyNorm, hasQueryNorm)
    }
  }

  /// A row: where it stands, its sums, the terms that a structural zero leaves to competition, whether norms are among the sources of
  /// keys and of queries, and its prompts where they are kept.
  public typealias Row = (
    place: RegionTable<AttentionNats>.Place, sums: AttentionNats, competition: [Term],
    hasNorm: (key: Bool, query: Bool), prompts: PromptNats?
  )

  private let regions: Int
  /// Regions of keys, and sinks behind them where there are any.
  private let columns: Int
  private let descriptions: [Layer]
  private var totals: RegionTable<AttentionNats>
  /// By layer and block.
  private var reach: [[TermReach]]
  /// By layer, head and block; nil where nobody asks for intervals.
  private var heads: [[[PromptNats]]]?
  /// By layer and block, over heads: every prompt, since comparisons of adapters pair by it.
  private var layers: [[PromptSums<PromptNat>]]?

  /// An empty table.
  /// - Parameters:
  ///   - hasSinks: Whether attention sinks have rows too.
  ///   - keepsPrompts: Whether rows get intervals.
  public init(regions: Int, layers: [Layer], hasSinks: Bool = false, keepsPrompts: Bool) {
    columns = regions + (hasSinks ? 1 : 0)
    let (blocks, heads) = (regions * columns, layers.map(\.heads))
    self.regions = regions
    descriptions = layers
    totals = RegionTable(regions: regions, heads: heads, hasSinks: hasSinks)
    reach = heads.map { _ in Array(repeating: TermReach(), count: blocks) }
    let empty = Array(repeating: PromptNats(), count: blocks)
    self.heads = keepsPrompts ? heads.map { Array(repeating: empty, count: $0) } : nil
    self.layers = keepsPrompts ? heads.map { _ in Array(repeating: PromptSums(), count: blocks) } : nil
  }

  /// Adds the prompts of a batch in one layer.
  /// - Parameters:
  ///   - prompts: By prompt its regions, its sums by head and block, and by block which terms can be other than zero.
  ///   - firstKey: The first key that a query sees.
  public mutating func add(
    layer: Int, prompts: [(map: RegionMap, sums: [[AttentionNats]], reach: [TermReach])], firstKey: (Int) -> Int
  ) {
    for prompt in prompts {
      totals.count(layer: layer, prompt.map, firstKey: firstKey)
      for (head, sums) in prompt.sums.enumerated() { totals.add(layer: layer, head: head, sums: sums) }
      for block in blocks { reach[layer][block].formUnion(prompt.reach[block]) }
      if layers != nil { keep(layer, prompt.map, prompt.sums) }
    }
  }

  private var blocks: Range<Int> { 0..<regions * columns }

  private mutating func keep(_ layer: Int, _ map: RegionMap, _ sums: [[AttentionNats]]) {
    for block in blocks {
      let queries = Double(map.runs[block / columns].reduce(0) { $0 + $1.count })
      var pooled = PromptNat()
      for (head, blocks) in sums.enumerated() {
        let own = PromptNat(blocks[block].terms, queries: queries)
        heads?[layer][head][block].append(own)
        pooled += own
      }
      layers?[layer][block].append(pooled)
    }
  }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: DivergenceTable) {
    totals.merge(later.totals)
    for layer in reach.indices {
      for block in blocks { reach[layer][block].formUnion(later.reach[layer][block]) }
    }
    heads.merge(later.heads)
    layers.merge(later.layers)
  }

  /// By prompt, what it adds to a layer, or to all of them, in a pair of regions; nil where prompts were not kept.
  public func prompts(layer: Int?, query: Int, key: Int) -> [PromptNat]? {
    prompts(layer: layer, block: query * columns + key)
  }

  private func prompts(layer: Int?, block: Int) -> [PromptNat]? {
    layers.map { layers in
      if let layer { return layers[layer][block].all }
      var sums = layers.first?[block].all ?? []
      for layer in layers.dropFirst() {
        for (prompt, own) in layer[block].all.enumerated() { sums[prompt] += own }
      }
      return sums
    }
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try totals.code(&coder)
    try reach.code(&coder)
    try heads.code(&coder)
    try layers.code(&coder)
  }

  /// A row for every layer, head and block with pairs; then rows pooled over everything, then over the heads of each layer.
  public func rows() -> [Row] {
    totals.rows { place, sums in
      let block = place.query * columns + (place.key ?? regions)
      var reach = TermReach()
      let own = place.layer.map { $0..<$0 + 1 } ?? self.reach.indices
      for layer in own { reach.formUnion(self.reach[layer][block]) }
      let hasNorm = (descriptions[own].contains(where: \.hasKeyNorm), descriptions[own].contains(where: \.hasQueryNorm))
      let ofHead = place.layer.flatMap { layer in place.head.flatMap { heads?[layer][$0][block] } }
      let prompts = ofHead ?? self.prompts(layer: place.layer, block: block).map(PromptNats.init)
      return (place, sums, reach.competing, hasNorm, prompts)
    }
  }
}

/// Which terms mask, targets and attention allow to be other than zero: at a pair of the block, and at any key that a query of the
/// block sees.
public struct TermReach: Coded, Equatable {
  /// By ``Term``'s raw value.
  private var block = [false, false, false]
  private var row = [false, false, false]

  /// None.
  public init() {}

  /// By ``Term``'s raw value.
  public init(block: [Bool], row: [Bool]) { (self.block, self.row) = (block, row) }

  /// Those of a sink, where no term can, beside the blocks of the same queries.
  public init(sinkBeside blocks: some Sequence<TermReach>) {
    for other in blocks { formUnion(other) }
    block = [false, false, false]
  }

  mutating func formUnion(_ other: TermReach) {
    for term in Term.allCases.map(\.rawValue) {
      block[term] = block[term] || other.block[term]
      row[term] = row[term] || other.row[term]
    }
  }

  /// The terms that are zero at every pair of the block and still take part in what moves its attention, since other keys of the
  /// same queries gain by them.
  var competing: [Term] { Term.allCases.filter { !block[$0.rawValue] && row[$0.rawValue] } }

  /// Codes the flags.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    for term in block.indices {
      try coder.code(&block[term])
      try coder.code(&row[term])
    }
  }
}
