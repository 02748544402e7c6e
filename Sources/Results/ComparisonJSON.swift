/// comparison.json, schema 1 (docs/schemas/comparison.schema.json says what it holds).
public enum ComparisonJSON {
  /// The schema number; keys are never renamed or removed within it.
  public static let schema = 1

  /// The document's bytes: sorted keys, numbers that round-trip, null where a value is absent.
  public static func bytes(_ comparison: AdapterComparison) throws(ResultsError) -> [UInt8] {
    try jsonBytes(Document(comparison: comparison))
  }
}

private struct Document: Encodable {
  let comparison: AdapterComparison
  private enum Key: String, CodingKey {
    case schema, tool, base, regions, adapters, differences, notes, measure, blocks, pairs, layers, heads, profiles,
      knockouts
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(ComparisonJSON.schema, forKey: .schema)
    try container.encode(["name": "leibniz", "version": comparison.version], forKey: .tool)
    try container.encode(comparison.base, forKey: .base)
    try container.encode(comparison.regions, forKey: .regions)
    try container.encode(comparison.adapters.map(AdapterDocument.init), forKey: .adapters)
    try container.encode(comparison.differences, forKey: .differences)
    try container.encode(comparison.notes, forKey: .notes)
    try container.encode(comparison.measure, forKey: .measure)
    try container.encode(comparison.blocks.map(BlockDocument.init), forKey: .blocks)
    try container.encode(comparison.pairs.map(PairDocument.init), forKey: .pairs)
    try container.encode(comparison.layers.map(SpreadDocument.init), forKey: .layers)
    try container.encode(comparison.heads.map(SpreadDocument.init), forKey: .heads)
    try container.encode(comparison.profiles.map(ProfileDocument.init), forKey: .profiles)
    try container.encode(comparison.knockouts.map(KnockoutDocument.init), forKey: .knockouts)
  }
}

extension AdapterComparison.Estimate {
  private enum Key: String, CodingKey { case value, interval }

  /// The interval is a list of two numbers, or null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(value, forKey: .value)
    try container.encode(interval.map { [$0.lowerBound, $0.upperBound] }, forKey: .interval)
  }
}

private func byTerm(_ estimates: [AdapterComparison.Estimate]) -> [String: AdapterComparison.Estimate] {
  Dictionary(uniqueKeysWithValues: zip(Term.allCases.map(\.name), estimates))
}

private struct AdapterDocument: Encodable {
  let adapter: AdapterComparison.Adapter
  private enum Key: String, CodingKey { case name, adapted, mask, prompts, loss }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(adapter.name, forKey: .name)
    try container.encode(AdaptedDocument(adapted: adapter.adapted), forKey: .adapted)
    try container.encode(adapter.mask, forKey: .mask)
    try container.encode(adapter.prompts, forKey: .prompts)
    try container.encode(adapter.loss, forKey: .loss)
  }
}

private struct BlockDocument: Encodable {
  let row: AdapterComparison.BlockRow
  private enum Key: String, CodingKey { case adapter, query, key, moved, rms, shares, centered }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.adapter, forKey: .adapter)
    try container.encode(row.query, forKey: .query)
    try container.encode(row.key, forKey: .key)
    try container.encode(row.moved, forKey: .moved)
    try container.encode(row.rms, forKey: .rms)
    try container.encode(byTerm(row.shares), forKey: .shares)
    try container.encode(byTerm(row.centered), forKey: .centered)
  }
}

private struct PairDocument: Encodable {
  let row: AdapterComparison.PairRow
  private enum Key: String, CodingKey { case first, second, query, key, moved, shares, loss }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.first, forKey: .first)
    try container.encode(row.second, forKey: .second)
    try container.encode(row.query, forKey: .query)
    try container.encode(row.key, forKey: .key)
    try container.encode(row.moved, forKey: .moved)
    // Two adapters of which one has no analysis have no shares to compare.
    try container.encode(row.shares.isEmpty ? nil : byTerm(row.shares), forKey: .shares)
    try container.encode(row.loss, forKey: .loss)
  }
}

private struct SpreadDocument: Encodable {
  let row: AdapterComparison.SpreadRow
  private enum Key: String, CodingKey { case layer, head, query, key, values, spread }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.layer, forKey: .layer)
    try container.encode(row.head, forKey: .head)
    try container.encode(row.query, forKey: .query)
    try container.encode(row.key, forKey: .key)
    try container.encode(row.values, forKey: .values)
    try container.encode(row.spread, forKey: .spread)
  }
}

private struct ProfileDocument: Encodable {
  let row: AdapterComparison.ProfileRow
  private enum Key: String, CodingKey { case first, second, query, key, profile, heads, pearson, rank }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.first, forKey: .first)
    try container.encode(row.second, forKey: .second)
    try container.encode(row.query, forKey: .query)
    try container.encode(row.key, forKey: .key)
    try container.encode(row.profile, forKey: .profile)
    try container.encode(row.heads, forKey: .heads)
    try container.encode(row.pearson, forKey: .pearson)
    try container.encode(row.rank, forKey: .rank)
  }
}

private struct KnockoutDocument: Encodable {
  let row: AdapterComparison.KnockoutRow
  private enum Key: String, CodingKey { case name, sweep, benefitLost, kl }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.name, forKey: .name)
    try container.encode(row.sweep, forKey: .sweep)
    try container.encode(row.benefitLost, forKey: .benefitLost)
    try container.encode(row.kl, forKey: .kl)
  }
}
