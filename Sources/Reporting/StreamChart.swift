import Results

/// How far the residual stream moved, by layer, a line a region.
struct StreamChart {
  private let regions: [(name: String, rows: [StreamDivergence])]
  private let layers: Int
  private let largest: Double
  /// Whether the lines are of medians, which files from before they were computed have not.
  private let hasMedians: Bool
  private let left = 64.0
  private let top = 56.0
  private let width = 560.0
  private let height = 180.0

  /// A chart; nil when the stream moved nowhere.
  init?(_ analysis: Analysis) {
    let medians = analysis.stream.compactMap(\.median)
    hasMedians = medians.count == analysis.stream.count && medians.contains { $0 > 0 }
    guard let largest = (hasMedians ? medians : analysis.stream.map(\.relative)).max(), largest > 0 else { return nil }
    self.largest = largest
    regions = analysis.regions.map { region in (region, analysis.stream.filter { $0.region == region }) }
    layers = (analysis.stream.map(\.layer).max() ?? 0) + 1
  }

  /// The figure.
  func figure() -> String {
    let longest = min(regions.map(\.name.count).max() ?? 0, Self.nameLength)
    var figure = Figure(
      width: left + width + 70 + 7.5 * Double(longest),
      height: max(top + height, top + Double(regions.count) * 20) + 40,
      title: "Residual-stream divergence",
      summary:
        "The size of the stream's change relative to the stream\(hasMedians ? ", the median over the tokens" : ""), entering each layer, a line a region."
    )
    figure.text(
      "Residual-stream divergence: \(hasMedians ? "median " : "")‖dx‖ / ‖x‖ entering each layer", x: 16, y: 26,
      style: "heading")
    axes(&figure)
    for (index, region) in regions.enumerated() {
      let style = "series series\(index % 4)" + (index / 4 % 2 == 1 ? " dashed" : "")
      figure.path(points(region.rows), style: style)
      let y = top + Double(index) * 20
      figure.line(x1: left + width + 18, y1: y + 6, x2: left + width + 38, y2: y + 6, style: style)
      figure.text(name(region.name), x: left + width + 44, y: y + 10)
    }
    return figure.text
  }

  private func axes(_ figure: inout Figure) {
    for mark in [0, 0.5, 1] {
      let y = top + height * (1 - mark)
      figure.line(x1: left, y1: y, x2: left + width, y2: y, style: mark == 0 ? "axis" : "grid")
      figure.text(Numbers.size(largest * mark), x: left - 6, y: y + 4, style: "quiet", anchor: .end)
    }
    for layer in stride(from: 0, to: layers, by: layers > 24 ? 5 : layers > 12 ? 2 : 1) {
      figure.text("L\(layer)", x: x(layer), y: top + height + 18, style: "quiet", anchor: .middle)
    }
  }

  private func x(_ layer: Int) -> Double { left + width * Double(layer) / Double(max(layers - 1, 1)) }

  /// A region's line; a single layer becomes a short one, so that it shows.
  private func points(_ rows: [StreamDivergence]) -> [(x: Double, y: Double)] {
    let points = rows.map { (x: x($0.layer), y: top + height * (1 - value($0) / largest)) }
    guard let only = points.first, points.count == 1 else { return points }
    return [only, (only.x + 12, only.y)]
  }

  private func value(_ row: StreamDivergence) -> Double { hasMedians ? row.median ?? 0 : row.relative }

  private static let nameLength = 32

  private func name(_ text: String) -> String {
    text.count <= Self.nameLength ? text : text.prefix(Self.nameLength - 1) + "…"
  }
}
