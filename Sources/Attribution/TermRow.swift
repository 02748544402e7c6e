import LinearAlgebra

/// The terms of one query with all keys that it sees.
public struct TermRow {
  /// Positions of the keys.
  public var keys: Range<Int>
  /// Those of them that can differ from the base: a tail of `keys`, possibly empty.
  public var changedKeys: Range<Int>
  /// The base pattern, by key.
  public var pattern: UnsafePointer<Float>
  /// KᵀdQ, by key.
  public var byQuery: UnsafePointer<Float>
  /// dKᵀQ, by changed key.
  public var byKey: UnsafePointer<Float>
  /// dKᵀdQ, by changed key.
  public var byBoth: UnsafePointer<Float>

  /// A row of terms.
  public init(
    keys: Range<Int>, changedKeys: Range<Int>, pattern: UnsafePointer<Float>, byQuery: UnsafePointer<Float>,
    byKey: UnsafePointer<Float>, byBoth: UnsafePointer<Float>
  ) {
    self.keys = keys
    self.changedKeys = changedKeys
    self.pattern = pattern
    self.byQuery = byQuery
    self.byKey = byKey
    self.byBoth = byBoth
  }

  /// Σ_j p_ij T_ij, a lane a term.
  var means: SIMD4<Float> {
    let changed = pattern + (changedKeys.lowerBound - keys.lowerBound)
    return SIMD4(
      Float(dot(changed, byKey, changedKeys.count)), Float(dot(pattern, byQuery, keys.count)),
      Float(dot(changed, byBoth, changedKeys.count)), 0)
  }

  /// Adds the pairs with the keys of a run to a block.
  func add(_ run: Range<Int>, means: SIMD4<Float>, to sums: inout BlockSums) {
    let zero = SIMD4<Float>()
    let fixed = run.clamped(to: keys.lowerBound..<changedKeys.lowerBound)
    if !fixed.isEmpty {
      let own = byQuery + (fixed.lowerBound - keys.lowerBound)
      addQueryTerm(own, fixed.count, to: &sums.raw)
      addTerms(nil, own, nil, shift: means, fixed.count, to: &sums.centered)
    }
    let moving = run.clamped(to: changedKeys)
    if !moving.isEmpty {
      let offset = moving.lowerBound - changedKeys.lowerBound
      let own = byQuery + (moving.lowerBound - keys.lowerBound)
      addTerms(byKey + offset, own, byBoth + offset, shift: zero, moving.count, to: &sums.raw)
      addTerms(byKey + offset, own, byBoth + offset, shift: means, moving.count, to: &sums.centered)
    }
  }
}

/// The blocks of one layer, head and prompt.
public struct BlockAccumulator: Sendable {
  /// By query region · regions + key region.
  public private(set) var sums: [BlockSums]
  private let regions: RegionMap

  /// Empty sums over the regions of a prompt.
  public init(regions: RegionMap) {
    self.regions = regions
    sums = Array(repeating: BlockSums(), count: regions.runs.count * regions.runs.count)
  }

  /// Adds the row of the query at a position.
  public mutating func add(_ row: TermRow, query: Int) {
    guard let region = regions.regionOfToken[query] else { return }
    let means = row.means
    for (keyRegion, runs) in regions.runs.enumerated() {
      let block = region * regions.runs.count + keyRegion
      for run in runs where run.overlaps(row.keys) { row.add(run, means: means, to: &sums[block]) }
    }
  }
}
