import Foundation
import Results

/// Layer × site maps: how large the change of every product is, and how much of it is handed on; a pair of panels a region.
struct ProductMap {
  private let rows: [ProductChange]
  private let regions: [String]
  private let sites: [ProductChange.Site]
  private let layers: Int
  /// Decimal logarithms of the smallest and the largest change.
  private let bounds: (low: Double, high: Double)

  private let left = 56.0
  private let top = 84.0
  private let gap = 48.0
  private let width = 42.0
  private var height: Double { layers > 40 ? 9 : 15 }
  private var panelWidth: Double { Double(sites.count) * width }
  private var panelHeight: Double { Double(layers) * height }
  /// Below a panel: names of sites, legend, the next region's title.
  private let foot = 96.0
  /// More regions would make a figure that nobody looks at.
  private static let mostRegions = 3

  /// A map; nil where nothing changed.
  init?(_ analysis: Analysis) {
    guard let products = analysis.products else { return nil }
    rows = products.filter { $0.delta > 0 }
    let moved = analysis.regions.filter { region in products.contains { $0.region == region && $0.delta > 0 } }
    regions = Array(moved.suffix(Self.mostRegions))
    sites = ProductChange.Site.allCases.filter { site in products.contains { $0.site == site } }
    layers = (products.map(\.layer).max() ?? 0) + 1
    let sizes = rows.map { log10($0.delta) }
    guard let high = sizes.max(), let low = sizes.min() else { return nil }
    // Six decades at most, so that a single tiny change does not take the colours of all others.
    bounds = (max(low, high - 6), high)
  }

  /// What the maps say.
  var title: String { FigureTitles.products(rows, region: regions.last) }

  /// The figure.
  func figure() -> Figure {
    var figure = Figure(
      width: left + 2 * panelWidth + gap + 16, height: top + Double(regions.count) * (panelHeight + foot) - 24,
      title: title,
      summary:
        "For each region two maps with a row a layer and a column a product: the size of its change, and the share that is handed on by the stream."
    )
    figure.usesScales = true
    figure.text(title, x: 16, y: 26, style: "heading")
    figure.text("every product of every layer", x: 16, y: 44, style: "quiet")
    for (index, region) in regions.enumerated() {
      let y = top + Double(index) * (panelHeight + foot)
      let name = region.shortened(to: 24)
      figure.text("\(name): size, √ mean ‖Δ‖²", x: left, y: y - 12)
      figure.text("share handed on, W·dx (gate × up: G·dU)", x: left + panelWidth + gap, y: y - 12)
      for panel in 0..<2 { draw(region, panel: panel, &figure, x: left + Double(panel) * (panelWidth + gap), y: y) }
    }
    return figure
  }

  private func draw(_ region: String, panel: Int, _ figure: inout Figure, x: Double, y: Double) {
    for row in rows where row.region == region {
      guard let column = sites.firstIndex(of: row.site) else { continue }
      let share = row.second.share
      let hint =
        "L\(row.layer) \(row.site.title): "
        + (panel == 0 ? Numbers.size(row.delta) : "\(Numbers.percent(share)) handed on")
      figure.rectangle(
        x: x + Double(column) * width, y: y + Double(row.layer) * height, width: width - 1, height: height - 1,
        style: panel == 0 ? ColorScale.size.style(position(row.delta)) : ColorScale.style(share: share), hint: hint)
    }
    for (column, site) in sites.enumerated() {
      let name = site == .gateUp ? "g × u" : site.rawValue
      figure.text(
        name, x: x + (Double(column) + 0.5) * width, y: y + panelHeight + 14, style: "quiet", anchor: .middle)
    }
    if panel == 0 {
      for layer in stride(from: 0, to: layers, by: layers > 40 ? 5 : layers > 12 ? 2 : 1) {
        figure.text("L\(layer)", x: x - 6, y: y + (Double(layer) + 0.5) * height + 4, style: "quiet", anchor: .end)
      }
    }
    legend(panel: panel, &figure, x: x, y: y + panelHeight + 26)
  }

  private func position(_ size: Double) -> Double {
    bounds.high == bounds.low ? 1 : (log10(size) - bounds.low) / (bounds.high - bounds.low)
  }

  private func legend(panel: Int, _ figure: inout Figure, x: Double, y: Double) {
    let scale =
      panel == 0
      ? (0...20).map { ColorScale.size.style(Double($0) / 20) }
      : (-10...10).map { ColorScale.style(share: Double($0) / 10) }
    let middle = pow(10, (bounds.low + bounds.high) / 2)
    let labels =
      panel == 0
      ? [pow(10, bounds.low), middle, pow(10, bounds.high)].map(Numbers.size)
      : [Numbers.percent(-1), "0 %", Numbers.percent(1)]
    let step = 168.0 / Double(scale.count)
    for (index, style) in scale.enumerated() {
      figure.rectangle(x: x + Double(index) * step, y: y, width: step, height: 10, style: style)
    }
    figure.text(labels[0], x: x, y: y + 24, style: "quiet")
    figure.text(labels[1], x: x + 84, y: y + 24, style: "quiet", anchor: .middle)
    figure.text(labels[2], x: x + 168, y: y + 24, style: "quiet", anchor: .end)
  }
}
