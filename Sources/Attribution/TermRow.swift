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
  /// The part of its attention that a sink takes in the base, where every term is 0.
  public var sink: Float

  /// A row of terms.
  public init(
    keys: Range<Int>, changedKeys: Range<Int>, pattern: UnsafePointer<Float>, byQuery: UnsafePointer<Float>,
    byKey: UnsafePointer<Float>, byBoth: UnsafePointer<Float>, sink: Float = 0
  ) {
    self.keys = keys
    self.changedKeys = changedKeys
    self.pattern = pattern
    self.byQuery = byQuery
    self.byKey = byKey
    self.byBoth = byBoth
    self.sink = sink
  }

  /// The terms of the key with the most attention, a lane a term; 0 where a sink has it.
  var origin: SIMD4<Float> {
    let fixed = changedKeys.lowerBound - keys.lowerBound
    let top = indexOfLargest(pattern, nil, keys.count)
    guard sink <= pattern[top] else { return SIMD4() }
    let canChange = top >= fixed
    return SIMD4(canChange ? byKey[top - fixed] : 0, byQuery[top], canChange ? byBoth[top - fixed] : 0, 0)
  }

  /// How its terms are centred.
  var centring: Centring {
    let (origin, fixed) = (origin, changedKeys.lowerBound - keys.lowerBound)
    // Keys that cannot differ have neither dKᵀQ nor dKᵀdQ, and so lie −origin away.
    let rest = origin[0] == 0 && origin[2] == 0 ? 0 : patternSum(pattern, fixed)
    let byQueryAlone = weightedSum(pattern, byQuery, less: origin[1], fixed)
    let changed = weightedSums(pattern + fixed, byKey, byQuery + fixed, byBoth, less: origin, changedKeys.count)
    let mean = changed + SIMD4(-rest * Double(origin[0]), byQueryAlone, -rest * Double(origin[2]), 0)
    var centring = Centring(origin: origin, mean: SIMD4<Float>(mean))
    // So does a sink.
    if sink != 0 { centring.mean -= sink * origin }
    return centring
  }

  /// Adds the pairs with the keys of a run to a block.
  func add(_ run: Range<Int>, _ centring: Centring, to sums: inout BlockSums) {
    let fixed = run.clamped(to: keys.lowerBound..<changedKeys.lowerBound)
    if !fixed.isEmpty {
      let own = byQuery + (fixed.lowerBound - keys.lowerBound)
      addQueryTerm(own, fixed.count, to: &sums.raw)
      addTerms(nil, own, nil, centring, fixed.count, to: &sums.centered)
    }
    let moving = run.clamped(to: changedKeys)
    if !moving.isEmpty {
      let offset = moving.lowerBound - changedKeys.lowerBound
      let own = byQuery + (moving.lowerBound - keys.lowerBound)
      addTerms(byKey + offset, own, byBoth + offset, moving.count, to: &sums.raw)
      addTerms(byKey + offset, own, byBoth + offset, centring, moving.count, to: &sums.centered)
    }
  }
}

/// What centring takes off the terms of a row, T − Σ_j p_j T_j, a lane a term. It is taken off in two steps: first the term of the key
/// with the most attention, then the mean of what is left. Where that key has nearly all of it the mean is nearly its term, and one
/// step would leave their rounding.
struct Centring {
  /// The terms of the key with the most attention.
  var origin: SIMD4<Float>
  /// Σ_j p_j (T_j − origin).
  var mean: SIMD4<Float>
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
    let centring = row.centring
    for (keyRegion, runs) in regions.runs.enumerated() {
      let block = region * regions.runs.count + keyRegion
      for run in runs where run.overlaps(row.keys) { row.add(run, centring, to: &sums[block]) }
    }
  }
}
