/// interventions.json, schema 1 (docs/schemas/interventions.schema.json says what it holds).
public enum AblationJSON {
  /// The schema number; keys are never renamed or removed within it.
  public static let schema = 1

  /// The document's bytes: sorted keys, numbers that round-trip, null where a value is absent.
  public static func bytes(_ ablation: Ablation) throws(ResultsError) -> [UInt8] {
    try jsonBytes(Document(ablation: ablation))
  }
}

private struct Document: Encodable {
  let ablation: Ablation
  private enum Key: String, CodingKey {
    case schema, tool, mask, threads, base, adapted, regions, promptsFingerprint, prompts, lossRegion, overview
    case knockouts, verification, warnings
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(AblationJSON.schema, forKey: .schema)
    try container.encode(["name": "leibniz", "version": ablation.version], forKey: .tool)
    try container.encode(ablation.mask, forKey: .mask)
    try container.encode(ablation.threads, forKey: .threads)
    try container.encode(ablation.base, forKey: .base)
    try container.encode(AdaptedDocument(adapted: ablation.adapted), forKey: .adapted)
    try container.encode(ablation.regions, forKey: .regions)
    try container.encode(ablation.promptsFingerprint, forKey: .promptsFingerprint)
    try container.encode(ablation.prompts.map(PromptDocument.init), forKey: .prompts)
    try container.encode(ablation.lossRegion, forKey: .lossRegion)
    try container.encode(ablation.overview.map(KnockoutDocument.init), forKey: .overview)
    try container.encode(ablation.knockouts.map(KnockoutDocument.init), forKey: .knockouts)
    try container.encode(ablation.verification, forKey: .verification)
    try container.encode(ablation.warnings, forKey: .warnings)
  }
}

private struct KnockoutDocument: Encodable {
  let knockout: Knockout
  private enum Key: String, CodingKey {
    case name, mask, drop, query, key, layers, heads, sweep, prompts, benefitLost, benefitLostInterval
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(knockout.name, forKey: .name)
    try container.encode(knockout.mask, forKey: .mask)
    try container.encode(knockout.dropped, forKey: .drop)
    try container.encode(knockout.query ?? "*", forKey: .query)
    try container.encode(knockout.key ?? "*", forKey: .key)
    try container.encode(knockout.layers, forKey: .layers)
    try container.encode(knockout.heads.map { $0.map { [$0.layer, $0.head] } }, forKey: .heads)
    try container.encode(knockout.sweep, forKey: .sweep)
    try container.encode(knockout.prompts.map { $0.map(OutcomeDocument.init) }, forKey: .prompts)
    try container.encode(knockout.benefitLost, forKey: .benefitLost)
    let interval = knockout.benefitLostInterval
    try container.encode(interval.map { [$0.lowerBound, $0.upperBound] }, forKey: .benefitLostInterval)
  }
}

private struct OutcomeDocument: Encodable {
  let outcome: PredictionOutcome
  private enum Key: String, CodingKey { case base, adapted, knockout, kl, agreement, tokens }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(outcome.base, forKey: .base)
    try container.encode(outcome.adapted, forKey: .adapted)
    try container.encode(outcome.knockout, forKey: .knockout)
    try container.encode(outcome.kl, forKey: .kl)
    try container.encode(outcome.agreement, forKey: .agreement)
    try container.encode(outcome.tokens, forKey: .tokens)
  }
}
