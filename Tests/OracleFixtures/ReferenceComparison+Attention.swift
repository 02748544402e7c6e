import Results
import StrictJSON

extension ReferenceComparison {
  /// Compares attention mass by layer and head; no row may be missing or too many.
  ///
  /// The split is what is left of weights that move either way, down to nothing where every key is in the region, so that
  /// rounding is a part of what moved.
  public mutating func compareMass(_ mass: [AttentionMass], with expected: JSONReader) throws {
    let rows = mass.filter { $0.layer != nil && $0.head != nil }
    try compareRows("mass", rows.map { ($0.place, $0) }, with: expected) { comparison, name, row, reference in
      let queries = try reference.integer("queries")
      if row.queries != queries { comparison.fail("\(name): \(row.queries) queries where \(queries) are expected") }
      let moved = try reference.number("moved")
      comparison.check("\(name) base", row.base, try reference.number("base"), floor: 1e-3)
      comparison.check("\(name) adapted", row.adapted, try reference.number("adapted"), floor: 1e-3)
      comparison.check("\(name) moved", row.moved, moved, floor: 0)
      comparison.check("\(name) byKey", row.byKey, try reference.number("byKey"), floor: moved, zero: moved == 0)
      comparison.check("\(name) byQuery", row.byQuery, try reference.number("byQuery"), floor: moved, zero: moved == 0)
    }
  }

  /// Compares what heads write by layer and head; no row may be missing or too many.
  public mutating func compareValues(_ values: [ValueChange], with expected: JSONReader) throws {
    let rows = values.filter { $0.layer != nil && $0.head != nil }
    try compareRows("values", rows.map { ($0.place, $0) }, with: expected) { comparison, name, row, reference in
      let queries = try reference.integer("queries")
      if row.queries != queries { comparison.fail("\(name): \(row.queries) queries where \(queries) are expected") }
      comparison.check("\(name) delta", row.delta, try reference.object("delta").number("rms"), floor: 0)
      for term in ValueTerm.allCases {
        let part = try reference.object("terms").object(term.name)
        comparison.check("\(name) \(term.name) rms", row[term].rms, try part.number("rms"), floor: 0)
        comparison.check("\(name) \(term.name) share", row[term].share, try part.number("share"), floor: 1)
      }
    }
  }

  private mutating func compareRows<Row>(
    _ part: String, _ rows: [(place: Place, row: Row)], with expected: JSONReader,
    _ compare: (inout ReferenceComparison, String, Row, JSONReader) throws -> Void
  ) throws {
    let references = try expected.objects(part)
    if references.count != rows.count {
      fail("\(rows.count) rows of \(part) where \(references.count) are expected")
    }
    let found = Dictionary(rows.map { ($0.place, $0.row) }) { first, _ in first }
    for reference in references {
      let place = Place(
        layer: try reference.integer("layer"), head: try reference.integer("head"),
        query: try reference.string("query"), key: try reference.string("key"))
      let name = "\(part) L\(place.layer)H\(place.head) \(place.query)→\(place.key)"
      guard let row = found[place] else {
        fail("\(name): no such row")
        continue
      }
      try compare(&self, name, row, reference)
    }
  }
}

extension AttentionMass {
  fileprivate var place: ReferenceComparison.Place {
    ReferenceComparison.Place(layer: layer ?? -1, head: head ?? -1, query: query, key: key)
  }
}

extension ValueChange {
  fileprivate var place: ReferenceComparison.Place {
    ReferenceComparison.Place(layer: layer ?? -1, head: head ?? -1, query: query, key: key)
  }
}
