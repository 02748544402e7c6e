/// The encodable form of a row of attention mass, null where layers or heads are pooled.
struct MassDocument: Encodable {
  let row: AttentionMass
  private enum Key: String, CodingKey { case layer, head, query, key, queries, base, adapted, moved, byKey, byQuery }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.layer, forKey: .layer)
    try container.encode(row.head, forKey: .head)
    try container.encode(row.query, forKey: .query)
    try container.encode(row.key, forKey: .key)
    try container.encode(row.queries, forKey: .queries)
    try container.encode(row.base, forKey: .base)
    try container.encode(row.adapted, forKey: .adapted)
    try container.encode(row.moved, forKey: .moved)
    try container.encode(row.byKey, forKey: .byKey)
    try container.encode(row.byQuery, forKey: .byQuery)
  }
}

/// The same of a row of values.
struct ValueDocument: Encodable {
  let row: ValueChange
  private enum Key: String, CodingKey { case layer, head, query, key, queries, delta, terms }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.layer, forKey: .layer)
    try container.encode(row.head, forKey: .head)
    try container.encode(row.query, forKey: .query)
    try container.encode(row.key, forKey: .key)
    try container.encode(row.queries, forKey: .queries)
    try container.encode(["rms": row.delta], forKey: .delta)
    let terms = ValueTerm.allCases.map { ($0.name, row[$0]) }
    try container.encode(Dictionary(uniqueKeysWithValues: terms), forKey: .terms)
  }
}

/// The same of a row of sources.
struct SourcesDocument: Encodable {
  let row: TermSources
  private enum Key: String, CodingKey { case layer, head, query, key, pairs, terms }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.layer, forKey: .layer)
    try container.encode(row.head, forKey: .head)
    try container.encode(row.query, forKey: .query)
    try container.encode(row.key, forKey: .key)
    try container.encode(row.pairs, forKey: .pairs)
    func parts(_ shares: SourceShares) -> [String: PartSize] {
      Dictionary(uniqueKeysWithValues: shares.byName.map { ($0.name, $0.size) })
    }
    try container.encode(["dKtQ": parts(row.dKtQ), "KtdQ": parts(row.KtdQ)], forKey: .terms)
  }
}

/// The same of a row of products.
struct ProductDocument: Encodable {
  let row: ProductChange
  private enum Key: String, CodingKey { case layer, site, region, tokens, delta, terms }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.layer, forKey: .layer)
    try container.encode(row.site, forKey: .site)
    try container.encode(row.region, forKey: .region)
    try container.encode(row.tokens, forKey: .tokens)
    try container.encode(["rms": row.delta], forKey: .delta)
    try container.encode(Dictionary(uniqueKeysWithValues: zip(row.site.partNames, row.parts)), forKey: .terms)
  }
}
