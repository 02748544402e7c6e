import Results

/// The answer in plain words, and the tables behind it.
extension AblationReport {
  /// How much of the benefit passes through the scores, through values, and through neither.
  var headline: String {
    let name = Markdown.name(ablation.adapted.name)
    guard let outcome = ablation.runs.first?.pooled else { return "No token was predicted." }
    let losses = "loss \(Numbers.size(outcome.base)) → \(Numbers.size(outcome.adapted)) nats"
    guard outcome.adapted < outcome.base else {
      return
        "**\(name) does not lower the loss (\(losses)), so there is no benefit to lose**; KL tells what each part moves."
    }
    guard ablation.overview.count >= 3, let both = ablation.overview[2].benefitLost else {
      return "**\(name) lowers the loss (\(losses))**; the table says how much of that each part carries."
    }
    let neither = "passes through neither, but through MLPs, output projections and the stream"
    return """
      **Of the benefit of \(name) (\(losses)), \(lost(ablation.overview[0])) is lost without what scores \
      do, \(lost(ablation.overview[1])) without changed values, \(lost(ablation.overview[2])) without either; the other \
      \(Numbers.percent(1 - both)) \(neither).**
      """
  }

  var answer: String {
    let terms = ablation.overview.dropFirst(3).map { "\(Self.symbols($0.name)) \(effect($0))" }
    let perTerm =
      terms.isEmpty ? nil : "By term, left out between all tokens: \(terms.joined(separator: "; ")). \(caution)"
    let lines = singles.prefix(12).map { "- \(Markdown.inline(Self.symbols($0.name))): **\(effect($0))**." }
    return [headline, perTerm, lines.isEmpty ? nil : lines.joined(separator: "\n")].compactMap(\.self)
      .joined(separator: "\n\n")
  }

  /// "19 % of the benefit lost", or how far predictions move where there is no benefit.
  func effect(_ knockout: Knockout) -> String {
    knockout.benefitLost == nil
      ? "KL \(Numbers.size(knockout.pooled?.kl ?? 0)) nats" : "\(lost(knockout)) of the benefit lost"
  }

  private var caution: String {
    let prompts = ablation.prompts.count
    guard ablation.overview.contains(where: { $0.benefitLost != nil }) else { return "" }
    if prompts < 2 { return "With one prompt there is no interval that says how sure it is." }
    let rough = prompts < 5 ? "; with only \(prompts) of them, take the intervals as rough" : ""
    return "Brackets hold 95 % intervals over the prompts\(rough)."
  }

  /// "19.2 % [18.1 to 20.4 %]".
  func lost(_ knockout: Knockout) -> String {
    guard let lost = knockout.benefitLost else { return "–" }
    return Numbers.estimate(lost, ablation.prompts.count > 1 ? knockout.benefitLostInterval : nil)
  }

  var table: String? {
    let all = ablation.overview + singles
    guard !all.isEmpty else { return nil }
    return "## Interventions\n\n" + rows(all) { Self.symbols($0.name) }.markdown
  }

  /// The members of a sweep, the most harmful first.
  func ranking(_ family: AblationFamily) -> String {
    let ends = family.ends
    let sum = family.members.compactMap(\.benefitLost).reduce(0, +)
    let total =
      family.members.contains { $0.benefitLost != nil }
      ? " Singly they lose \(Numbers.percent(sum)) of the benefit in sum; parts interact, so this need not be what all of them lose together."
      : ""
    return """
      ## \(Markdown.inline(Self.symbols(family.title)))

      Each left out on its own, \(ends.words).\(total)

      \(rows(ends.shown) { Self.symbols(family.name($0)) }.markdown)
      """
  }

  /// What interventions cost, a row each.
  func rows(_ knockouts: [Knockout], _ name: (Knockout) -> String) -> Table {
    Table(
      header: ["left out", "benefit lost", "loss", "KL", "agreement"],
      rows: knockouts.map { knockout in
        let pooled = knockout.pooled
        return [
          "\(name(knockout))", "\(lost(knockout))", "\(Numbers.size(pooled?.knockout ?? .nan))",
          "\(Numbers.size(pooled?.kl ?? .nan))", "\(Numbers.percent(pooled?.agreement ?? .nan))",
        ]
      })
  }

  /// Names of terms as they are written in prose.
  static func symbols(_ name: String) -> String {
    Term.allCases.reversed().reduce(name) { $0.replacing($1.name, with: $1.symbol) }
  }
}
