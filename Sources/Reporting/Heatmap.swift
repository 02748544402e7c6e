import Results

/// Layer × head maps: the share of each of three terms and the size of the change.
struct Heatmap {
  /// What a head shows.
  struct Cell {
    var layer: Int
    var head: Int
    /// The terms' shares.
    var shares: [Double]
    /// Whether each term is exactly zero.
    var isZero: [Bool]
    /// Size of the change.
    var size: Double
  }

  private let cells: [Cell]
  private let terms: [String]
  private let sizeName: String
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
  private let foot = 112.0

  /// A map of a pair of regions, by the shares that the report tells it by; nil when it has no blocks.
  /// - Parameter largest: The largest size in any of the report's maps, which all of them share as the end of their scale.
  init?(_ findings: Findings, of base: BaseSummary, largest: Double) {
    guard !findings.heads.isEmpty else { return nil }
    let cells = findings.heads.compactMap { part -> Cell? in
      guard let layer = part.block.layer, let head = part.block.head else { return nil }
      return Cell(
        layer: layer, head: head, shares: Term.allCases.map { part.split[$0].share },
        isZero: Term.allCases.map { part.split[$0].isZero }, size: part.split.size)
    }.sorted { ($0.layer, $0.head) < ($1.layer, $1.head) }
    self.init(
      cells, of: base, terms: Term.allCases.map(\.symbol), sizeName: findings.yardstick.sizeName, largest: largest)
  }

  /// A map of heads; `terms` are the names of their three shares.
  init(_ cells: [Cell], of base: BaseSummary, terms: [String], sizeName: String, largest: Double? = nil) {
    self.cells = cells
    self.terms = terms
    self.sizeName = sizeName
    layers = base.layers
    heads = base.heads
    self.largest = largest ?? cells.map(\.size).max() ?? 0
    cell = heads > 32 ? 7 : heads > 16 ? 10 : heads > 10 ? 13 : 16
    columns = heads > 16 ? 2 : 4
  }

  private var panelWidth: Double { max(Double(heads) * cell, 132) }
  private var panelHeight: Double { Double(layers) * cell }

  /// The figure: a panel for each term's share and one for the size.
  func figure(title: String) -> Figure {
    let rows = Double(4 / columns)
    var figure = Figure(
      width: max(left + Double(columns) * (panelWidth + gap) + 4, 32 + 8 * Double(title.count)),
      height: top + rows * (panelHeight + foot) - 36,
      title: title,
      summary:
        "Four maps with a row a layer and a column a head: the share of each term in the change, and the size of the change."
    )
    figure.usesScales = true
    figure.text(title, x: 16, y: 26, style: "heading")
    for (index, name) in (terms.map { "share of \($0)" } + ["size: \(sizeName)"]).enumerated() {
      let x = left + Double(index % columns) * (panelWidth + gap)
      let y = top + Double(index / columns) * (panelHeight + foot)
      figure.text(name, x: x, y: y - 12)
      labels(&figure, x: x, y: y, hasLayers: index % columns == 0)
      for cell in cells { draw(cell, panel: index, &figure, x: x, y: y) }
      legend(panel: index, &figure, x: x, y: y + panelHeight + 26)
    }
    return figure
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
  private func draw(_ content: Cell, panel: Int, _ figure: inout Figure, x: Double, y: Double) {
    let (isZero, style, text) = reading(content, panel: panel)
    let (x, y) = (x + Double(content.head) * cell, y + Double(content.layer) * cell)
    // Thousands of texts would make a file that no page wants to load.
    let hint = cells.count > 2048 ? nil : "L\(content.layer)H\(content.head): \(text)"
    if isZero {
      dot(&figure, x: x, y: y, hint: hint)
    } else {
      figure.rectangle(x: x, y: y, width: cell - 1, height: cell - 1, style: style, hint: hint)
    }
  }

  private func reading(_ content: Cell, panel: Int) -> (isZero: Bool, style: String, text: String) {
    guard terms.indices.contains(panel) else {
      let part = largest == 0 ? 0 : content.size / largest
      return (content.size == 0, ColorScale.size.style(part), "\(sizeName) \(Numbers.size(content.size))")
    }
    let share = content.shares[panel]
    return (
      content.isZero[panel], ColorScale.style(share: share, ofTerm: panel), "\(terms[panel]) \(Numbers.percent(share))"
    )
  }

  private func dot(_ figure: inout Figure, x: Double, y: Double, hint: String?) {
    let side = cell > 8 ? 3.0 : 2
    let inset = (cell - 1 - side) / 2
    figure.rectangle(x: x + inset, y: y + inset, width: side, height: side, style: "none", hint: hint)
  }

  /// The scale under a panel; the meaning of a dot stands under the last, where there is one.
  private func legend(panel: Int, _ figure: inout Figure, x: Double, y: Double) {
    switch panel {
    case terms.indices:
      let shares = cells.map { $0.isZero[panel] ? 0 : $0.shares[panel] }
      guard shares.contains(where: { $0 != 0 }) else { return }
      let isNegative = shares.contains { $0 < 0 }
      let scale = (isNegative ? -10...10 : 0...20).map {
        ColorScale.style(share: Double($0) / (isNegative ? 10 : 20), ofTerm: panel)
      }
      let labels = isNegative ? [Numbers.percent(-1), "0 %", Numbers.percent(1)] : ["0 %", "", Numbers.percent(1)]
      bar(&figure, scale, labels: labels, x: x, y: y)
    default:
      let scale = (0...20).map { ColorScale.size.style(Double($0) / 20) }
      bar(&figure, scale, labels: ["0", "", Numbers.size(largest)], x: x, y: y)
      guard cells.contains(where: { $0.size == 0 || $0.isZero.contains(true) }) else { return }
      dot(&figure, x: x, y: y + 37 - cell / 2, hint: nil)
      figure.text("exactly zero", x: x + cell, y: y + 41, style: "quiet")
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
