import StrictJSON

/// Numbers in nats, which have signs and can cancel.
extension ReferenceComparison {
  /// Compares a row with the reference's of every place, none of which may be missing or too many: each number is held to the
  /// largest of its row, or a hundredth of its head's largest. A row in which nothing changes is exactly zero.
  /// - Parameters:
  ///   - part: What is compared, for messages.
  ///   - found: By place, the number of queries and the nats by name.
  ///   - names: The nats that a row of the reference has, by name.
  public mutating func compareNats(
    _ part: String, _ found: [Place: (queries: Int, nats: [String: Double])], with expected: [JSONReader],
    names: (JSONReader) throws -> [String: Double]
  ) throws {
    if found.count != expected.count { fail("\(found.count) rows of \(part) where \(expected.count) are expected") }
    let rows = try expected.map { reference in
      let place = Place(
        layer: try reference.integer("layer"), head: try reference.integer("head"),
        query: try reference.string("query"),
        key: try reference.optionalString("key"))
      return (place, try reference.integer("queries"), try names(reference))
    }
    var heads: [[Int]: Double] = [:]
    for (place, _, nats) in rows {
      heads[[place.layer, place.head]] = max(heads[[place.layer, place.head]] ?? 0, largest(nats))
    }
    for (place, queries, nats) in rows {
      let name = "\(part) L\(place.layer)H\(place.head) \(place.query)→\(place.key ?? "sink")"
      guard let row = found[place] else {
        fail("\(name): no such row")
        continue
      }
      if row.queries != queries { fail("\(name): \(row.queries) queries where \(queries) are expected") }
      let own = largest(nats)
      for (term, value) in nats {
        check(
          "\(name) \(term)", row.nats[term] ?? .nan, value,
          floor: max(own, 0.01 * (heads[[place.layer, place.head]] ?? 0)),
          zero: own == 0)
      }
    }
  }

  /// Of a row of `expected-attention.json`: the divergence and its terms.
  public static func terms(of row: JSONReader) throws -> [String: Double] {
    let terms = try row.object("terms")
    var result = [
      "divergence": try row.number("divergence"), "dKtQ": try terms.number("dKtQ"), "KtdQ": try terms.number("KtdQ"),
      "dKtdQ": try terms.number("dKtdQ"),
    ]
    result["sink"] = try terms.optionalNumber("sink")
    return result
  }

  /// Of a row of `expected-source-nats.json`: a term's sources, "dKtQ.own".
  public static func sources(of row: JSONReader) throws -> [String: Double] {
    var result: [String: Double] = [:]
    for term in ["dKtQ", "KtdQ"] {
      let parts = try row.object("terms").object(term)
      for source in ["own", "inherited", "joint"] { result["\(term).\(source)"] = try parts.number(source) }
    }
    return result
  }

  private func largest(_ nats: [String: Double]) -> Double { nats.values.map(abs).max() ?? 0 }
}
