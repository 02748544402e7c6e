import Results

/// The tables.
extension WeightReport {
  private static let shownHeads = 8

  var pooledTable: String? {
    guard changes else { return nil }
    let rows = FormKind.allCases.map { form in
      let pooled = analysis.pooled(form)
      return [form.rawValue, Numbers.percent(pooled.relative)]
        + FormTerm.allCases.map { term in
          let (share, size) = (pooled.shares[term.rawValue], pooled.relativeTerms[term.rawValue])
          return "\(term.symbol(in: form)) \(Numbers.percent(share)) (\(Numbers.percent(size)))"
        }
    }
    return """
      ## All layers and heads

      Each term's share, and in brackets its own size against the base's form.

      \(Markdown.table(["form", "change", "second factor", "first factor", "both"], rows))
      """
  }

  /// Rows a layer.
  func layerTable(_ form: FormKind) -> String? {
    let rows = analysis.layers(form)
    guard rows.contains(where: { $0.relative > 0 }) else { return nil }
    let header = ["layer", "change"] + FormTerm.allCases.map { "\($0.symbol(in: form)) share" } + ["leads"]
    let cells = rows.map { row in
      ["L\(row.layer ?? 0)", Numbers.percent(row.relative)] + row.shares.map(Numbers.percent)
        + [row.relative == 0 ? "unchanged" : row.dominant?.symbol(in: form) ?? "none"]
    }
    return """
      ## The \(form.rawValue) form by layer

      <details><summary>\(Numbers.count(rows.count, "layer"))</summary>

      \(Markdown.table(header, cells))

      </details>
      """
  }

  /// The heads that changed most.
  func headTable(_ form: FormKind) -> String? {
    let heads = sorted(analysis.heads(form).filter { $0.delta != .zero }).prefix(Self.shownHeads)
    guard !heads.isEmpty else { return nil }
    let header =
      ["head", "change", "spectral"] + FormTerm.allCases.map { "\($0.symbol(in: form)) share" }
      + ["cosine", "top σ²", "inside"]
    let rows = heads.map { head in
      let spectral = head.base.spectral == 0 ? .infinity : head.delta.spectral / head.base.spectral
      let top = head.top
      return ["L\(head.layer)H\(head.head)", Numbers.percent(head.relative), Numbers.percent(spectral)]
        + head.terms.map { Numbers.percent($0.share) }
        + [
          Numbers.size(head.cosine), Numbers.percent(top?.energy ?? 0),
          "\(Numbers.percent(top?.firstInBase ?? 0)), \(Numbers.percent(top?.secondInBase ?? 0))",
        ]
    }
    return """
      ## Heads whose \(form.rawValue) form changed most

      **spectral** is the change's largest singular value against the base form's. All heads are in \
      [\(WeightReportFiles.forms)](\(WeightReportFiles.forms)).

      \(Markdown.table(header, rows))
      """
  }

  /// The weights by site.
  var siteTable: String? {
    let changed = analysis.weights.filter { $0.frobenius > 0 }
    guard !changed.isEmpty else { return nil }
    let header = [
      "site", "weights", "change (median)", "largest", "stable rank", "effective rank", "outside left", "outside right",
      "intruders",
    ]
    return """
      ## Weights

      Medians over the layers; each weight is in [\(WeightReportFiles.weights)](\(WeightReportFiles.weights)).

      \(Markdown.table(header, sites(changed).map { site in cells(site, changed.filter { $0.site == site }) }))
      """
  }

  private func cells(_ site: String, _ weights: [WeightChange]) -> [String] {
    let largest = weights.max { ($0.relative, $1.layer) < ($1.relative, $0.layer) }
    let directions = weights.compactMap { weight in weight.directions.map { (weight.singularValues, $0) } }
    func outside(_ value: ([Double], WeightChange.LeadingDirections) -> Double, chance: Double?) -> String {
      "\(Numbers.percent(median(directions.map(value)))) (\(Numbers.percent(chance ?? 0)))"
    }
    let ranks = weights.compactMap(\.effectiveRank)
    return [
      site, Numbers.count(weights.count), Numbers.percent(median(weights.map(\.relative))),
      largest.map { "\(Numbers.percent($0.relative)) in L\($0.layer)" } ?? "",
      Numbers.size(median(weights.map(\.stableRank))), ranks.isEmpty ? "–" : Numbers.size(median(ranks)),
      outside({ $1.meanOutsideLeft($0) }, chance: directions.first?.1.chanceLeft),
      outside({ $1.meanOutsideRight($0) }, chance: directions.first?.1.chanceRight),
      Numbers.count(directions.reduce(0) { $0 + $1.1.intruders }),
    ]
  }
}
