import StrictJSON

extension NullComparison {
  init(_ reader: JSONReader) throws(JSONMemberError) {
    let p = try reader.number("p")
    guard p > 0, p <= 1 else { throw reader.error("p", "a number above 0 and up to 1 is expected, \(p) was found") }
    let sd = try reader.optionalNumber("sd")
    if let sd, sd < 0 { throw reader.error("sd", "\(sd) is negative") }
    self.init(
      layer: try reader.optionalIndex("layer"), head: try reader.optionalIndex("head"),
      query: try reader.string("query"), key: try reader.string("key"), statistic: try reader.string("statistic"),
      value: try reader.number("value"), mean: try reader.number("mean"), sd: sd, z: try reader.optionalNumber("z"),
      p: p)
  }
}

/// The encodable form of a comparison, null where a value is absent.
struct NullDocument: Encodable {
  let row: NullComparison
  private enum Key: String, CodingKey { case layer, head, query, key, statistic, value, mean, sd, z, p }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.layer, forKey: .layer)
    try container.encode(row.head, forKey: .head)
    try container.encode(row.query, forKey: .query)
    try container.encode(row.key, forKey: .key)
    try container.encode(row.statistic, forKey: .statistic)
    try container.encode(row.value, forKey: .value)
    try container.encode(row.mean, forKey: .mean)
    try container.encode(row.sd, forKey: .sd)
    try container.encode(row.z, forKey: .z)
    try container.encode(row.p, forKey: .p)
  }
}
