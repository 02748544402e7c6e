import Foundation
import Results

/// A stacked bar of the three shares for every layer, one panel a pair of regions. Negative shares hang below the
/// line; a bar is as wide as the layer's part of the change says.
struct ShareBars {
  private let rows: [Findings]
  /// What the bars say.
  let title: String

  /// Bars for the pairs of regions; nil when no layer has any change.
  init?(_ findings: [Findings]) {
    rows = findings.shown
    guard let first = Answer.first(findings) else { return nil }
    title = FigureTitles.shares(first)
  }

  /// The figure.
  func figure() -> Figure {
    let layers = (rows.flatMap(\.layers).compactMap(\.block.layer).max() ?? 0) + 1
    let bar = min(28, max(8, 640 / Double(layers)))
    let (left, top, height, gap) = (56.0, 88.0, 110.0, 58.0)
    let width = max(left + Double(layers) * bar + 24, 440, 32 + 8 * Double(title.count))
    var figure = Figure(
      width: width, height: top + Double(rows.count) * (height + gap) - 24, title: title,
      summary: """
        For each pair of regions, a stacked bar a layer with the shares of dKᵀQ, KᵀdQ and dKᵀdQ in the change. The wider a bar, \
        the more changes in its layer.
        """)
    figure.text(title, x: 16, y: 26, style: "heading")
    let occurring = Term.allCases.filter { term in stacks.contains { $0.contains { $0[term.rawValue] != 0 } } }
    for (index, term) in occurring.enumerated() {
      let x = left + Double(index) * 72
      figure.rectangle(x: x, y: 40, width: 11, height: 11, style: term.name)
      figure.text(term.symbol, x: x + 16, y: 50)
    }
    figure.text("wide: much of the change", x: left + 10 + Double(occurring.count) * 72, y: 50, style: "quiet")
    for (index, row) in rows.enumerated() {
      let y = top + Double(index) * (height + gap)
      figure.text("\(row.pair.title), \(row.yardstick.caption)", x: left, y: y - 10)
      panel(&figure, row, x: left, y: y, width: Double(layers) * bar, height: height, bar: bar)
    }
    return figure
  }

  /// The shares to label, from three to six of them, whatever the terms' cancelling makes of the range.
  static func marks(from bottom: Double, to top: Double) -> [Double] {
    let step = exp2((log2(max(top - bottom, 1) / 3)).rounded(.up))
    guard step.isFinite else { return [0] }
    return (Int((bottom / step).rounded(.up))...Int((top / step).rounded(.down))).map { Double($0) * step }
  }

  /// By pair of regions and layer, the shares.
  private var stacks: [[[Double]]] {
    rows.map { row in row.layers.map { layer in Term.allCases.map { layer.split[$0].share } } }
  }

  /// What all panels have in common: the ends of the axis.
  private var scale: (bottom: Double, top: Double) {
    let all = stacks.flatMap(\.self)
    return (
      min(0, all.map { $0.filter { $0 < 0 }.reduce(0, +) }.min() ?? 0),
      max(1, all.map { $0.filter { $0 > 0 }.reduce(0, +) }.max() ?? 1)
    )
  }

  private func panel(
    _ figure: inout Figure, _ row: Findings, x: Double, y: Double, width: Double, height: Double, bar: Double
  ) {
    let (bottom, top) = scale
    let most = row.layers.map(\.part).max() ?? 0
    let scale = height / (top - bottom)
    let zero = y + top * scale
    for mark in Self.marks(from: bottom, to: top) {
      figure.line(
        x1: x, y1: zero - mark * scale, x2: x + width, y2: zero - mark * scale, style: mark == 0 ? "axis" : "grid")
      figure.text(Numbers.percent(mark), x: x - 6, y: zero - mark * scale + 4, style: "quiet", anchor: .end)
    }
    for part in row.layers {
      guard let layer = part.block.layer else { continue }
      let start = x + Double(layer) * bar
      let own = max(1.5, (bar - 2) * (most > 0 ? part.part / most : 1))
      var (up, down) = (0.0, 0.0)
      for (term, share) in Term.allCases.map({ ($0, part.split[$0].share) }) where share != 0 {
        let from = share > 0 ? up : down
        let edge = max(from, from + share)
        figure.rectangle(
          x: start + (bar - own) / 2, y: zero - edge * scale, width: own, height: abs(share) * scale, style: term.name,
          hint: "L\(layer), \(Numbers.percent(part.part)) of the change: \(term.symbol) \(Numbers.percent(share))")
        if share > 0 { up += share } else { down += share }
      }
      if layer % (bar < 16 ? 5 : bar < 26 ? 2 : 1) == 0 {
        figure.text("L\(layer)", x: start + bar / 2, y: y + height + 16, style: "quiet", anchor: .middle)
      }
    }
  }
}
