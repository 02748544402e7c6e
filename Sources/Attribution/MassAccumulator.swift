import Foundation

/// The attention mass of the blocks of one layer, head and prompt.
public struct MassAccumulator: Sendable {
  /// By query region · regions + key region; with sinks by query region · (regions + 1) + key region, sinks last.
  public private(set) var sums: [MassSums]
  private let regions: RegionMap
  /// Regions of keys, and sinks behind them.
  private let columns: Int
  /// All positions as runs of one region; tokens in none count as a region behind the last.
  private let runs: [RegionMap.Run]
  /// Sums of one row by region, then of tokens in none, then of a sink.
  private var row: [RowSums]

  private struct RowSums {
    var mass = 0.0
    var change = 0.0
    var moved = 0.0
    var bySink = 0.0
    /// Under dKᵀQ alone and under KᵀdQ alone.
    var alone = SIMD2<Double>()
  }

  /// Empty sums over the regions of a prompt.
  /// - Parameter hasSinks: Whether attention sinks have sums too.
  public init(regions: RegionMap, hasSinks: Bool = false) {
    let count = regions.runs.count
    self.regions = regions
    columns = count + (hasSinks ? 1 : 0)
    sums = Array(repeating: MassSums(), count: count * columns)
    row = Array(repeating: RowSums(), count: count + 2)
    runs = regions.consecutiveRuns
  }

  /// By query region · regions + key region, the attention that moved; sinks left out.
  public var moved: [Double] {
    regions.runs.indices.flatMap { query in regions.runs.indices.map { sums[query * columns + $0].moved } }
  }

  /// The place of a sink in a row.
  private var sinkPlace: Int { row.count - 1 }

  /// The place in a row of a column of a block.
  private func place(_ column: Int) -> Int { column < regions.runs.count ? column : sinkPlace }

  /// Adds the base's masses of a query, which counts whether it can change or not.
  /// - Parameter sink: The part that a sink takes.
  public mutating func addBase(_ pattern: UnsafePointer<Float>, sink: Float? = nil, keys: Range<Int>, query: Int) {
    guard let region = regions.regionOfToken[query] else { return }
    clearRow()
    for run in runs where run.positions.overlaps(keys) {
      let seen = run.positions.clamped(to: keys)
      row[run.region].mass += mass(pattern + (seen.lowerBound - keys.lowerBound), seen.count)
    }
    row[sinkPlace].mass = Double(sink ?? 0)
    let whole = row.reduce(0) { $0 + $1.mass }
    for column in 0..<columns { sums[region * columns + column].base += row[place(column)].mass / whole }
  }

  /// Adds what changes for a query.
  /// - Parameter scores: The base's scores as they enter the softmax, by key; asked for where a term is huge.
  public mutating func addChange(_ row: MassRow, query: Int, scores: (_ key: Int) -> Double) {
    // One key has all of the attention, whatever its score.
    guard let region = regions.regionOfToken[query], row.keys.count > 1 || row.sink != nil else { return }
    let (byKey, byQuery) = (RowTerm(row.byKey, row.changedKeys, row), RowTerm(row.byQuery, row.keys, row))
    clearRow()
    for run in runs where run.positions.overlaps(row.keys) {
      let seen = run.positions.clamped(to: row.keys)
      let offset = seen.lowerBound - row.keys.lowerBound
      let sums = patternSums(row.pattern + offset, row.change + offset, seen.count)
      self.row[run.region].mass += sums.mass
      self.row[run.region].change += sums.change
      self.row[run.region].moved += sums.moved
    }
    if let sink = row.sink {
      self.row[sinkPlace].mass = Double(sink.pattern)
      self.row[sinkPlace].change = Double(sink.change)
      self.row[sinkPlace].moved = Double(abs(sink.change))
    }
    var whole = RowSums()
    for sums in self.row {
      whole.mass += sums.mass
      whole.change += sums.change
    }
    // The changes of a row sum to zero but for rounding, which is taken off in proportion.
    for index in self.row.indices {
      let share = (self.row[index].mass + self.row[index].change) / (whole.mass + whole.change)
      self.row[index].change -= whole.change * share
    }
    let isTrained = row.sink.map { $0.logitChange != 0 } ?? false
    if let sink = row.sink, isTrained { splitOff(sink, isAll: byKey.isZero && byQuery.isZero) }
    // Where one of the two operands cannot change, the other's term is all of the change, but for a sink's.
    if byKey.isZero && row.changedKeys.isEmpty {
      for index in self.row.indices { self.row[index].alone[1] = self.row[index].change - self.row[index].bySink }
    } else if byQuery.isZero {
      for index in self.row.indices { self.row[index].alone[0] = self.row[index].change - self.row[index].bySink }
    } else {
      add(byKey, 0, row, whole.mass, scores)
      add(byQuery, 1, row, whole.mass, scores)
    }
    for column in 0..<columns {
      let (block, own) = (region * columns + column, self.row[place(column)])
      sums[block].change += own.change
      sums[block].moved += own.moved / 2
      sums[block].byKeyAlone += own.alone[0]
      sums[block].byQueryAlone += own.alone[1]
      sums[block].bySink += own.bySink
      sums[block].trainedSinks += isTrained ? 1 : 0
    }
  }

  /// What a sink's changed logit does once all terms are there. With p′ its part, d the change and x = p′·expm1(−d), the mass of b under
  /// the base's logit is m′_b/(1 + x), so that m′_b·x/(1 + x) is the sink's doing; its own part loses what the others win.
  /// - Parameter isAll: Whether nothing else changes.
  private mutating func splitOff(_ sink: RowSink, isAll: Bool) {
    let taken = row[sinkPlace].mass + row[sinkPlace].change
    let x = taken > 0 ? taken * expm1(-Double(sink.logitChange)) : 0
    let part = x.isFinite ? x / (1 + x) : 1
    var others = 0.0
    for index in row.indices where index != sinkPlace {
      let mass = row[index].mass + row[index].change
      others += mass
      row[index].bySink = isAll ? row[index].change : mass * part
    }
    row[sinkPlace].bySink = isAll ? row[sinkPlace].change : -others * part
  }

  private mutating func clearRow() { for index in row.indices { row[index] = RowSums() } }

  /// What one term alone does to the masses of the row.
  private mutating func add(
    _ term: RowTerm, _ lane: Int, _ row: MassRow, _ whole: Double,
    _ scores: (_ key: Int) -> Double
  ) {
    guard !term.isZero else { return }
    guard !term.isSteep else { return addSteep(term, lane, row, scores) }
    for run in runs where run.positions.overlaps(row.keys) {
      self.row[run.region].alone[lane] += term.gain(run.positions.clamped(to: row.keys), row)
    }
    if let sink = row.sink { self.row[sinkPlace].alone[lane] = term.gain(sink) }
    let gained = self.row.reduce(0) { $0 + $1.alone[lane] }
    for index in self.row.indices {
      let own = self.row[index].alone[lane] - gained * (self.row[index].mass / whole)
      self.row[index].alone[lane] = own / (whole + gained)
    }
  }

  /// The same from scores in double: two plain softmaxes.
  private mutating func addSteep(
    _ term: RowTerm, _ lane: Int, _ row: MassRow, _ scores: (_ key: Int) -> Double
  ) {
    let sink = row.sink.map { [Double($0.logit)] } ?? []
    let own = row.keys.map(scores)
    let (base, changed) = (own + sink, zip(row.keys, own).map { $1 + term.value($0) } + sink)
    for (values, sign) in [(changed, 1.0), (base, -1.0)] {
      let top = values.max() ?? 0
      let powers = values.map { exp($0 - top) }
      let sum = powers.reduce(0, +)
      for run in runs where run.positions.overlaps(row.keys) {
        for key in run.positions.clamped(to: row.keys) {
          self.row[run.region].alone[lane] += sign * powers[key - row.keys.lowerBound] / sum
        }
      }
      if let power = powers.last, !sink.isEmpty { self.row[sinkPlace].alone[lane] += sign * power / sum }
    }
  }
}
