import LinearAlgebra
import Results

/// The strongest pairs of the blocks of one layer, head and prompt.
public struct PairAccumulator: Sendable {
  /// By query region · regions + key region.
  public private(set) var blocks: [StrongestPairs]
  private let prompt: Int
  private let head: Int
  private let regions: RegionMap

  /// Nothing yet, over the regions of a prompt.
  /// - Parameter limit: How many pairs of each block are kept.
  public init(limit: Int, prompt: Int, head: Int, regions: RegionMap) {
    self.prompt = prompt
    self.head = head
    self.regions = regions
    blocks = Array(repeating: StrongestPairs(limit: limit), count: regions.runs.count * regions.runs.count)
  }

  /// Looks at the row of the query at a position.
  /// - Parameters:
  ///   - row: Its terms, before a soft cap.
  ///   - felt: Its terms as they enter the softmax, and how its pattern changes.
  public mutating func add(_ row: TermRow, felt: DivergenceRow, query: Int) {
    // One key has all of the attention, whatever its score.
    guard let region = regions.regionOfToken[query], row.keys.count > 1 || felt.sink != nil else { return }
    var found = FoundPairs(prompt: prompt, head: head, query: query, row: row, change: felt.change)
    for (keyRegion, runs) in regions.runs.enumerated() {
      let block = region * regions.runs.count + keyRegion
      for run in runs where run.overlaps(row.keys) {
        for keys in [
          run.clamped(to: row.keys.lowerBound..<row.changedKeys.lowerBound), run.clamped(to: row.changedKeys),
        ]
        where !keys.isEmpty {
          add(FeltRun(felt, keys), &found, to: &blocks[block])
        }
      }
    }
  }

  /// Only where the most nats of some keys reach the threshold are they looked at one by one.
  private func add(_ run: FeltRun, _ found: inout FoundPairs, to strongest: inout StrongestPairs) {
    forRuns(run.keys.count) { columns in
      guard run.largest(columns) >= strongest.threshold else { return }
      for column in columns {
        let nats = run.nats(column)
        guard nats >= strongest.threshold else { continue }
        strongest.insert(found.pair(key: run.keys.lowerBound + column, nats: nats))
      }
    }
  }
}

/// The pairs of one query that are kept, with their terms. What only they need is not computed before there is one.
private struct FoundPairs {
  let prompt: Int
  let head: Int
  let query: Int
  let row: TermRow
  let change: UnsafePointer<Float>
  private lazy var centring = row.centring

  init(prompt: Int, head: Int, query: Int, row: TermRow, change: UnsafePointer<Float>) {
    (self.prompt, self.head, self.query, self.row, self.change) = (prompt, head, query, row, change)
  }

  mutating func pair(key: Int, nats: Float) -> ScoredPair {
    let (place, changed) = (key - row.keys.lowerBound, key - row.changedKeys.lowerBound)
    let raw = SIMD4(changed < 0 ? 0 : row.byKey[changed], row.byQuery[place], changed < 0 ? 0 : row.byBoth[changed], 0)
    return ScoredPair(
      prompt: prompt, head: head, query: query, key: key, raw: summed(raw),
      centered: summed(raw - centring.origin - centring.mean), pattern: SIMD2(row.pattern[place], change[place]),
      nats: nats)
  }

  private func summed(_ terms: SIMD4<Float>) -> SIMD4<Float> {
    SIMD4(terms[0], terms[1], terms[2], terms[0] + terms[1] + terms[2])
  }
}

/// What one query's pairs with a run of keys, of which either all can differ or none, add to its attention divergence.
private struct FeltRun {
  let keys: Range<Int>
  private let byKey: UnsafePointer<Float>?
  private let byQuery: UnsafePointer<Float>
  private let byBoth: UnsafePointer<Float>?
  private let change: UnsafePointer<Float>
  private let level: SIMD2<Float>

  init(_ row: DivergenceRow, _ keys: Range<Int>) {
    let terms = row.terms
    let (offset, changed) = (keys.lowerBound - terms.keys.lowerBound, keys.lowerBound - terms.changedKeys.lowerBound)
    self.keys = keys
    byKey = changed < 0 ? nil : terms.byKey + changed
    byQuery = terms.byQuery + offset
    byBoth = changed < 0 ? nil : terms.byBoth + changed
    change = row.change + offset
    level = row.level
  }

  /// The most nats of some columns.
  func largest(_ columns: Range<Int>) -> Float {
    var lanes = Lanes()
    var column = columns.lowerBound
    while column + 8 <= columns.upperBound {
      var delta = read(byQuery, column, keys.count)
      if let byKey { delta += read(byKey, column, keys.count) }
      if let byBoth { delta += read(byBoth, column, keys.count) }
      lanes = larger(lanes, read(change, column, keys.count) * ((delta - level[0]) - level[1]))
      column += 8
    }
    return (column..<columns.upperBound).reduce(LinearAlgebra.largest(lanes)) { max($0, nats($1)) }
  }

  /// dp·e of one column, in the engine's own order, so that e = log p′ − log p is the one that made dp.
  func nats(_ column: Int) -> Float {
    var delta = byQuery[column]
    if let byKey { delta += byKey[column] }
    if let byBoth { delta += byBoth[column] }
    return change[column] * ((delta - level[0]) - level[1])
  }
}
