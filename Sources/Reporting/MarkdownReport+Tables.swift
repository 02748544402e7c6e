import Results

/// What was compared, and the tables.
extension MarkdownReport {
  var setting: String {
    "## What was compared\n\n| | |\n| :-- | :-- |\n"
      + SettingWords(analysis).rows.map { "| \($0.label) | \($0.text.markdown) |" }.joined(separator: "\n")
  }

  var blockTables: String? {
    guard !tables.findings.isEmpty else { return nil }
    return """
      ## All layers and heads

      Every share with its 95 % interval.\(whole)\(nats) rms is in units of the score, before the softmax. **Centred**: what a whole row of \
      scores gains moves no attention, so each term is taken less its mean under the base's pattern.

      \(tables.terms(\.centered, of: tables.findings.spoken).markdown)

      **Raw**, as the scores change:

      \(tables.terms(\.raw, of: tables.findings.spoken).markdown)
      """
  }

  /// What of many pairs of regions stands here.
  private var whole: String {
    tables.findings.others.isEmpty ? "" : " Of the pairs of regions that the answer puts in words; the page has all."
  }

  private var nats: String {
    guard let table = tables.nats(of: tables.findings.spoken) else { return "" }
    return """
       **Attention**: the terms of what attention felt, in nats a query and head.

      \(table.markdown)

      **Scores**, whether attended to or not:
      """
  }

  var layerTables: String? {
    let sections = tables.findings.detailed.filter { $0.layers.count > 1 }.map { findings in
      """
      <details><summary>\(Markdown.html(findings.pair.title))</summary>

      \(tables.parts("layer", findings, findings.layers).markdown)

      </details>
      """
    }
    guard !sections.isEmpty else { return nil }
    return """
      ## By layer

      Which part of each pair's change is in a layer, its size, and the terms' shares there\(tables.yardsticks). A term leads where it is named; with a question mark where the intervals of the first two terms overlap.

      \(sections.joined(separator: "\n\n"))
      """
  }

  /// The heads that hold most of the change, by pair of regions.
  var changedHeads: String? {
    let sections = tables.findings.detailed.compactMap { findings -> String? in
      let heads = findings.heads.filter { $0.part > 0 }.prefix(8)
      guard !heads.isEmpty else { return nil }
      return
        "**\(Markdown.inline(findings.pair.title))**\n\n\(tables.parts("head", findings, Array(heads)).markdown)"
    }
    guard !sections.isEmpty else { return nil }
    return "## The heads that changed most\n\nAll heads are in [blocks.csv](blocks.csv).\n\n"
      + sections.joined(separator: "\n\n")
  }

  var stream: String? {
    let layers = Array(Set(analysis.stream.map(\.layer))).sorted()
    guard analysis.stream.contains(where: { $0.relative > 0 }), let last = layers.last else { return nil }
    let regions = analysis.streamRegions
    let known = Dictionary(grouping: analysis.stream, by: \.region)
    func row(_ layer: Int, _ region: String) -> StreamDivergence? { known[region]?.first { $0.layer == layer } }
    // Files from before medians were computed have none.
    let hasMedian = analysis.stream.contains { $0.median != nil }
    func text(_ value: Double?) -> String { value.map(Numbers.size) ?? "–" }
    func columns(_ region: String) -> [(title: String, text: (StreamDivergence?) -> String)] {
      let name = Markdown.inline(region)
      guard hasMedian else { return [(name, { text($0?.relative ?? 0) })] }
      return [("\(name), median", { text($0?.median) })]
        // More would not fit a page.
        + (regions.count > 3
          ? [] : [("all", { text($0?.relative) }), ("turn", { turn($0?.cosine) })])
    }
    func turn(_ cosine: Double?) -> String {
      cosine.map { $0 == 1 ? "0" : Numbers.size(1 - $0) } ?? "–"
    }
    // A dozen layers say it; analysis.json has all.
    let step = max(1, (layers.count + 11) / 12)
    let shown = layers.filter { $0 % step == 0 || $0 == last }
    let rows = shown.map { layer in
      ["L\(layer)"] + regions.flatMap { region in columns(region).map { $0.text(row(layer, region)) } }
    }
    let summary = regions.map { region in
      let own = row(last, region)
      return "\(Numbers.percent((hasMedian ? own?.median : own?.relative) ?? 0)) in \(Markdown.inline(region))"
    }
    let others =
      regions.count < analysis.regions.count
      ? " Of \(Numbers.count(analysis.regions.count, "region")) those that moved most; analysis.json has all." : ""
    let reading =
      hasMedian
      ? """
      ‖dx‖ / ‖x‖ of the stream entering each layer, the median over the tokens\(regions.count > 3 ? "" : "; beside it over all tokens together, √(Σ‖dx‖² / Σ‖x‖²), which one token of huge norm can hide, and how far it turns, 1 − cos(x, x + dx)"). \
      Entering the last layer the median is \(Markdown.list(summary)).
      """ : "‖dx‖ / ‖x‖ of the stream entering each layer. Entering the last layer it is \(Markdown.list(summary))."
    return """
      ## How far the residual stream moved

      \(reading)\(others)

      \(Markdown.table(["layer"] + regions.flatMap { columns($0).map(\.title) }, rows))
      """
  }

  var figureLinks: String? {
    guard !figures.isEmpty else { return nil }
    return "## Figures\n\n" + figures.map { "![\(Markdown.inline($0.title))](\($0.path))" }.joined(separator: "\n\n")
  }
}
