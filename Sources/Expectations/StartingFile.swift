import Results

extension ExpectationFile {
  /// A first file that an analysis, an ablation or both pass; nothing but its head where there is neither. Structural zeros, and
  /// shares, magnitudes, stream divergence and closure error with margins; each bound stands beside the measured value.
  ///
  /// - The dominant term of the row pooled over layers and heads, where it leads by at least 0.2 (twice what the verdict takes).
  /// - Shares of that row, of what attention felt and of the scores' energy: the interval, widened by 0.05 on both sides.
  /// - The largest attention divergence and rms of ΔS of any layer and head, and the largest stream divergence: half as much again.
  /// - The closure error: twice the measured one, at least 1e-5.
  /// - What else it holds: attention moved, masses, sources, values, products that nothing trains, losses and divergences of
  ///   predictions, each as docs/check.md says.
  public static func starting(with analysis: Analysis? = nil, ablation: Ablation? = nil) -> String {
    var writer = ExpectationWriter()
    analysis?.describe(into: &writer)
    if analysis == nil, let outcome = ablation?.runs.first?.pooled {
      writer.addLosses(base: outcome.base, adapted: outcome.adapted)
    }
    ablation?.describe(into: &writer)
    let verifications = [analysis.map(\.verification), ablation.map(\.verification)].compactMap(\.self)
    if !verifications.isEmpty, verifications.allSatisfy({ $0 != nil }) { writer.add("quantity: verification") }
    let adapted = analysis?.adapted.name ?? ablation?.adapted.name ?? ""
    let base = analysis?.base.name ?? ablation?.base.name ?? ""
    return """
      # yaml-language-server: $schema=expectations.schema.json
      # What \(adapted.commentText) changed in \(base.commentText), as expectations for leibniz check.
      # Each bound is a measured value with a margin: tighten, loosen or delete, and give reasons.
      schema: 1
      expectations:
      \(writer.text)
      """
  }
}

extension Analysis {
  fileprivate func describe(into writer: inout ExpectationWriter) {
    // Of many regions there are many pairs, each of which looks at its own rows alone.
    let rows = Dictionary(grouping: blocks) { RegionPair(query: $0.query, key: $0.key) }
    let whole = Dictionary(grouping: summary.filter { $0.layer == nil && $0.head == nil }) {
      RegionPair(query: $0.query, key: $0.key)
    }
    let felt = Dictionary(grouping: attention?.filter { $0.key != nil } ?? []) { $0.place.pair ?? .all }
    for query in regions {
      for key in regions {
        let pair = RegionPair(query: query, key: key)
        if let rows = rows[pair] { describeBlock(pair, rows, whole[pair]?.first, felt[pair] ?? [], into: &writer) }
      }
    }
    for region in regions {
      guard let largest = stream.filter({ $0.region == region }).map(\.relative).max() else { continue }
      writer.add(
        "quantity: stream", "region: \(region.yaml)", largest.upperBound(factor: 1.5))
    }
    describeParts(into: &writer)
    describeMeasures(into: &writer)
    describePredictions(into: &writer)
    if closure.rows > 0 {
      let bound = max(1e-5, closure.maximum * 2).roundedUp
      writer.add("quantity: closure", "atMost: \(bound)  # measured \(closure.maximum.short)")
    }
  }

  private func describeBlock(
    _ pair: RegionPair, _ rows: [Block], _ pooled: PooledBlock?, _ felt: [AttentionDivergence],
    into writer: inout ExpectationWriter
  ) {
    let block = ["query: \(pair.query.yaml)", "key: \(pair.key.yaml)"]
    for term in Term.allCases {
      let layers = structurallyZeroLayers(of: term, in: rows)
      guard !layers.isEmpty else { continue }
      let everywhere = layers.count == Set(rows.map(\.layer)).count
      writer.add(
        ["quantity: structuralZero", "term: \(term.name)"] + block
          + (everywhere ? [] : ["layers: [\(layers.map(String.init).joined(separator: ", "))]"]))
    }
    guard let largest = rows.map(\.raw.delta.rms).max(), largest > 0 else { return }
    if let most = felt.filter({ $0.head != nil }).map(\.divergence).max(), most > 0 {
      writer.add(["quantity: attention", "of: divergence"] + block + [most.upperBound(factor: 1.5)])
    }
    writer.add(["quantity: rms", "term: delta"] + block + [largest.upperBound(factor: 1.5)])
    guard let pooled else { return }
    let (whole, scope) = (felt.first(where: \.isPooled), block + ["pooled: all"])
    let yardstick = Yardstick(whole, pooled)
    describeLeader(TermSplit(pooled, whole, by: yardstick), scope, into: &writer)
    if yardstick == .nats, let whole {
      let split = TermSplit(whole)
      for term in Term.allCases where !split[term].isZero {
        writer.addShare(split[term], ["quantity: attention", "of: shares.\(term.name)"] + scope)
      }
    }
    let split = TermSplit(pooled.raw)
    for term in Term.allCases where pooled.raw[term].zero != .structural {
      writer.addShare(split[term], ["quantity: share", "term: \(term.name)"] + scope)
    }
  }

  /// The layers in which the term is structurally zero at every head, in rising order.
  private func structurallyZeroLayers(of term: Term, in rows: [Block]) -> [Int] {
    let byLayer = Dictionary(grouping: rows, by: \.layer)
    return byLayer.filter { $0.value.allSatisfy { $0.raw[term].zero == .structural } }.keys.sorted()
  }

  private func describeLeader(_ split: TermSplit, _ scope: [String], into writer: inout ExpectationWriter) {
    guard case .term(let term) = split.dominantTerm, split[term].share - split[split.ranked[1]].share >= 0.2 else {
      return
    }
    writer.add(["quantity: dominantTerm"] + scope + ["is: \(term.name)"])
  }
}

extension ExpectationWriter {
  /// A share's interval, or the value where there is none, 0.05 wider on both sides.
  fileprivate mutating func addShare(_ share: TermSplit.Share, _ lines: [String]) {
    let (value, interval) = (share.share, share.interval ?? share.share...share.share)
    let lower = (min(interval.lowerBound, value) - 0.05).rounded(hundredths: .down)
    let upper = (max(interval.upperBound, value) + 0.05).rounded(hundredths: .up)
    add(lines + ["atLeast: \(lower)", "atMost: \(upper)  # measured \(value.short)"])
  }
}
