import Results

/// Gathers the strongest pairs of all blocks and turns them into rows.
public struct PairTable: Sums {
  private let regions: [String]
  /// By layer, head and block.
  private var strongest: [[[StrongestPairs]]]
  private let limit: Int

  /// An empty table.
  /// - Parameters:
  ///   - heads: The number of query heads, by layer.
  ///   - limit: How many pairs of each block are kept.
  public init(regions: [String], heads: [Int], limit: Int) {
    self.regions = regions
    self.limit = limit
    let blocks = Array(repeating: StrongestPairs(limit: limit), count: regions.count * regions.count)
    strongest = heads.map { Array(repeating: blocks, count: $0) }
  }

  /// Takes in the pairs of some queries of one head.
  public mutating func add(layer: Int, head: Int, blocks: [StrongestPairs]) {
    for (block, pairs) in blocks.enumerated() { strongest[layer][head][block] += pairs }
  }

  /// Takes in the table of later prompts.
  public mutating func merge(_ later: PairTable) { strongest.merge(later.strongest) }

  /// Codes all pairs.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) { try strongest.code(&coder) }

  /// Whether every pair is of its own head, and of tokens of prompts that are as long as stated.
  public func isWithin(prompts lengths: [Int]) -> Bool {
    strongest.allSatisfy { heads in
      heads.enumerated().allSatisfy { head, blocks in
        blocks.allSatisfy { block in
          block.pairs.allSatisfy {
            $0.head == head && $0.prompt < lengths.count && $0.query < lengths[$0.prompt] && $0.key <= $0.query
          }
        }
      }
    }
  }

  /// A row for every layer, head and block in which attention moved; then rows pooled over the heads of each layer.
  public func rows() -> [TokenPairs] {
    var (single, pooled): ([TokenPairs], [TokenPairs]) = ([], [])
    for (layer, heads) in strongest.enumerated() {
      for (head, blocks) in heads.enumerated() {
        for block in blocks.indices { single += row(layer, head, block, blocks[block]) }
      }
      for block in 0..<regions.count * regions.count {
        var all = StrongestPairs(limit: limit)
        for head in heads { all += head[block] }
        pooled += row(layer, nil, block, all)
      }
    }
    return single + pooled
  }

  private func row(_ layer: Int, _ head: Int?, _ block: Int, _ strongest: StrongestPairs) -> [TokenPairs] {
    guard !strongest.pairs.isEmpty else { return [] }
    return [
      TokenPairs(
        layer: layer, head: head, query: regions[block / regions.count], key: regions[block % regions.count],
        strongest: strongest.pairs.map(TokenPair.init))
    ]
  }
}

extension TokenPair {
  /// A pair as a result states it.
  init(_ pair: ScoredPair) {
    func change(_ lanes: SIMD4<Float>) -> TokenPair.Change {
      TokenPair.Change(delta: Double(lanes[.delta]), terms: Term.allCases.map { Double(lanes[.term($0)]) })
    }
    let base = Double(pair.pattern[0])
    self.init(
      prompt: pair.prompt, head: pair.head, queryPosition: pair.query, keyPosition: pair.key, raw: change(pair.raw),
      centered: change(pair.centered), base: min(base, 1),
      adapted: min(max(base + Double(pair.pattern[1]), 0), 1), nats: Double(pair.nats))
  }
}
