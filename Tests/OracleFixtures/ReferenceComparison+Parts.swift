import Results
import StrictJSON

/// Rows of the parts that can be asked for.
extension ReferenceComparison {
  /// Compares the rows of single heads with `expected-sources.json`; none may be missing or too many.
  public mutating func compareSources(_ rows: [TermSources], with expected: [JSONReader]) throws {
    let single = rows.filter { $0.head != nil }
    if single.count != expected.count { fail("\(single.count) rows of sources where \(expected.count) are expected") }
    let found = Dictionary(single.map { ($0.place, $0) }) { first, _ in first }
    for reference in expected {
      let place = Place(
        layer: try reference.integer("layer"), head: try reference.integer("head"),
        query: try reference.string("query"), key: try reference.string("key"))
      let name = "L\(place.layer)H\(place.head) \(place.query)→\(place.key)"
      guard let row = found[place] else {
        fail("\(name): no such row of sources")
        continue
      }
      if row.pairs != (try reference.integer("pairs")) { fail("\(name): \(row.pairs) pairs in sources") }
      for (term, shares) in [("dKtQ", row.dKtQ), ("KtdQ", row.KtdQ)] {
        let parts = try reference.object("terms").object(term)
        if (try parts.optionalObject("norm") == nil) != (shares.norm == nil) { fail("\(name) \(term): norm") }
        for (source, size) in shares.byName {
          try check("\(name) \(term) \(source)", size, parts.object(source))
        }
      }
    }
  }

  /// Compares the rows with `expected-products.json`; none may be missing or too many.
  public mutating func compareProducts(_ rows: [ProductChange], with expected: [JSONReader]) throws {
    if rows.count != expected.count { fail("\(rows.count) rows of products where \(expected.count) are expected") }
    for reference in expected {
      let (layer, site) = (try reference.integer("layer"), try reference.string("site"))
      let region = try reference.string("region")
      let name = "L\(layer) \(site) \(region)"
      guard let row = rows.first(where: { $0.layer == layer && $0.site.rawValue == site && $0.region == region }) else {
        fail("\(name): no such row of products")
        continue
      }
      if row.tokens != (try reference.integer("tokens")) { fail("\(name): \(row.tokens) tokens") }
      check("\(name) delta", row.delta, try reference.object("delta").number("rms"), floor: 0)
      for (part, size) in zip(row.site.partNames, row.parts) {
        try check("\(name) \(part)", size, reference.object("terms").object(part))
      }
    }
  }

  private mutating func check(_ name: String, _ found: PartSize, _ expected: JSONReader) throws {
    check("\(name) rms", found.rms, try expected.number("rms"), floor: 0)
    check("\(name) share", found.share, try expected.number("share"), floor: 1)
  }
}

extension TermSources {
  /// Where it stands; −1 where layers or heads are pooled.
  fileprivate var place: ReferenceComparison.Place {
    ReferenceComparison.Place(layer: layer ?? -1, head: head ?? -1, query: query, key: key)
  }
}
