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
