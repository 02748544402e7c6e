import Foundation
import Results

/// How far the residual stream moved, by layer, a line a region.
struct StreamChart {
  private let regions: [(name: String, rows: [StreamDivergence])]
  private let layers: Int
  private let largest: Double
  /// Whether the lines are of medians, which files from before they were computed have not.
  private let hasMedians: Bool
  private let left = 64.0
  private let top = 66.0
  private let width = 560.0
  private let height = 180.0

  /// A chart; nil when the stream moved nowhere.
  init?(_ analysis: Analysis) {
    let medians = analysis.stream.compactMap(\.median)
    hasMedians = medians.count == analysis.stream.count && medians.contains { $0 > 0 }
    guard let largest = (hasMedians ? medians : analysis.stream.map(\.relative)).max(), largest > 0 else { return nil }
    self.largest = largest
    let rows = Dictionary(grouping: analysis.stream, by: \.region)
    regions = analysis.streamRegions.map { ($0, rows[$0] ?? []) }
    layers = (analysis.stream.map(\.layer).max() ?? 0) + 1
  }

  /// The figure.
  func figure() -> Figure {
    let longest = min(regions.map(\.name.count).max() ?? 0, Self.nameLength)
    var figure = Figure(
      width: left + width + 36 + 7.5 * Double(longest),
      height: max(top + height, top + Double(regions.count) * 16) + 40,
      title: title,
      summary:
        "The size of the stream's change relative to the stream\(hasMedians ? ", the median over the tokens" : ""), entering each layer, a line a region."
    )
    figure.text(title, x: 16, y: 26, style: "heading")
    figure.text("\(hasMedians ? "median " : "")‖dx‖ / ‖x‖ entering each layer", x: 16, y: 44, style: "quiet")
    axes(&figure)
    for (index, region) in regions.enumerated() { figure.path(points(region.rows), style: style(index)) }
    for (index, y) in labelHeights {
      let end = top + height * (1 - (regions[index].rows.last.map(value) ?? 0) / ceiling)
      figure.line(x1: left + width + 2, y1: end, x2: left + width + 14, y2: y, style: style(index))
      figure.text(regions[index].name.shortened(to: Self.nameLength), x: left + width + 18, y: y + 4)
    }
    return figure
  }

  /// What the lines say.
  var title: String {
    let places = regions.flatMap { region in region.rows.map { (region.name, $0.layer, value($0)) } }
    return FigureTitles.stream(places.max { ($0.2, $1.1) < ($1.2, $0.1) })
  }

  private func style(_ index: Int) -> String {
    "series series\(index % 4)" + (index / 4 % 2 == 1 ? " dashed" : "")
  }

  /// Where each line's name stands: at its end, and below the one before where they would meet.
  private var labelHeights: [(index: Int, y: Double)] {
    let ends = regions.indices.map { index in
      (index: index, y: top + height * (1 - (regions[index].rows.last.map(value) ?? 0) / ceiling))
    }.sorted { ($0.y, $0.index) < ($1.y, $1.index) }
    var next = top
    let placed = ends.map { end in
      let y = max(end.y, next)
      next = y + 16
      return (index: end.index, y: y)
    }
    // Lines that end at the axis would push the last names off the figure.
    let excess = max(0, next - 16 - max(top + height, top + Double(regions.count - 1) * 16))
    return placed.map { ($0.index, $0.y - excess) }
  }

  /// The marks of the axis, from two to five besides 0, at round numbers.
  private var marks: [Double] {
    let unit = pow(10, log10(largest / 2.5).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * unit }.first { largest / $0 <= 5 } ?? largest
    return (0...max(1, Int((largest / step).rounded(.up)))).map { Double($0) * step }
  }

  /// The value at the top of the axis.
  private var ceiling: Double { marks.last ?? largest }

  private func axes(_ figure: inout Figure) {
    for mark in marks {
      let y = top + height * (1 - mark / ceiling)
      figure.line(x1: left, y1: y, x2: left + width, y2: y, style: mark == 0 ? "axis" : "grid")
      figure.text(Numbers.fine(mark), x: left - 6, y: y + 4, style: "quiet", anchor: .end)
    }
    for layer in stride(from: 0, to: layers, by: layers > 24 ? 5 : layers > 12 ? 2 : 1) {
      figure.text("L\(layer)", x: x(layer), y: top + height + 18, style: "quiet", anchor: .middle)
    }
  }

  private func x(_ layer: Int) -> Double { left + width * Double(layer) / Double(max(layers - 1, 1)) }

  /// A region's line; a single layer becomes a short one, so that it shows.
  private func points(_ rows: [StreamDivergence]) -> [(x: Double, y: Double)] {
    let points = rows.map { (x: x($0.layer), y: top + height * (1 - value($0) / ceiling)) }
    guard let only = points.first, points.count == 1 else { return points }
    return [only, (only.x + 12, only.y)]
  }

  private func value(_ row: StreamDivergence) -> Double { hasMedians ? row.median ?? 0 : row.relative }

  private static let nameLength = 32
}
