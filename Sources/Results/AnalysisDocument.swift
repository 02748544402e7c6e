/// The encodable form of an analysis.
struct AnalysisDocument: Encodable {
  let analysis: Analysis

  private enum Key: String, CodingKey {
    case schema, tool, command, mask, reference, threads, base, adapted, regions, promptsFingerprint, prompts, blocks,
      summary,
      stream
    case loss, closure, verification, warnings, parts, sources, mass, values, products, null, pairs, excerpts
    case byPrompt
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(AnalysisJSON.schema, forKey: .schema)
    try container.encode(["name": "leibniz", "version": analysis.version], forKey: .tool)
    try container.encodeIfPresent(analysis.command, forKey: .command)
    try container.encode(analysis.mask, forKey: .mask)
    try container.encode(analysis.reference.rawValue, forKey: .reference)
    try container.encode(analysis.threads, forKey: .threads)
    try container.encode(analysis.base, forKey: .base)
    try container.encode(AdaptedDocument(adapted: analysis.adapted), forKey: .adapted)
    try container.encode(analysis.regions, forKey: .regions)
    try container.encode(analysis.promptsFingerprint, forKey: .promptsFingerprint)
    try container.encode(analysis.prompts.map(PromptDocument.init), forKey: .prompts)
    try container.encode(analysis.blocks.map { BlockDocument(block: $0, isPooled: false) }, forKey: .blocks)
    try container.encode(analysis.summary.map { BlockDocument(block: $0, isPooled: true) }, forKey: .summary)
    try container.encode(analysis.stream.map(StreamDocument.init), forKey: .stream)
    try container.encodeIfPresent(analysis.loss.map(LossDocument.init), forKey: .loss)
    try container.encode(analysis.partNames, forKey: .parts)
    try container.encodeIfPresent(analysis.sources?.map(SourcesDocument.init), forKey: .sources)
    try container.encodeIfPresent(analysis.mass?.map(MassDocument.init), forKey: .mass)
    try container.encodeIfPresent(analysis.values?.map(ValueDocument.init), forKey: .values)
    try container.encodeIfPresent(analysis.products?.map(ProductDocument.init), forKey: .products)
    try container.encodeIfPresent(analysis.null?.map(NullDocument.init), forKey: .null)
    try container.encodeIfPresent(analysis.pairs?.map(TokenPairsDocument.init), forKey: .pairs)
    try container.encodeIfPresent(analysis.excerpts?.map(ExcerptDocument.init), forKey: .excerpts)
    try container.encodeIfPresent(analysis.byPrompt?.map(PromptContributionDocument.init), forKey: .byPrompt)
    try container.encode(analysis.closure, forKey: .closure)
    try container.encode(analysis.verification, forKey: .verification)
    try container.encode(analysis.warnings, forKey: .warnings)
  }
}

/// The encodable form of an adapted model, null where a value is absent.
struct AdaptedDocument: Encodable {
  let adapted: AdaptedSummary
  private enum Key: String, CodingKey { case name, kind, rank, scaling, targets, fingerprint }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(adapted.name, forKey: .name)
    try container.encode(adapted.kind, forKey: .kind)
    try container.encode(adapted.rank, forKey: .rank)
    try container.encode(adapted.scaling, forKey: .scaling)
    try container.encode(adapted.targets, forKey: .targets)
    try container.encode(adapted.fingerprint, forKey: .fingerprint)
  }
}

/// The encodable form of a prompt.
struct PromptDocument: Encodable {
  let prompt: PromptSummary
  private enum Key: String, CodingKey { case id, tokens, separator, activeFrom }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(prompt.id, forKey: .id)
    try container.encode(prompt.tokens, forKey: .tokens)
    try container.encode(prompt.separator, forKey: .separator)
    try container.encode(prompt.activeFrom, forKey: .activeFrom)
  }
}

private struct StreamDocument: Encodable {
  let row: StreamDivergence
  private enum Key: String, CodingKey { case layer, region, relative, median, cosine }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(row.layer, forKey: .layer)
    try container.encode(row.region, forKey: .region)
    try container.encode(row.relative, forKey: .relative)
    try container.encodeIfPresent(row.median, forKey: .median)
    try container.encodeIfPresent(row.cosine, forKey: .cosine)
  }
}

private struct LossDocument: Encodable {
  let loss: Losses
  private enum Key: String, CodingKey { case base, adapted, kl }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(loss.base, forKey: .base)
    try container.encode(loss.adapted, forKey: .adapted)
    if !loss.divergence.isEmpty { try container.encode(loss.divergence, forKey: .kl) }
  }
}

private struct BlockDocument: Encodable {
  let block: Block
  let isPooled: Bool
  private enum Key: String, CodingKey {
    case layer, head, query, key, pairs, delta, terms, centered, shareInterval
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(block.layer, forKey: .layer)
    try container.encode(block.head, forKey: .head)
    try container.encode(block.query, forKey: .query)
    try container.encode(block.key, forKey: .key)
    try container.encode(block.pairs, forKey: .pairs)
    try encode(block.raw, into: &container, hasZeros: true)
    var centered = container.nestedContainer(keyedBy: Key.self, forKey: .centered)
    try encode(block.centered, into: &centered, hasZeros: false)
  }

  private func encode(
    _ part: Decomposition, into container: inout KeyedEncodingContainer<Key>, hasZeros: Bool
  ) throws {
    try container.encode(part.delta, forKey: .delta)
    let terms = Term.allCases.map { ($0.name, TermDocument(statistics: part[$0], hasZero: hasZeros)) }
    try container.encode(Dictionary(uniqueKeysWithValues: terms), forKey: .terms)
    guard isPooled else { return }
    let intervals = Term.allCases.map { term in
      (term.name, part[term].shareInterval.map { [$0.lowerBound, $0.upperBound] })
    }
    try container.encode(Dictionary(uniqueKeysWithValues: intervals), forKey: .shareInterval)
  }
}

private struct TermDocument: Encodable {
  let statistics: TermStatistics
  let hasZero: Bool
  private enum Key: String, CodingKey { case mean, meanAbs, rms, maxAbs, share, dominance, zero }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(statistics.magnitude.mean, forKey: .mean)
    try container.encode(statistics.magnitude.meanAbs, forKey: .meanAbs)
    try container.encode(statistics.magnitude.rms, forKey: .rms)
    try container.encode(statistics.magnitude.maxAbs, forKey: .maxAbs)
    try container.encode(statistics.share, forKey: .share)
    try container.encode(statistics.dominance, forKey: .dominance)
    if hasZero { try container.encode(statistics.zero, forKey: .zero) }
  }
}
