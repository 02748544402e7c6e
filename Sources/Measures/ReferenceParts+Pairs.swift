import ReferenceForward
import Results

extension ReferencePairs {
  /// Nothing yet, to be found out where an analysis has pairs.
  init(_ rows: [TokenPairs], at weight: Double) {
    self.init(Set(rows.flatMap { row in row.strongest.map { Place($0, layer: row.layer) } }), at: weight)
  }
}

extension ReferencePairs.Place {
  fileprivate init(_ pair: TokenPair, layer: Int) {
    self.init(prompt: pair.prompt, layer: layer, head: pair.head, query: pair.queryPosition)
  }
}

extension ReferenceParts {
  /// Compares pairs of tokens. A term or a sum that is small beside others of its pair is judged by them.
  func compare(_ rows: [TokenPairs], _ expected: ReferencePairs, _ ledger: inout DisagreementLedger) {
    for row in rows where row.head != nil {
      for pair in row.strongest {
        let place = "L\(row.layer)H\(pair.head) prompt \(pair.prompt) at \(pair.queryPosition) and \(pair.keyPosition)"
        guard let other = expected.rows[.init(pair, layer: row.layer)]?[pair.keyPosition] else {
          ledger.add("pairs.delta", pair.raw.delta, 0, floor: 0, place)
          continue
        }
        let sizes = (0..<3).flatMap { [abs(other.raw[$0]), abs(other.centered[$0])] }
        let floor = sizes.max() ?? 0
        for (prefix, change, terms) in [("", pair.raw, other.raw), ("centered.", pair.centered, other.centered)] {
          ledger.add("pairs.\(prefix)delta", change.delta, terms.sum(), floor: floor, place)
          for term in Term.allCases {
            ledger.add("pairs.\(prefix)\(term.name)", change[term], terms[term.rawValue], floor: floor, place)
          }
        }
        ledger.add("pairs.base", pair.base, other.base, floor: 1e-3, place)
        ledger.add("pairs.adapted", pair.adapted, other.adapted, floor: 1e-3, place)
        // A logarithm is as fine as the terms that make it.
        ledger.add("pairs.nats", pair.nats, other.nats, floor: abs(other.adapted - other.base) * floor, place)
      }
    }
  }
}
