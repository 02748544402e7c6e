import LinearAlgebra
import Vocabulary

/// For which rows of a batch a change run has deltas of its own: of each prompt, those from some token on. A masked prefix,
/// or what a fork shares with its origin, costs nothing.
struct ChangeRows: Sendable {
  /// By span, the position of the first token with a row.
  let first: [Int]
  /// By span, its rows.
  let spans: [Range<Int>]
  /// Per row, the row of the batch; rising.
  let batchRow: [Int]

  var count: Int { batchRow.count }

  /// Rows from the first token of each span on.
  init(_ batch: Batch, first: [Int]) {
    var spans: [Range<Int>] = []
    var batchRow: [Int] = []
    for (span, first) in zip(batch.spans, first) {
      let start = batchRow.count
      batchRow += span.rows.lowerBound + first..<span.rows.upperBound
      spans.append(start..<batchRow.count)
    }
    self.first = first
    self.spans = spans
    self.batchRow = batchRow
  }

  /// Copies what an origin holds of the rows that a fork has.
  func take(_ pairs: [(source: Matrix, target: Matrix)], from origin: ChangeRows) {
    for span in spans.indices {
      let start = origin.spans[span].lowerBound + first[span] - origin.first[span]
      for (source, target) in pairs {
        source.view.rows(start..<start + spans[span].count).copy(into: target.view.rows(spans[span]))
      }
    }
  }

  /// The rows of a run of the batch's rows.
  func within(_ rows: Range<Int>) -> Range<Int> { place(of: rows.lowerBound)..<place(of: rows.upperBound) }

  /// How many rows stand before a row of the batch.
  private func place(of row: Int) -> Int {
    var (low, high) = (0, batchRow.count)
    while low < high {
      let middle = (low + high) / 2
      if batchRow[middle] < row { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// The mask's weights on the rows of a change run.
struct RowMasks: Sendable {
  private let general: TokenMask
  private let sites: [Site: TokenMask]

  init(_ rows: ChangeRows, _ batch: Batch, masks: [ChangeMask]) {
    func gather(_ mask: (ChangeMask) -> TokenMask) -> TokenMask {
      var result = TokenMask(lowRank: [], other: [])
      for (span, first) in zip(batch.spans, rows.first) {
        let own = mask(masks[span.prompt])
        result.lowRank += own.lowRank[first...]
        result.other += own.other[first...]
      }
      return result
    }
    general = gather(\.general)
    let named = Set(batch.spans.flatMap { masks[$0.prompt].sites.keys })
    sites = Dictionary(uniqueKeysWithValues: named.map { site in (site, gather { $0[site] }) })
  }

  subscript(site: Site?) -> TokenMask { site.flatMap(sites.mask) ?? general }
}
