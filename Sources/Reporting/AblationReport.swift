import Results

/// interventions.md: how much of an adapter's benefit passes through each part of its change, the answer first.
package struct AblationReport {
  let ablation: Ablation
  let figures: [ReportFigure]

  /// A report on an ablation.
  package init(_ ablation: Ablation) {
    self.ablation = ablation
    figures = ReportFigure.all(ablation)
  }

  /// The file's text.
  package var text: String {
    let sections: [String?] =
      [failedVerification, title, answer, warnings, setting, table] + worths + [figureLinks] + families.map(ranking)
      + [prompts, trust, guide]
    return sections.compactMap(\.self).joined(separator: "\n\n") + "\n"
  }

  /// The answer in a line or two without markup, for a terminal.
  package var summary: [String] {
    let own = singles.prefix(8).map { "\($0.name): \(effect($0))" }
    return [headline.replacing("**", with: "").replacing("`", with: "")] + own + worthLines
  }

  /// Interventions that are no members of a family.
  var singles: [Knockout] { ablation.knockouts.filter { $0.sweep == nil } }

  /// Members of each sweep of each intervention, in their order.
  var families: [AblationFamily] { AblationFamily.all(ablation) }

  private var title: String {
    """
    # What carries the benefit of \(Markdown.name(ablation.adapted.name)) over \(Markdown.name(ablation.base.name))
    """
  }

  private var failedVerification: String? {
    guard let verification = ablation.verification, !verification.passed else { return nil }
    return """
      > [!CAUTION]
      > **The verification failed: do not use these numbers.** Plain double-precision runs disagree with the interventions by \
      more than \(Numbers.setting(verification.tolerance)); “Can it be trusted?” says where.
      """
  }

  private var warnings: String? {
    guard !ablation.warnings.isEmpty else { return nil }
    return "> [!WARNING]\n" + ablation.warnings.map { "> - \(Markdown.inline($0))" }.joined(separator: "\n")
  }

  private var setting: String {
    let tokens = ablation.runs.first?.pooled?.tokens ?? 0
    let others = ablation.lossRegion.map { "of the region \(Markdown.inline($0))" } ?? "after the separator"
    let measured = ablation.prompts.judgedTokens(others: others)
    return Markdown.table(
      ["setting", ""],
      [
        ["base", ablation.base.words.markdown], ["adapted", ablation.adapted.words.markdown],
        ["what it changes", ablation.adapted.targetWords.markdown],
        ["the adapter's own mask", Markdown.inline(ablation.mask)],
        ["prompts", Numbers.count(ablation.prompts.count)],
        ["predicted", "\(Numbers.count(tokens, "token")) \(measured)"],
      ])
  }

  private var prompts: String? {
    guard ablation.prompts.count > 1, let first = ablation.runs.first else { return nil }
    let rows = zip(ablation.prompts, first.prompts).prefix(50).compactMap { prompt, outcome in
      outcome.map {
        [
          Markdown.inline(prompt.id), "\($0.tokens)", Numbers.size($0.base), Numbers.size($0.adapted),
          Numbers.size($0.base - $0.adapted),
        ]
      }
    }
    return """
      <details><summary>The adapter's benefit by prompt</summary>

      \(Markdown.table(["prompt", "tokens", "base", "adapted", "benefit"], Array(rows)))

      </details>
      """
  }

  private var figureLinks: String? {
    figures.isEmpty
      ? nil : figures.map { "![\(Markdown.inline($0.title))](\($0.path))" }.joined(separator: "\n\n")
  }

  private var trust: String {
    guard let verification = ablation.verification else {
      return """
        ## Can it be trusted?

        **Verification.** Not asked for; `--verify` recomputes a prompt by plain double-precision runs.
        """
    }
    let rows = verification.worst.map { ["`\($0.statistic)`", Numbers.size($0.difference), Markdown.inline($0.place)] }
    return """
      ## Can it be trusted?

      **Verification.** \(Numbers.count(verification.prompts, "prompt")) recomputed by plain double-precision runs of the base, \
      the adapted and the intervened model. The limit is \(Numbers.setting(verification.tolerance)). It \
      \(verification.passed ? "**passed**" : "**failed**").

      \(Markdown.table(["statistic", "relative difference", "where"], rows))
      """
  }

  private var guide: String {
    """
    ## How to read this

    The adapted model was run with parts of its change left out; everything downstream follows, and the base stays the real base.

    - **benefit lost**: (intervened − adapted) / (base − adapted), in losses. 0 %: the part did nothing for the loss. 100 %: \
    without it the adapter is worth no more than the base. Parts interact, so their losses need not add up. Negative: the loss \
    is lower without it.
    - **worth**: what leaving a part out costs on top of those that are already out, the mean over all orders, so that parts sum to \
    what all of them cost together; **left out alone** and **left out last** are the first and the last of these orders.
    - **loss**: mean next-token loss in nats, weighted by tokens. **KL**: from the adapted model's predictions to the intervened \
    ones, in nats. **agreement**: predictions whose likeliest token is the adapted model's.
    - **scores**: dKᵀQ, KᵀdQ and dKᵀdQ, the three terms of a score's change. **values**: dP·V, P·dV and dP·dV, the three \
    terms of what a token hands on; **changed values** are the two with dV, since dP·V is how scores act. Without scores and \
    values attention hands on just what it does in the base; what remains comes by MLPs, output projections and the stream.
    - **dK.own, dK.inherited, dK.joint**: dW·x, W·dx and dW·dx of the keys, left out of every term that the keys' change enters; \
    dQ and dV likewise.
    """
  }
}

/// The members of one sweep of one intervention.
struct AblationFamily {
  var sweep: String
  /// The intervention that is swept.
  var whole: String
  var members: [Knockout]

  var title: String { "\(whole) by \(sweep)" }

  /// A member's own part of its name.
  func name(_ member: Knockout) -> String { member.family?.member ?? member.name }

  /// Members from the most harmful on.
  var ranked: [Knockout] {
    members.enumerated().sorted {
      ($0.element.harm, -$0.offset) > ($1.element.harm, -$1.offset)
    }.map(\.element)
  }

  /// The most harmful members and, of many, the least harmful ones, without which the loss may be lower; and how they are sorted.
  var ends: (shown: [Knockout], words: String) {
    let (most, least) = (15, 5)
    let left = members.count - most - least
    guard left > 0 else { return (ranked, "the most harmful first") }
    return (
      ranked.prefix(most) + ranked.suffix(least),
      "the \(most) most harmful first, then the \(least) least harmful; \(left) between them are in \(AblationFiles.json)"
    )
  }

  static func all(_ ablation: Ablation) -> [AblationFamily] {
    var families: [AblationFamily] = []
    for member in ablation.knockouts {
      guard let sweep = member.sweep, let whole = member.family?.whole else { continue }
      if let last = families.last, last.sweep == sweep, last.whole == whole {
        families[families.count - 1].members.append(member)
      } else {
        families.append(AblationFamily(sweep: sweep, whole: whole, members: [member]))
      }
    }
    return families
  }
}
