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
  /// - Parameter change: How the pattern changes, by key.
  public mutating func add(_ row: TermRow, change: UnsafePointer<Float>, query: Int) {
    guard let region = regions.regionOfToken[query] else { return }
    let centring = row.centring
    for (keyRegion, runs) in regions.runs.enumerated() {
      let block = region * regions.runs.count + keyRegion
      for run in runs where run.overlaps(row.keys) {
        for keys in [
          run.clamped(to: row.keys.lowerBound..<row.changedKeys.lowerBound), run.clamped(to: row.changedKeys),
        ]
        where !keys.isEmpty {
          add(CenteredRun(row, keys, centring), row, change, query, to: &blocks[block])
        }
      }
    }
  }

  /// Only where the largest |centred ΔS| of some keys reaches the threshold are they looked at one by one.
  private func add(
    _ run: CenteredRun, _ row: TermRow, _ change: UnsafePointer<Float>, _ query: Int, to strongest: inout StrongestPairs
  ) {
    forRuns(run.keys.count) { columns in
      guard run.largest(columns) >= strongest.threshold else { return }
      for column in columns {
        let (raw, centered) = run.terms(column)
        guard abs(centered[.delta]) >= strongest.threshold else { continue }
        let key = run.keys.lowerBound + column
        let place = key - row.keys.lowerBound
        strongest.insert(
          ScoredPair(
            prompt: prompt, head: head, query: query, key: key, raw: raw, centered: centered,
            pattern: SIMD2(row.pattern[place], change[place])))
      }
    }
  }
}

/// The terms of one query with a run of keys that either all can differ or all cannot.
private struct CenteredRun {
  let keys: Range<Int>
  private let byKey: UnsafePointer<Float>?
  private let byQuery: UnsafePointer<Float>
  private let byBoth: UnsafePointer<Float>?
  private let centring: Centring

  init(_ row: TermRow, _ keys: Range<Int>, _ centring: Centring) {
    let canChange = keys.lowerBound >= row.changedKeys.lowerBound
    let offset = keys.lowerBound - row.changedKeys.lowerBound
    self.keys = keys
    self.centring = centring
    byKey = canChange ? row.byKey + offset : nil
    byQuery = row.byQuery + (keys.lowerBound - row.keys.lowerBound)
    byBoth = canChange ? row.byBoth + offset : nil
  }

  /// The largest |centred ΔS| of some columns.
  func largest(_ columns: Range<Int>) -> Float {
    let (origin, mean) = (centring.origin, centring.mean)
    var top: Float = 0
    var lanes = Lanes()
    var column = columns.lowerBound
    while column + 8 <= columns.upperBound {
      let x = (byKey.map { read($0, column, keys.count) } ?? Lanes()) - origin[.term(.dKtQ)] - mean[.term(.dKtQ)]
      let y = read(byQuery, column, keys.count) - origin[.term(.KtdQ)] - mean[.term(.KtdQ)]
      let z = (byBoth.map { read($0, column, keys.count) } ?? Lanes()) - origin[.term(.dKtdQ)] - mean[.term(.dKtdQ)]
      lanes = larger(lanes, magnitude(x + y + z))
      column += 8
    }
    for rest in column..<columns.upperBound { top = max(top, abs(terms(rest).centered[.delta])) }
    return max(top, LinearAlgebra.largest(lanes))
  }

  /// The terms and their sum of one column, summed in the same order.
  func terms(_ column: Int) -> (raw: SIMD4<Float>, centered: SIMD4<Float>) {
    let raw = SIMD4(byKey?[column] ?? 0, byQuery[column], byBoth?[column] ?? 0, 0)
    return (summed(raw), summed(raw - centring.origin - centring.mean))
  }

  private func summed(_ terms: SIMD4<Float>) -> SIMD4<Float> {
    SIMD4(terms[0], terms[1], terms[2], terms[0] + terms[1] + terms[2])
  }
}
