import Results

/// The rows of a page's data, each an array that begins with layer and head (null where pooled).
struct PageRows {
  /// A row, and the pairs of tokens in it.
  struct Row {
    var json: String
    var pairs: [TokenPair] = []
  }

  private let findings: [Findings]
  private let writers: PageWriters
  private let roles: HeadRoleNames?
  /// More pairs of one head nobody reads; analysis.json has them.
  private static let mostPairs = 8

  init(_ findings: [Findings], _ writers: PageWriters, _ roles: HeadRoleNames?) {
    (self.findings, self.writers, self.roles) = (findings, writers, roles)
  }

  /// The rows of a kind of a pair of regions.
  /// - Parameter bytes: Those of writers are not made where they would have many more.
  func rows(_ kind: PageData.Kind, _ scope: PageData.Scope, of index: Int, bytes: Int) -> [Row] {
    let rows = findings[index].rows
    switch kind {
    case .terms: return parts(scope, of: findings[index]).map(Self.terms)
    case .detail: return parts(scope, of: findings[index]).map(Self.detail)
    case .nats: return parts(scope, of: findings[index]).compactMap(Self.nats)
    case .mass: return rows.mass.filter { scope.holds($0.layer, $0.head) }.map(Self.mass)
    case .sources: return rows.sources.filter { scope.holds($0.layer, $0.head) }.map(Self.sources)
    case .values: return rows.values.filter { scope.holds($0.layer, $0.head) }.map(Self.values)
    case .writers: return written(.parts, scope, of: index, bytes: bytes)
    case .headWriters: return written(.heads, scope, of: index, bytes: bytes)
    case .roles: return roles?.all.map(Self.roles) ?? []
    case .pairs: return rows.pairs.filter { scope.holds($0.layer, $0.head) }.map(Self.pairs)
    }
  }

  /// Of writers the largest alone.
  func largest(_ kind: PageData.Kind, _ scope: PageData.Scope, of index: Int) -> [Row] {
    writers.rows(readers(scope, of: index), kind == .headWriters ? .heads : .parts, largest: true)
  }

  private func written(
    _ detail: PageWriters.Detail, _ scope: PageData.Scope, of index: Int, bytes: Int
  ) -> [Row] {
    let readers = readers(scope, of: index)
    guard writers.mayFit(bytes, readers: readers.count / SourcedTerm.allCases.count, detail) else { return [] }
    return writers.rows(readers, detail, largest: false)
  }

  private func readers(_ scope: PageData.Scope, of index: Int) -> [WriterNats] {
    findings[index].rows.writers.filter { scope.holds($0.place.layer, $0.place.head) }
  }

  /// The head's role in both models, null for none, then its attention by role in ten-thousandths, in the base and in the adapted model.
  private static func roles(_ head: HeadRoleNames.Head) -> Row {
    let names = [head.base, head.adapted].map { ScriptJSON.index($0?.rawValue) }
    let numbers = head.attention.flatMap { [$0.base, $0.adapted] }.map { ScriptJSON.share($0, isZero: false) }
    return row(head.layer, head.head, names + numbers)
  }

  private func parts(_ scope: PageData.Scope, of findings: Findings) -> [Findings.Part] {
    switch scope {
    case .whole:
      [Findings.Part(block: findings.pooled, part: 1, split: findings.whole, felt: findings.felt, mass: findings.mass)]
    case .layers: findings.layers
    case .heads: findings.heads
    }
  }

  /// Part of the change, then centred and raw: the change's size, its split.
  private static func terms(_ part: Findings.Part) -> Row {
    let splits = [part.block.centered, part.block.raw].flatMap { split(TermSplit($0)) }
    return row(part.block.layer, part.block.head, [ScriptJSON.number(part.part)] + splits)
  }

  /// A change's size, the terms' shares of it in ten-thousandths, null where exactly zero, and which of them leads.
  private static func split(_ split: TermSplit) -> [String] {
    [ScriptJSON.number(split.size)] + Term.allCases.map { ScriptJSON.share(split[$0].share, isZero: split[$0].isZero) }
      + ["\(split.dominantTerm.place)"]
  }

  /// Nats a query with their split, the shares' intervals where there are any, the terms' nats, and each term's sources as shares of
  /// all nats.
  private static func nats(_ part: Findings.Part) -> Row? {
    guard let felt = part.felt else { return nil }
    let split = TermSplit(felt)
    let bounds = Term.allCases.compactMap { split[$0].interval }.flatMap {
      [ScriptJSON.share($0.lowerBound, isZero: false), ScriptJSON.share($0.upperBound, isZero: false)]
    }
    let sources = SourcedTerm.allCases.map { term in
      ScriptJSON.array(
        felt[keyPath: term.nats].byName.map {
          ScriptJSON.share(felt.divergence > 0 ? $0.nats / felt.divergence : 0, isZero: $0.nats == 0)
        })
    }
    return row(
      part.block.layer, part.block.head,
      Self.split(split) + [ScriptJSON.array(bounds), ScriptJSON.array(felt.terms.map(ScriptJSON.number))] + sources)
  }

  /// Number of pairs, then centred and raw: largest |ΔS| and the terms' rms, and the shares' intervals where there are any.
  private static func detail(_ part: Findings.Part) -> Row {
    let splits = [part.block.centered, part.block.raw]
    let sizes = splits.flatMap { split in [split.delta.maxAbs] + Term.allCases.map { split[$0].magnitude.rms } }
    let bounds = splits.map { split in
      ScriptJSON.array(
        Term.allCases.compactMap { split[$0].shareInterval }.flatMap {
          [ScriptJSON.share($0.lowerBound, isZero: false), ScriptJSON.share($0.upperBound, isZero: false)]
        })
    }
    let hasBounds = part.block.head == nil && splits[0].terms.allSatisfy { $0.shareInterval != nil }
    return row(
      part.block.layer, part.block.head,
      ["\(part.block.pairs)"] + sizes.map(ScriptJSON.number) + (hasBounds ? bounds : []))
  }

  /// Attention in both models, moved, by keys, by queries, and its change, which two rounded numbers would not give.
  private static func mass(_ mass: AttentionMass) -> Row {
    let numbers = [
      mass.base, mass.adapted, mass.moved, mass.byKey, mass.byQuery, mass.adapted - mass.base,
    ]
    return row(mass.layer, mass.head, numbers.map(ScriptJSON.number))
  }

  /// Of dKᵀQ, then of KᵀdQ: rms and share of own, inherited, joint and, where the model has one, norm.
  private static func sources(_ sources: TermSources) -> Row {
    let terms = [sources.dKtQ, sources.KtdQ].map { shares in
      ScriptJSON.array(shares.byName.map(\.size).flatMap(Self.part))
    }
    return row(sources.layer, sources.head, terms)
  }

  /// The change's size, then rms and share of dP·V, P·dV and dP·dV.
  private static func values(_ change: ValueChange) -> Row {
    row(change.layer, change.head, [ScriptJSON.number(change.delta)] + change.terms.flatMap(Self.part))
  }

  private static func part(_ size: PartSize) -> [String] {
    [ScriptJSON.number(size.rms), ScriptJSON.share(size.share, isZero: size.rms == 0)]
  }

  /// Of each pair: prompt, head, positions of query and key, ΔS and terms centred, then raw, the attention in both models, and
  /// nats.
  private static func pairs(_ pairs: TokenPairs) -> Row {
    let shown = Array(pairs.strongest.prefix(mostPairs))
    let items = shown.map { pair in
      let changes = [pair.centered, pair.raw].flatMap { [$0.delta] + $0.terms }
      return ScriptJSON.array(
        [pair.prompt, pair.head, pair.queryPosition, pair.keyPosition].map(String.init)
          + (changes + [pair.base, pair.adapted, pair.nats]).map(ScriptJSON.number))
    }
    var row = row(pairs.layer, pairs.head, items)
    row.pairs = shown
    return row
  }

  private static func row(_ layer: Int?, _ head: Int?, _ values: [String]) -> Row {
    Row(json: ScriptJSON.array([ScriptJSON.index(layer), ScriptJSON.index(head)] + values))
  }
}

extension Dominance {
  /// The term's number; 3 where none leads, 4 where nothing changes.
  fileprivate var place: Int {
    switch self {
    case .term(let term): term.rawValue
    case .mixed: 3
    case .unchanged: 4
    }
  }
}

extension PageData.Scope {
  /// Whether a row of this layer and head belongs to it.
  fileprivate func holds(_ layer: Int?, _ head: Int?) -> Bool {
    switch self {
    case .whole: layer == nil && head == nil
    case .layers: layer != nil && head == nil
    case .heads: layer != nil && head != nil
    }
  }
}
