import Vocabulary

/// What one task takes through norms and projections: a run of the batch's rows and, one under the other, the delta rows of
/// all runs that can differ there. One product serves them all.
struct RowStack: Sendable {
  /// The delta rows of one run.
  struct Slice: Sendable {
    /// Which of the layer's runs.
    var run: Int
    /// Rows of the run's own matrices.
    var own: Range<Int>
    /// Delta rows of the stack.
    var rows: Range<Int>
  }

  /// Delta rows whose runs have the same adaptation.
  struct Group: Sendable {
    var adaptation: Int
    var rows: Range<Int>
  }

  /// Rows of the batch.
  let baseRows: Range<Int>
  let slices: [Slice]
  let groups: [Group]
  /// Per delta row, its token's row within `baseRows`.
  let baseRow: [Int]
  /// By row of `baseRows`, its delta rows: those from `first[row]` to `first[row + 1]` of `rows`.
  let deltaRowsOfBase: (first: [Int], rows: [Int])
  private let masks: [RowMasks]
  /// Of a gathered stack, by delta row: which of the layer's runs, and the row of the run's own matrices; else nil.
  let gathered: [(run: Int, own: Int)]?

  /// Number of delta rows.
  var deltaRows: Int { baseRow.count }
  /// Number of base and delta rows.
  var total: Int { baseRows.count + deltaRows }

  /// The stack of some of the batch's rows; runs of one adaptation stand next to each other.
  init(_ baseRows: Range<Int>, runs: [RunState]) {
    var slices: [Slice] = []
    var groups: [Group] = []
    var baseRow: [Int] = []
    for (index, run) in runs.enumerated() {
      let own = run.rows.within(baseRows)
      guard !own.isEmpty else { continue }
      let rows = baseRow.count..<baseRow.count + own.count
      baseRow += run.rows.batchRow[own].map { $0 - baseRows.lowerBound }
      slices.append(Slice(run: index, own: own, rows: rows))
      if let last = groups.last, last.adaptation == run.adaptation {
        groups[groups.count - 1].rows = last.rows.lowerBound..<rows.upperBound
      } else {
        groups.append(Group(adaptation: run.adaptation, rows: rows))
      }
    }
    self.baseRows = baseRows
    self.slices = slices
    self.groups = groups
    self.baseRow = baseRow
    masks = slices.map { runs[$0.run].masks }
    gathered = nil
    deltaRowsOfBase = Self.deltaRows(baseRow, of: baseRows.count)
  }

  /// A stack of rows that stand anywhere in the batch, as those that go through one expert. It has no slices.
  /// - Parameters:
  ///   - baseRows: Rows of the batch, rising.
  ///   - deltaRows: By run, rows of its own matrices, rising, whose tokens are all among `baseRows`.
  init(gathering baseRows: ArraySlice<Int>, _ deltaRows: [ArraySlice<Int>], runs: [RunState]) {
    var groups: [Group] = []
    var baseRow: [Int] = []
    var gathered: [(run: Int, own: Int)] = []
    for (index, run) in runs.enumerated() where !deltaRows[index].isEmpty {
      let start = baseRow.count
      var place = baseRows.startIndex
      for own in deltaRows[index] {
        while baseRows[place] < run.rows.batchRow[own] { place += 1 }
        baseRow.append(place - baseRows.startIndex)
        gathered.append((index, own))
      }
      if let last = groups.last, last.adaptation == run.adaptation {
        groups[groups.count - 1].rows = last.rows.lowerBound..<baseRow.count
      } else {
        groups.append(Group(adaptation: run.adaptation, rows: start..<baseRow.count))
      }
    }
    self.baseRows = 0..<baseRows.count
    slices = []
    self.groups = groups
    self.baseRow = baseRow
    masks = runs.map(\.masks)
    self.gathered = gathered
    deltaRowsOfBase = Self.deltaRows(baseRow, of: baseRows.count)
  }

  private static func deltaRows(_ baseRow: [Int], of count: Int) -> (first: [Int], rows: [Int]) {
    var deltas = [[Int]](repeating: [], count: count)
    for (row, base) in baseRow.enumerated() { deltas[base].append(row) }
    return (deltas.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }, deltas.flatMap(\.self))
  }

  /// The mask of a site on some delta rows.
  func mask(_ site: Site?, _ rows: Range<Int>) -> TokenMask {
    var result = TokenMask(lowRank: [], other: [])
    if let gathered {
      let own = masks.map { $0[site] }
      for (run, row) in gathered[rows] {
        result.lowRank.append(own[run].lowRank[row])
        result.other.append(own[run].other[row])
      }
      return result
    }
    for (slice, masks) in zip(slices, masks) {
      let part = slice.rows.clamped(to: rows)
      guard !part.isEmpty else { continue }
      let first = slice.own.lowerBound - slice.rows.lowerBound
      let own = part.lowerBound + first..<part.upperBound + first
      result.lowRank += masks[site].lowRank[own]
      result.other += masks[site].other[own]
    }
    return result
  }

  /// Cuts a batch into stacks of about equal size, large enough that each packs the weights for many rows. It depends on the
  /// batch and the runs alone, so that results do not depend on the threads.
  static func plan(_ batch: Batch, runs: [RunState]) -> [RowStack] {
    var weights = [Int](repeating: 1, count: batch.rows)
    for run in runs {
      for row in run.rows.batchRow { weights[row] += 1 }
    }
    let total = weights.reduce(0, +)
    let count = min(max(4, (total + 767) / 768), max(batch.rows, 1))
    var stacks: [RowStack] = []
    var (start, sum) = (0, 0)
    for (row, weight) in weights.enumerated() {
      sum += weight
      if sum * count >= total * (stacks.count + 1) || row + 1 == batch.rows {
        stacks.append(RowStack(start..<row + 1, runs: runs))
        start = row + 1
      }
    }
    return stacks
  }
}
