import Results

/// The rows of two runs, matched by layer, head and regions.
struct MatchedRows {
  var old: PooledBlock
  var new: PooledBlock

  /// - Throws: ``ExpectationsError`` where a row of one run is missing in the other.
  static func match(
    _ old: Baseline.Run, _ new: Baseline.Run, _ rows: (Analysis) -> [PooledBlock]
  ) throws(ExpectationsError) -> [MatchedRows] {
    let before = Dictionary(rows(old.analysis).map { (Key($0), $0) }) { first, _ in first }
    let now = Dictionary(rows(new.analysis).map { (Key($0), $0) }) { first, _ in first }
    for (run, missing) in [
      (new, rows(old.analysis).first { now[Key($0)] == nil }),
      (old, rows(new.analysis).first { before[Key($0)] == nil }),
    ] {
      guard let missing else { continue }
      throw .differentSettings(
        old: old.file, new: new.file, difference: "\(run.file) has no row for \(Place(missing))")
    }
    return rows(new.analysis).compactMap { row in before[Key(row)].map { MatchedRows(old: $0, new: row) } }
  }

  private struct Key: Hashable {
    var layer: Int?
    var head: Int?
    var query: String
    var key: String

    init(_ block: PooledBlock) {
      layer = block.layer
      head = block.head
      query = block.query
      key = block.key
    }
  }
}
