import Results

/// A layer × head map of the benefit that is lost without each head.
struct BenefitMap {
  private let cells: [(layer: Int, head: Int, lost: Double)]
  private let layers: Int
  private let heads: Int
  private let largest: Double
  private let cell: Double
  private let left = 48.0
  private let top = 56.0

  /// A map; nil where no benefit is known.
  init?(_ family: AblationFamily) {
    cells = family.members.compactMap { member in
      guard let head = member.heads?.first, let lost = member.benefitLost else { return nil }
      return (head.layer, head.head, lost)
    }
    guard !cells.isEmpty else { return nil }
    layers = (cells.map(\.layer).max() ?? 0) + 1
    heads = (cells.map(\.head).max() ?? 0) + 1
    largest = cells.map { abs($0.lost) }.max() ?? 0
    cell = heads > 32 ? 9 : 16
  }

  /// The figure.
  func figure(title: String) -> Figure {
    let height = top + Double(layers) * cell
    var figure = Figure(
      width: max(left + Double(heads) * cell + 24, 16 + 8 * Double(title.count), 260), height: height + 64,
      title: title,
      summary: "A row a layer and a column a head: the part of the adapter's benefit lost without the head.")
    figure.usesScales = true
    figure.text(title, x: 16, y: 26, style: "heading")
    for layer in stride(from: 0, to: layers, by: layers > 12 ? 2 : 1) {
      figure.text("L\(layer)", x: left - 6, y: top + (Double(layer) + 0.5) * cell + 4, style: "quiet", anchor: .end)
    }
    for head in stride(from: 0, to: heads, by: heads > 10 ? 4 : 2) {
      figure.text("H\(head)", x: left + (Double(head) + 0.5) * cell, y: height + 14, style: "quiet", anchor: .middle)
    }
    for item in cells {
      let (x, y) = (left + Double(item.head) * cell, top + Double(item.layer) * cell)
      let hint = cells.count > 2048 ? nil : "L\(item.layer)H\(item.head): \(Numbers.percent(item.lost))"
      if item.lost == 0 {
        figure.rectangle(
          x: x + cell / 2 - 2, y: y + cell / 2 - 2, width: 3, height: 3, style: "none", hint: hint)
      } else {
        figure.rectangle(
          x: x, y: y, width: cell - 1, height: cell - 1, style: ColorScale.style(share: item.lost / largest), hint: hint
        )
      }
    }
    legend(&figure, y: height + 26)
    return figure
  }

  private func legend(_ figure: inout Figure, y: Double) {
    for step in -10...10 {
      figure.rectangle(
        x: left + Double(step + 10) * 6, y: y, width: 6, height: 10, style: ColorScale.style(share: Double(step) / 10))
    }
    figure.text(Numbers.percent(-largest), x: left, y: y + 24, style: "quiet")
    figure.text("0", x: left + 63, y: y + 24, style: "quiet", anchor: .middle)
    figure.text(Numbers.percent(largest), x: left + 126, y: y + 24, style: "quiet", anchor: .end)
  }
}
