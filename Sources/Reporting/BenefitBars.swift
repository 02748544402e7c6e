import Results

/// A bar for each intervention: how much of the adapter's benefit is lost, with its interval.
struct BenefitBars {
  private let rows: [(name: String, lost: Double, interval: ClosedRange<Double>?)]
  private let range: ClosedRange<Double>
  private let left: Double
  private let top = 52.0
  private let width = 420.0
  private let step = 22.0
  private static let nameLength = 44

  /// Bars; nil where no benefit is known.
  init?(_ knockouts: [(name: String, knockout: Knockout)]) {
    rows = knockouts.compactMap { name, knockout in
      knockout.benefitLost.map { (name, $0, knockout.benefitLostInterval) }
    }
    guard !rows.isEmpty else { return nil }
    let ends = rows.map(\.lost)
    range = min(0, ends.min() ?? 0)...max(ends.max() ?? 0, 0.01)
    left = 24 + 7 * Double(min(Self.nameLength, rows.map(\.name.count).max() ?? 0))
  }

  /// The figure.
  func figure(title: String) -> Figure {
    let height = top + Double(rows.count) * step
    var figure = Figure(
      width: left + width + 84, height: height + 40, title: title,
      summary: "A bar an intervention: the part of the adapter's benefit that is lost, with its 95 % interval.")
    figure.usesScales = true
    figure.text(title, x: 16, y: 26, style: "heading")
    for mark in ShareBars.marks(from: range.lowerBound, to: range.upperBound) where range.contains(mark) {
      figure.line(x1: x(mark), y1: top, x2: x(mark), y2: height, style: mark == 0 ? "axis" : "grid")
      figure.text(Numbers.percent(mark), x: x(mark), y: height + 16, style: "quiet", anchor: .middle)
    }
    for (index, row) in rows.enumerated() {
      let y = top + Double(index) * step
      figure.text(row.name.shortened(to: Self.nameLength), x: left - 8, y: y + 15, anchor: .end)
      figure.rectangle(
        x: min(x(0), x(row.lost)), y: y + 4, width: abs(x(row.lost) - x(0)), height: step - 8,
        style: ColorScale.style(share: row.lost < 0 ? -0.6 : 0.6), hint: "\(row.name): \(Numbers.percent(row.lost))")
      if let interval = row.interval?.clamped(to: range), interval.lowerBound < interval.upperBound {
        figure.line(
          x1: x(interval.lowerBound), y1: y + step / 2, x2: x(interval.upperBound), y2: y + step / 2, style: "axis")
      }
      figure.text(Numbers.percent(row.lost), x: left + width + 10, y: y + 15, style: "quiet")
    }
    return figure
  }

  private func x(_ value: Double) -> Double {
    left + width * (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }
}
