import Results

/// The rows of two runs, matched by layer, head and regions.
struct MatchedRows<Row> {
  var old: Row
  var new: Row
  var place: Place

  /// - Throws: ``ExpectationsError`` where a row of one run is missing in the other.
  static func match(
    _ old: Baseline.Run, _ new: Baseline.Run, _ place: (Row) -> Place, _ rows: (Analysis) -> [Row]
  ) throws(ExpectationsError) -> [MatchedRows] {
    let before = Dictionary(rows(old.analysis).map { (place($0), $0) }) { first, _ in first }
    let now = Dictionary(rows(new.analysis).map { (place($0), $0) }) { first, _ in first }
    for (run, missing) in [
      (new, rows(old.analysis).first { now[place($0)] == nil }),
      (old, rows(new.analysis).first { before[place($0)] == nil }),
    ] {
      guard let missing else { continue }
      throw .differentSettings(
        old: old.file, new: new.file, difference: "\(run.file) has no row for \(place(missing))")
    }
    return rows(new.analysis).compactMap { row in
      before[place(row)].map { MatchedRows(old: $0, new: row, place: place(row)) }
    }
  }
}
