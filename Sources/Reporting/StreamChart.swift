import Attribution

/// How far the residual stream moved, by layer, a line a region.
struct StreamChart {
  private let regions: [(name: String, rows: [StreamDivergence])]

  /// A chart; nil when the stream moved nowhere.
  init?(_ analysis: Analysis) {
    guard analysis.stream.contains(where: { $0.relative > 0 }) else { return nil }
    regions = analysis.regions.map { region in (region, analysis.stream.filter { $0.region == region }) }
  }

  /// The figure.
  func figure() -> String {
    let rows = regions.flatMap(\.rows)
    let layers = max((rows.map(\.layer).max() ?? 0) + 1, 2)
    let top = rows.map(\.relative).max() ?? 1
    let (left, upper, width, height) = (64.0, 56.0, 560.0, 180.0)
    var figure = Figure(
      width: left + width + 130, height: upper + height + 50, title: "Residual-stream divergence",
      summary: "The size of the stream's change relative to the stream, entering each layer, a line a region.")
    figure.text("Residual-stream divergence: ‖dx‖ / ‖x‖ entering each layer", x: 16, y: 26, style: "heading")
    for mark in [0, 0.5, 1] {
      let y = upper + height * (1 - mark)
      figure.line(x1: left, y1: y, x2: left + width, y2: y, style: mark == 0 ? "axis" : "grid")
      figure.text(Numbers.size(top * mark), x: left - 6, y: y + 4, style: "quiet", anchor: .end)
    }
    func x(_ layer: Int) -> Double { left + width * Double(layer) / Double(layers - 1) }
    for layer in stride(from: 0, to: layers, by: layers > 24 ? 5 : layers > 12 ? 2 : 1) {
      figure.text("L\(layer)", x: x(layer), y: upper + height + 18, style: "quiet", anchor: .middle)
    }
    for (index, region) in regions.enumerated() {
      let style = index % 4
      let points = region.rows.map { (x: x($0.layer), y: upper + height * (1 - $0.relative / top)) }
      figure.path(points, style: "line\(style)")
      figure.rectangle(
        x: left + width + 18, y: upper + Double(index) * 20, width: 11, height: 11, style: "dot\(style)")
      figure.text(region.name, x: left + width + 34, y: upper + Double(index) * 20 + 10)
    }
    return figure.text
  }
}
