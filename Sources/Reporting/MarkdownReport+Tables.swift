import Results

/// What was compared, and the tables.
extension MarkdownReport {
  var setting: String {
    let (base, adapted) = (analysis.base, analysis.adapted)
    let tokens = analysis.prompts.reduce(0) { $0 + $1.tokens }
    var rows = [
      ["base", base.inMarkdown],
      ["adapted", adapted.inMarkdown],
      ["changed modules", adapted.targetsInMarkdown],
      ["mask", maskDescription],
      ["prompts", "\(Numbers.count(analysis.prompts.count)) with \(Numbers.count(tokens, "token"))"],
      ["regions", Markdown.inline(analysis.regions.joined(separator: ", "))],
    ]
    rows.append(["reference point", analysis.reference.explanation])
    return "## What was compared\n\n| | |\n| :-- | :-- |\n"
      + rows.map { "| \($0[0]) | \($0[1]) |" }.joined(separator: "\n")
  }

  private var maskDescription: String {
    let inactive = analysis.prompts.count { $0.activeFrom == nil }
    let late = analysis.prompts.count { ($0.activeFrom ?? 0) > 0 }
    let followsSeparator = analysis.prompts.allSatisfy { $0.activeFrom != nil && $0.activeFrom == $0.separator }
    let effect: String
    if analysis.adapted.kind == "none" {
      effect = "nothing to switch on or off"
    } else if followsSeparator && late > 0 {
      effect = "the adapter acts from the separator on, in every prompt"
    } else if late == 0 && inactive == 0 {
      effect = "the adapter acts on every token"
    } else {
      let off = inactive > 0 ? ", and nowhere in \(inactive)" : ""
      effect = "the adapter starts behind the first token in \(late) of \(analysis.prompts.count) prompts\(off)"
    }
    return "\(Markdown.name(analysis.mask)): \(effect)"
  }

  var blockTables: String? {
    let findings = Findings.all(analysis)
    guard !findings.isEmpty else { return nil }
    return """
      ## All layers and heads

      Every share with its 95 % interval, and rms in units of the score, before the softmax. **Centred**: what a whole row of \
      scores gains moves no attention, so each term is taken less its mean under the base's pattern.

      \(termTable(findings, \.centered))

      **Raw**, as the scores change:

      \(termTable(findings, \.raw))
      """
  }

  /// A row for the change of each pair of regions and one for each of its terms.
  private func termTable(_ findings: [Findings], _ split: KeyPath<Block, Decomposition>) -> String {
    let own = findings.map { $0.pooled[keyPath: split] }
    let hasIntervals = analysis.prompts.count > 1 && own.contains { $0.terms.contains { $0.shareInterval != nil } }
    let rows = findings.flatMap { findings -> [[String]] in
      let (title, part) = (Markdown.inline(findings.pair.title), findings.pooled[keyPath: split])
      let whole = ["\(title), ΔS of \(findings.pooled.pairs) pairs", part.delta.rms > 0 ? "100" : "0"]
      return [whole + (hasIntervals ? ["", ""] : []) + [Numbers.size(part.delta.rms)]]
        + Term.allCases.map { term in
          let bounds =
            part[term].shareInterval.map { [$0.lowerBound, $0.upperBound].map(Numbers.hundredth) } ?? ["", ""]
          return ["\(title), \(term.symbol)", Numbers.hundredth(part[term].share)] + (hasIntervals ? bounds : [])
            + [Numbers.size(part[term].magnitude.rms)]
        }
    }
    return Markdown.table(["block and term", "share %"] + (hasIntervals ? ["from %", "to %"] : []) + ["rms"], rows)
  }

  var layerTables: String? {
    let sections = Findings.all(analysis).filter { $0.isChanged && $0.layers.count > 1 }.map { findings in
      """
      <details><summary>\(Markdown.html(findings.pair.title))</summary>

      \(partTable("layer", findings, findings.layers))

      </details>
      """
    }
    guard !sections.isEmpty else { return nil }
    return """
      ## By layer

      Which part of each pair's change is in a layer, its rms, and the terms' shares there, centred but where one term is all \
      of the change. A term leads where it is named; with a question mark where the intervals of the first two terms overlap.

      \(sections.joined(separator: "\n\n"))
      """
  }

  /// Layers or heads, one below the other.
  private func partTable(_ kind: String, _ findings: Findings, _ parts: [Findings.Part]) -> String {
    let header = [kind, "part of ΔS %", "rms ΔS"] + Term.allCases.map { "\($0.symbol) %" } + ["leads"]
    return Markdown.table(
      header,
      parts.map { part in
        let split = findings.split(of: part.block)
        return [part.name, Numbers.hundredth(part.part), Numbers.size(split.delta.rms)]
          + Term.allCases.map { Numbers.hundredth(split[$0].share) }
          + [split.dominantTerm.symbol + (split.isDecided ? "" : " ?")]
      })
  }

  /// The heads that hold most of the change, by pair of regions.
  var changedHeads: String? {
    let sections = Findings.all(analysis).compactMap { findings -> String? in
      let heads = findings.heads.filter { $0.part > 0 }.prefix(8)
      guard !heads.isEmpty else { return nil }
      return "**\(Markdown.inline(findings.pair.title))**\n\n\(partTable("head", findings, Array(heads)))"
    }
    guard !sections.isEmpty else { return nil }
    return "## The heads that changed most\n\nAll heads are in [blocks.csv](blocks.csv).\n\n"
      + sections.joined(separator: "\n\n")
  }

  var stream: String? {
    let layers = Array(Set(analysis.stream.map(\.layer))).sorted()
    guard analysis.stream.contains(where: { $0.relative > 0 }), let last = layers.last else { return nil }
    func row(_ layer: Int, _ region: String) -> StreamDivergence? {
      analysis.stream.first { $0.layer == layer && $0.region == region }
    }
    // Files from before medians were computed have none.
    let hasMedian = analysis.stream.contains { $0.median != nil }
    func text(_ value: Double?) -> String { value.map(Numbers.size) ?? "–" }
    func columns(_ region: String) -> [(title: String, text: (StreamDivergence?) -> String)] {
      let name = Markdown.inline(region)
      guard hasMedian else { return [(name, { text($0?.relative ?? 0) })] }
      return [("\(name), median", { text($0?.median) })]
        // More would not fit a page.
        + (analysis.regions.count > 3
          ? [] : [("all", { text($0?.relative) }), ("turn", { turn($0?.cosine) })])
    }
    func turn(_ cosine: Double?) -> String {
      cosine.map { $0 == 1 ? "0" : Numbers.size(1 - $0) } ?? "–"
    }
    // A dozen layers say it; analysis.json has all.
    let step = max(1, (layers.count + 11) / 12)
    let shown = layers.filter { $0 % step == 0 || $0 == last }
    let rows = shown.map { layer in
      ["L\(layer)"] + analysis.regions.flatMap { region in columns(region).map { $0.text(row(layer, region)) } }
    }
    let summary = analysis.regions.map { region in
      let own = row(last, region)
      return "\(Numbers.percent((hasMedian ? own?.median : own?.relative) ?? 0)) in \(Markdown.inline(region))"
    }
    let reading =
      hasMedian
      ? """
      ‖dx‖ / ‖x‖ of the stream entering each layer, the median over the tokens\(analysis.regions.count > 3 ? "" : "; beside it over all tokens together, √(Σ‖dx‖² / Σ‖x‖²), which one token of huge norm can hide, and how far it turns, 1 − cos(x, x + dx)"). \
      Entering the last layer the median is \(Markdown.list(summary)).
      """ : "‖dx‖ / ‖x‖ of the stream entering each layer. Entering the last layer it is \(Markdown.list(summary))."
    return """
      ## How far the residual stream moved

      \(reading)

      \(Markdown.table(["layer"] + analysis.regions.flatMap { columns($0).map(\.title) }, rows))
      """
  }

  var figureLinks: String? {
    guard !figures.isEmpty else { return nil }
    return "## Figures\n\n" + figures.map { "![\(Markdown.inline($0.title))](\($0.path))" }.joined(separator: "\n\n")
  }
}
