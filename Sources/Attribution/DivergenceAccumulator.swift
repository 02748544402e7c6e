import LinearAlgebra
import Results

/// The pattern of one query with all keys that it sees, and the terms that change it as they enter the softmax.
public struct DivergenceRow {
  /// The terms, with the base's pattern.
  public var terms: TermRow
  /// How the pattern changes, by key.
  public var change: UnsafePointer<Float>
  /// What to take off ΔS, one after the other, to have log p′ − log p.
  public var level: SIMD2<Float>
  /// A sink, where there is one.
  public var sink: RowSink?

  /// A row.
  public init(terms: TermRow, change: UnsafePointer<Float>, level: SIMD2<Float>, sink: RowSink? = nil) {
    self.terms = terms
    self.change = change
    self.level = level
    self.sink = sink
  }
}

/// The attention divergence of the blocks of one layer, head and prompt.
///
/// For a row J = KL(p‖p′) + KL(p′‖p) = Σ_j dp_j·ΔS_j. With p̄ = p + λ·dp, λ = KL(p‖p′)/J, and T̄ = Σ_j p̄_j T_j, a term adds
/// Σ_{j∈b} dp_j·(T_j − T̄) to a block: the terms sum to Σ_{j∈b} dp_j·(log p′_j − log p_j), which is not negative. A sink is one more key, where
/// every term is 0; the change of its own logit is a term that is 0 at all others.
public struct DivergenceAccumulator: Sendable {
  /// By query region · regions + key region; with sinks by query region · (regions + 1) + key region, sinks last.
  public var sums: [AttentionNats]
  private let regions: RegionMap
  /// Regions of keys, and sinks behind them.
  public let columns: Int
  /// All positions as runs of one region; tokens in none count as a region behind the last.
  private let runs: [RegionMap.Run]
  /// Of the row in hand, by region, then of tokens in none, then of a sink.
  private var row: [DivergenceRun]

  /// Empty sums over the regions of a prompt.
  /// - Parameter hasSinks: Whether attention sinks have sums too.
  public init(regions: RegionMap, hasSinks: Bool = false) {
    let count = regions.runs.count
    self.regions = regions
    columns = count + (hasSinks ? 1 : 0)
    sums = Array(repeating: AttentionNats(), count: count * columns)
    runs = regions.consecutiveRuns
    row = Array(repeating: DivergenceRun(), count: count + 2)
  }

  /// Σ dp over the keys of a region in the row that was added last; tokens in no region are behind the last, behind them a sink.
  public func gained(_ region: Int) -> Double { row[region].gained }

  /// Adds the row of a query in a region.
  /// - Returns: λ, ½ where nothing changes.
  public mutating func add(_ new: DivergenceRow, query: Int) -> Double {
    for index in row.indices { row[index] = DivergenceRun() }
    let terms = new.terms
    // One key has all of the attention, whatever its score.
    guard let region = regions.regionOfToken[query], terms.keys.count > 1 || new.sink != nil else { return 0.5 }
    // Where one key has nearly all of the attention, T̄ is nearly its term: counted from there nothing cancels.
    let origin = terms.origin
    var whole = DivergenceRun()
    for run in runs where run.positions.overlaps(terms.keys) {
      let own = sum(new, run.positions, origin)
      row[run.region] += own
      whole += own
    }
    if let sink = new.sink {
      let own = DivergenceRun(sink, origin: origin, level: new.level)
      row[row.count - 1] = own
      whole += own
    }
    let (divergence, forward) = (whole.change[.delta], whole.pattern[.delta])
    let weight = divergence > 0 ? min(max(forward / divergence, 0), 1) : 0.5
    var mean = whole.pattern + weight * whole.change
    mean[.delta] = 0
    for key in regions.runs.indices {
      sums[region * columns + key].terms += row[key].change - mean * row[key].gained
    }
    if let sink = new.sink { add(sink, region, weight, mean) }
    return weight
  }

  /// Adds a sink's own block, and what the change of its logit does in all of them.
  private mutating func add(_ sink: RowSink, _ region: Int, _ weight: Double, _ mean: SIMD4<Double>) {
    let (block, own) = (region * columns, row[row.count - 1])
    sums[block + regions.runs.count].terms += own.change - mean * own.gained
    guard sink.logitChange != 0 else { return }
    let change = Double(sink.logitChange)
    let mixed = (Double(sink.pattern) + weight * Double(sink.change)) * change
    for key in regions.runs.indices { sums[block + key].sink -= row[key].gained * mixed }
    sums[block + regions.runs.count].sink += own.gained * (change - mixed)
    for key in 0..<columns { sums[block + key].trainedSinks += 1 }
  }

  /// The sums over the keys of a run.
  private func sum(_ row: DivergenceRow, _ run: Range<Int>, _ origin: SIMD4<Float>) -> DivergenceRun {
    let terms = row.terms
    var sums = DivergenceRun()
    for (own, canChange) in [
      (run.clamped(to: terms.keys.lowerBound..<terms.changedKeys.lowerBound), false),
      (run.clamped(to: terms.changedKeys), true),
    ] where !own.isEmpty {
      let (offset, changed) = (own.lowerBound - terms.keys.lowerBound, own.lowerBound - terms.changedKeys.lowerBound)
      sums += divergenceRun(
        canChange ? terms.byKey + changed : nil, terms.byQuery + offset, canChange ? terms.byBoth + changed : nil,
        pattern: terms.pattern + offset, change: row.change + offset, origin: origin, level: row.level, own.count)
    }
    return sums
  }
}
