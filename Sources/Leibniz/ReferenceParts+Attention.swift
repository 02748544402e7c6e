import ReferenceForward
import Results

extension ReferenceParts {
  /// Compares attention mass. What a split adds up to may be little of what moved, so it is judged by that. A query's attention
  /// is 1 in all, of which single precision resolves 1e-7: of what moves less than this floor no relative precision is asked.
  func compare(
    _ rows: [AttentionMass], _ expected: [ReferenceBlockKey: ReferenceMass.Row], _ regions: [String],
    _ ledger: inout DisagreementLedger
  ) {
    for row in rows {
      guard let block = ReferenceBlockKey(row.layer, row.head, row.query, row.key, regions) else { continue }
      let place = "L\(block.layer)H\(block.head) \(row.query)→\(row.key)"
      let other = expected[block]
      ledger.add("mass.queries", Double(row.queries), Double(other?.queries ?? 0), floor: 1, place)
      guard let other else { continue }
      ledger.add("mass.base", row.base, other.base, floor: 1e-3, place)
      ledger.add("mass.adapted", row.adapted, other.adapted, floor: 1e-3, place)
      let floor = DisagreementLedger.smallestPart
      ledger.add("mass.moved", row.moved, other.moved, floor: floor, place)
      ledger.add("mass.byKey", row.byKey, other.byKey, floor: max(other.moved, floor), place)
      ledger.add("mass.byQuery", row.byQuery, other.byQuery, floor: max(other.moved, floor), place)
    }
  }

  /// Compares what heads write.
  func compare(
    _ rows: [ValueChange], _ expected: [ReferenceBlockKey: ReferenceVectorRow], _ regions: [String],
    _ ledger: inout DisagreementLedger
  ) {
    for row in rows {
      guard let block = ReferenceBlockKey(row.layer, row.head, row.query, row.key, regions) else { continue }
      let place = "L\(block.layer)H\(block.head) \(row.query)→\(row.key)"
      let other = expected[block]
      ledger.add("values.queries", Double(row.queries), Double(other?.count ?? 0), floor: 1, place)
      let whole = other?.whole ?? 0
      ledger.add("values.delta", row.delta, other?.delta ?? 0, floor: DisagreementLedger.smallestPart * whole, place)
      for term in ValueTerm.allCases {
        ledger.add("values.\(term.name)", row[term], other?.terms[term.rawValue] ?? (0, 0), of: whole, place)
      }
    }
  }
}

extension ReferenceVectorRow {
  /// The sizes of all terms together.
  var whole: Double { terms.reduce(0) { $0 + $1.rms } }
}

extension ReferenceBlockKey {
  /// Where a row of a single head stands; nil for pooled rows.
  fileprivate init?(_ layer: Int?, _ head: Int?, _ query: String, _ key: String, _ regions: [String]) {
    guard let layer, let head, let query = regions.firstIndex(of: query), let key = regions.firstIndex(of: key) else {
      return nil
    }
    self.init(layer: layer, head: head, query: query, key: key)
  }
}
