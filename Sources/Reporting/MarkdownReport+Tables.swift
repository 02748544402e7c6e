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
    let rows = pairs.compactMap { pair in pooled(pair) }
    guard !rows.isEmpty else { return nil }
    return """
      ## All layers and heads

      Shares of the change's energy over all pairs of a block; rms in units of the score, before the softmax.

      \(Markdown.table(Self.columns("block"), rows.map { cells("\($0.query) → \($0.key)", $0, $0.raw, hasIntervals: true) }))

      The same, **centred**: what a whole row of scores gains does not move attention, so each term is taken less its \
      mean under the base's pattern.

      \(Markdown.table(Self.columns("block"), rows.map { cells("\($0.query) → \($0.key)", $0, $0.centered, hasIntervals: true) }))
      """
  }

  var layerTables: String? {
    let sections = pairs.compactMap { pair -> String? in
      let rows = layerRows(pair)
      guard rows.contains(where: { $0.raw.delta.rms > 0 }) else { return nil }
      return """
        <details><summary>\(Markdown.html(pair.title))</summary>

        \(Markdown.table(Self.columns("layer"), rows.map { cells("L\($0.layer ?? 0)", $0, $0.raw) }))

        </details>
        """
    }
    return sections.isEmpty ? nil : "## By layer\n\n" + sections.joined(separator: "\n\n")
  }

  private static func columns(_ first: String) -> [String] {
    [first, "pairs", "rms ΔS"] + Term.allCases.flatMap { ["\($0.symbol) share", "rms"] } + ["dominant"]
  }

  private func cells(
    _ name: String, _ row: Block, _ part: Decomposition, hasIntervals: Bool = false
  ) -> [String] {
    [Markdown.inline(name), Numbers.count(row.pairs), Numbers.size(part.delta.rms)]
      + Term.allCases.flatMap { term in
        let share = hasIntervals ? share(part[term]) : Numbers.percent(part[term].share)
        return [share, Numbers.size(part[term].magnitude.rms)]
      } + [part.dominantTerm.symbol]
  }

  /// The heads whose scores moved most, by pair of regions.
  var changedHeads: String? {
    let sections = pairs.compactMap { pair -> String? in
      let heads = analysis.blocks.filter { pair.matches($0) && $0.raw.delta.rms > 0 }
        .sorted { ($0.raw.delta.rms, $1.layer ?? 0, $1.head ?? 0) > ($1.raw.delta.rms, $0.layer ?? 0, $0.head ?? 0) }
        .prefix(8)
      guard !heads.isEmpty else { return nil }
      let rows = heads.map { cells("L\($0.layer ?? 0)H\($0.head ?? 0)", $0, $0.raw) }
      return "**\(Markdown.inline(pair.title))**\n\n\(Markdown.table(Self.columns("head"), rows))"
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
