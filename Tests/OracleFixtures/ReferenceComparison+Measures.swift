import Results
import StrictJSON

extension ReferenceComparison {
  /// Compares the rows of single heads, or of layers, with those of a reference; none may be missing or too many.
  public mutating func compare<Row: MeasureRow>(_ rows: [Row], with expected: [JSONReader]) throws {
    // The sinks' masses are in a file of their own.
    let hasSinks = expected.contains { $0["key"] == nil }
    let single = rows.filter { row in
      if case .pair(_, nil) = row.place.scope, !hasSinks { return false }
      return !row.place.isPooled
    }
    let name = Row.form.name
    if single.count != expected.count { fail("\(single.count) rows of \(name) where \(expected.count) are expected") }
    let found = Dictionary(single.map { ($0.place, $0) }) { first, _ in first }
    for reader in expected {
      let reference = try Row(reader)
      guard let row = found[reference.place] else {
        fail("\(name) \(reference.place): no such row")
        continue
      }
      if row.count != reference.count {
        fail("\(name) \(row.place): \(row.count) where \(reference.count) are expected")
      }
      let size = row.ownFields.first { $0.path == "delta.rms" }
      if let size, isRounding("\(name) \(row.place)", size.value(reference) ?? 0, found: size.value(row) ?? .nan) {
        continue
      }
      for field in row.ownFields {
        let (value, other) = (field.value(row), field.value(reference))
        if (value == nil) != (other == nil) { fail("\(name) \(row.place): \(field.path)") }
        guard let value, let other else { continue }
        let precision = field.precision(reference)
        check(
          "\(name) \(row.place) \(field.path)", value, other, floor: precision.floor, zero: precision.keepsZero)
      }
    }
  }
}
