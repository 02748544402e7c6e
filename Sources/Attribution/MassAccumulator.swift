import Foundation

/// The attention mass of the blocks of one layer, head and prompt.
public struct MassAccumulator: Sendable {
  /// By query region · regions + key region.
  public private(set) var sums: [MassSums]
  private let regions: RegionMap
  /// All positions as runs of one region; tokens in none count as a region behind the last.
  private let runs: [RegionMap.Run]
  /// Sums of one row by region.
  private var row: [RowSums]

  private struct RowSums {
    var mass = 0.0
    var change = 0.0
    var moved = 0.0
    /// Under dKᵀQ alone and under KᵀdQ alone.
    var alone = SIMD2<Double>()
  }

  /// Empty sums over the regions of a prompt.
  public init(regions: RegionMap) {
    let count = regions.runs.count
    self.regions = regions
    sums = Array(repeating: MassSums(), count: count * count)
    row = Array(repeating: RowSums(), count: count + 1)
    runs = regions.consecutiveRuns
  }

  /// Adds the base's masses of a query, which counts whether it can change or not.
  public mutating func addBase(_ pattern: UnsafePointer<Float>, keys: Range<Int>, query: Int) {
    guard let region = regions.regionOfToken[query] else { return }
    clearRow()
    for run in runs where run.positions.overlaps(keys) {
      let seen = run.positions.clamped(to: keys)
      row[run.region].mass += mass(pattern + (seen.lowerBound - keys.lowerBound), seen.count)
    }
    let whole = row.reduce(0) { $0 + $1.mass }
    for key in regions.runs.indices { sums[region * regions.runs.count + key].base += row[key].mass / whole }
  }

  /// Adds what changes for a query.
  /// - Parameter scores: The base's scores as they enter the softmax, by key; asked for where a term is huge.
  public mutating func addChange(_ row: MassRow, query: Int, scores: (_ key: Int) -> Double) {
    // One key has all of the attention, whatever its score.
    guard let region = regions.regionOfToken[query], row.keys.count > 1 else { return }
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
    // Where one of the two operands cannot change, the other's term is all of the change.
    if byKey.isZero && row.changedKeys.isEmpty {
      for index in self.row.indices { self.row[index].alone[1] = self.row[index].change }
    } else if byQuery.isZero {
      for index in self.row.indices { self.row[index].alone[0] = self.row[index].change }
    } else {
      add(byKey, 0, row, whole.mass, scores)
      add(byQuery, 1, row, whole.mass, scores)
    }
    for key in regions.runs.indices {
      let block = region * regions.runs.count + key
      sums[block].change += self.row[key].change
      sums[block].moved += self.row[key].moved / 2
      sums[block].byKeyAlone += self.row[key].alone[0]
      sums[block].byQueryAlone += self.row[key].alone[1]
    }
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
    let base = row.keys.map(scores)
    let changed = zip(row.keys, base).map { $1 + term.value($0) }
    for (values, sign) in [(changed, 1.0), (base, -1.0)] {
      let top = values.max() ?? 0
      let powers = values.map { exp($0 - top) }
      let sum = powers.reduce(0, +)
      for run in runs where run.positions.overlaps(row.keys) {
        for key in run.positions.clamped(to: row.keys) {
          self.row[run.region].alone[lane] += sign * powers[key - row.keys.lowerBound] / sum
        }
      }
    }
  }
}
