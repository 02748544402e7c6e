import Results

/// Layer × head maps of one pair of regions: the share of each term and the size of the change.
struct Heatmap {
  private let blocks: [Block]
  private let layers: Int
  private let heads: Int
  private let largest: Double
  private let cell: Double
  /// Panels beside each other: four, or two where many heads would make the figure wider than a page.
  private let columns: Int

  private let left = 48.0
  private let top = 78.0
  private let gap = 28.0
  /// Height below a panel: head labels and the legend.
  private let foot = 96.0

  /// A map of a pair of regions; nil when it has no blocks.
  init?(_ analysis: Analysis, query: String, key: String) {
    blocks = analysis.blocks.filter { $0.query == query && $0.key == key }
    guard !blocks.isEmpty else { return nil }
    layers = analysis.base.layers
    heads = analysis.base.heads
    largest = blocks.map(\.raw.delta.rms).max() ?? 0
    cell = heads > 32 ? 7 : heads > 16 ? 10 : heads > 10 ? 13 : 16
    columns = heads > 16 ? 2 : 4
  }

  private var panelWidth: Double { max(Double(heads) * cell, 132) }
  private var panelHeight: Double { Double(layers) * cell }

  /// The figure: a panel for each term's share and one for the size.
  func figure(title: String) -> String {
    let rows = Double(4 / columns)
    var figure = Figure(
      width: left + Double(columns) * (panelWidth + gap) + 4, height: top + rows * (panelHeight + foot) - 36,
      title: title,
      summary:
        "Four maps with a row a layer and a column a head: the share of each term in the change, and the size of the change."
    )
    figure.usesScales = true
    figure.text(title, x: 16, y: 26, style: "heading")
    for (index, name) in (Term.allCases.map { "share of \($0.symbol)" } + ["size: rms ΔS"]).enumerated() {
      let x = left + Double(index % columns) * (panelWidth + gap)
      let y = top + Double(index / columns) * (panelHeight + foot)
      figure.text(name, x: x, y: y - 12)
      labels(&figure, x: x, y: y, hasLayers: index % columns == 0)
      for block in blocks { draw(block, panel: index, &figure, x: x, y: y) }
      legend(panel: index, &figure, x: x, y: y + panelHeight + 26)
    }
    return figure.text
  }

  private func labels(_ figure: inout Figure, x: Double, y: Double, hasLayers: Bool) {
    if hasLayers {
      for layer in stride(from: 0, to: layers, by: cell < 10 ? 5 : layers > 12 ? 2 : 1) {
        figure.text("L\(layer)", x: x - 6, y: y + (Double(layer) + 0.5) * cell + 4, style: "quiet", anchor: .end)
      }
    }
    for head in stride(from: 0, to: heads, by: cell < 10 ? 8 : heads > 10 ? 4 : 2) {
      figure.text(
        "H\(head)", x: x + (Double(head) + 0.5) * cell, y: y + panelHeight + 14, style: "quiet", anchor: .middle)
    }
  }

  /// A coloured cell, or a dot where the value is exactly zero.
  private func draw(_ block: Block, panel: Int, _ figure: inout Figure, x: Double, y: Double) {
    guard let layer = block.layer, let head = block.head else { return }
    let (value, style, text) = reading(block.raw, panel: panel)
    let (x, y) = (x + Double(head) * cell, y + Double(layer) * cell)
    // Thousands of texts would make a file that no page wants to load.
    let hint = blocks.count > 2048 ? nil : "L\(layer)H\(head): \(text)"
    if value == 0 {
      dot(&figure, x: x, y: y, hint: hint)
    } else {
      figure.rectangle(x: x, y: y, width: cell - 1, height: cell - 1, style: style, hint: hint)
    }
  }

  private func reading(_ part: Decomposition, panel: Int) -> (value: Double, style: String, text: String) {
    guard let term = Term(rawValue: panel) else {
      let rms = part.delta.rms
      return (rms, ColorScale.size.style(largest == 0 ? 0 : rms / largest), "rms ΔS \(Numbers.size(rms))")
    }
    let share = part[term].share
    return (part[term].magnitude.rms, ColorScale.style(share: share), "\(term.symbol) \(Numbers.percent(share))")
  }

  private func dot(_ figure: inout Figure, x: Double, y: Double, hint: String?) {
    let side = cell > 8 ? 3.0 : 2
    let inset = (cell - 1 - side) / 2
    figure.rectangle(x: x + inset, y: y + inset, width: side, height: side, style: "none", hint: hint)
  }

  /// The scale under a panel: shares under the first panel, the meaning of a dot under the second, sizes under the last.
  private func legend(panel: Int, _ figure: inout Figure, x: Double, y: Double) {
    switch panel {
    case 0:
      let scale = (-10...10).map { ColorScale.style(share: Double($0) / 10) }
      bar(&figure, scale, labels: [Numbers.percent(-1), "0 %", Numbers.percent(1)], x: x, y: y)
    case 1:
      dot(&figure, x: x, y: y + 5 - cell / 2, hint: nil)
      figure.text("exactly zero", x: x + cell, y: y + 9, style: "quiet")
    case 3:
      let scale = (0...20).map { ColorScale.size.style(Double($0) / 20) }
      bar(&figure, scale, labels: ["0", "", Numbers.size(largest)], x: x, y: y)
    default: break
    }
  }

  private func bar(_ figure: inout Figure, _ styles: [String], labels: [String], x: Double, y: Double) {
    let step = 126.0 / Double(styles.count)
    for (index, style) in styles.enumerated() {
      figure.rectangle(x: x + Double(index) * step, y: y, width: step, height: 10, style: style)
    }
    figure.text(labels[0], x: x, y: y + 24, style: "quiet")
    figure.text(labels[1], x: x + 63, y: y + 24, style: "quiet", anchor: .middle)
    figure.text(labels[2], x: x + 126, y: y + 24, style: "quiet", anchor: .end)
  }
}
