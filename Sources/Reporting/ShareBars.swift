import Foundation
import Results

/// A stacked bar of the three shares for every layer, one panel a pair of regions. Negative shares hang below the
/// line.
struct ShareBars {
  private let rows: [(title: String, blocks: [Block])]

  /// Bars for the pairs of regions; nil when no layer has any change.
  init?(_ analysis: Analysis) {
    rows = RegionPair.all(analysis).map { pair in
      let blocks = analysis.summary.filter { $0.layer != nil && $0.head == nil && pair.matches($0) }
      return (pair.title, blocks)
    }.filter { row in row.blocks.contains { $0.raw.delta.rms > 0 } }
    if rows.isEmpty { return nil }
  }

  /// The figure.
  func figure() -> String {
    let layers = (rows.flatMap(\.blocks).compactMap(\.layer).max() ?? 0) + 1
    let bar = min(28, max(8, 640 / Double(layers)))
    let (left, top, height, gap) = (56.0, 88.0, 110.0, 58.0)
    let width = max(left + Double(layers) * bar + 24, 360)
    var figure = Figure(
      width: width, height: top + Double(rows.count) * (height + gap) - 24, title: "Shares of the terms by layer",
      summary:
        "For each pair of regions, a stacked bar a layer with the shares of dKᵀQ, KᵀdQ and dKᵀdQ in the energy of the change."
    )
    figure.text("Shares of the terms by layer", x: 16, y: 26, style: "heading")
    for (index, term) in Term.allCases.enumerated() {
      let x = left + Double(index) * 72
      figure.rectangle(x: x, y: 40, width: 11, height: 11, style: term.name)
      figure.text(term.symbol, x: x + 16, y: 50)
    }
    for (index, row) in rows.enumerated() {
      let y = top + Double(index) * (height + gap)
      figure.text(row.title, x: left, y: y - 10)
      panel(&figure, row.blocks, x: left, y: y, width: Double(layers) * bar, height: height, bar: bar)
    }
    return figure.text
  }

  /// The shares to label, from three to six of them, whatever the terms' cancelling makes of the range.
  static func marks(from bottom: Double, to top: Double) -> [Double] {
    let step = exp2((log2(max(top - bottom, 1) / 3)).rounded(.up))
    guard step.isFinite else { return [0] }
    return (Int((bottom / step).rounded(.up))...Int((top / step).rounded(.down))).map { Double($0) * step }
  }

  private func panel(
    _ figure: inout Figure, _ blocks: [Block], x: Double, y: Double, width: Double, height: Double, bar: Double
  ) {
    let stacks = blocks.map { block in Term.allCases.map { block.raw[$0].share } }
    let top = max(1, stacks.map { $0.filter { $0 > 0 }.reduce(0, +) }.max() ?? 1)
    let bottom = min(0, stacks.map { $0.filter { $0 < 0 }.reduce(0, +) }.min() ?? 0)
    let scale = height / (top - bottom)
    let zero = y + top * scale
    for mark in Self.marks(from: bottom, to: top) {
      figure.line(
        x1: x, y1: zero - mark * scale, x2: x + width, y2: zero - mark * scale, style: mark == 0 ? "axis" : "grid")
      figure.text(Numbers.percent(mark), x: x - 6, y: zero - mark * scale + 4, style: "quiet", anchor: .end)
    }
    for (block, shares) in zip(blocks, stacks) {
      guard let layer = block.layer else { continue }
      let start = x + Double(layer) * bar
      var (up, down) = (0.0, 0.0)
      for (term, share) in zip(Term.allCases, shares) where share != 0 {
        let from = share > 0 ? up : down
        let edge = max(from, from + share)
        figure.rectangle(
          x: start + 1, y: zero - edge * scale, width: bar - 2, height: abs(share) * scale, style: term.name,
          hint: "L\(layer): \(term.symbol) \(Numbers.percent(share))")
        if share > 0 { up += share } else { down += share }
      }
      if layer % (bar < 16 ? 5 : bar < 26 ? 2 : 1) == 0 {
        figure.text("L\(layer)", x: start + bar / 2, y: y + height + 16, style: "quiet", anchor: .middle)
      }
    }
  }
}
