import Results

extension ReportFigure {
  /// The figures of a comparison.
  /// - Parameter places: The pairs of regions that they show, all if nil.
  static func all(_ comparison: AdapterComparison, places: [RegionPair]? = nil) -> [ReportFigure] {
    var figures: [ReportFigure] = []
    if comparison.blocks.contains(where: { $0.rms > 0 }) {
      let title = "Shares of the terms by adapter"
      figures.append(
        ReportFigure("adapter-shares", title: title) {
          AdapterShares(comparison, places: places ?? comparison.places).figure(title: title)
        })
    }
    if comparison.layers.contains(where: { $0.spread.value > 0 }) {
      let title =
        switch comparison.measure {
        case .divergence: "What attention felt, in nats, by layer"
        case .moved: "Attention moved, by layer"
        case .rms: "rms of ΔS, by layer"
        }
      figures.append(
        ReportFigure("adapter-layers", title: title) {
          AdapterLayers(comparison, places: places ?? comparison.places).figure(title: title)
        })
    }
    return figures
  }
}

/// A stacked bar of the three shares for each adapter, a panel a pair of regions.
struct AdapterShares {
  private let comparison: AdapterComparison
  private let places: [RegionPair]
  private let left: Double
  private let width = 420.0
  private let step = 20.0

  init(_ comparison: AdapterComparison, places: [RegionPair]) {
    self.comparison = comparison
    self.places = places
    left = 24 + 7 * Double(comparison.shortNames.map(\.count).max() ?? 0)
  }

  /// The figure.
  func figure(title: String) -> Figure {
    let places = places.filter { place in
      comparison.adapters.indices.contains { (comparison.block($0, place)?.rms ?? 0) > 0 }
    }
    let panel = Double(comparison.adapters.count) * step + 56
    let sums = places.flatMap { place in
      comparison.adapters.indices.compactMap { comparison.block($0, place).map { comparison.leading($0).map(\.value) } }
    }
    let low = min(0, sums.map { $0.filter { $0 < 0 }.reduce(0, +) }.min() ?? 0)
    let high = max(1, sums.map { $0.filter { $0 > 0 }.reduce(0, +) }.max() ?? 1)
    let unit = comparison.measure == .divergence ? " of what attention felt" : ", centred"
    var figure = Figure(
      width: left + width + 60, height: 72 + Double(places.count) * panel, title: title,
      summary: "For each pair of regions a stacked bar an adapter: the shares of dKᵀQ, KᵀdQ and dKᵀdQ\(unit).")
    figure.text(title, x: 16, y: 26, style: "heading")
    for (index, term) in Term.allCases.enumerated() {
      figure.rectangle(x: left + Double(index) * 72, y: 40, width: 11, height: 11, style: term.name)
      figure.text(term.symbol, x: left + Double(index) * 72 + 16, y: 50)
    }
    func x(_ share: Double) -> Double { left + width * (share - low) / (high - low) }
    for (index, place) in places.enumerated() {
      let y = 84 + Double(index) * panel
      figure.text(place.words, x: left, y: y)
      let bottom = y + 8 + Double(comparison.adapters.count) * step
      for mark in ShareBars.marks(from: low, to: high) {
        figure.line(x1: x(mark), y1: y + 8, x2: x(mark), y2: bottom, style: mark == 0 ? "axis" : "grid")
        figure.text(Numbers.percent(mark), x: x(mark), y: bottom + 15, style: "quiet", anchor: .middle)
      }
      for adapter in comparison.adapters.indices {
        let top = y + 8 + Double(adapter) * step
        figure.text(comparison.shortNames[adapter], x: left - 8, y: top + 14, anchor: .end)
        guard let row = comparison.block(adapter, place) else { continue }
        var (up, down) = (0.0, 0.0)
        let leading = comparison.leading(row)
        for term in Term.allCases where leading[term.rawValue].value != 0 {
          let share = leading[term.rawValue].value
          let from = share > 0 ? up : down + share
          figure.rectangle(
            x: x(from), y: top + 3, width: x(from + abs(share)) - x(from), height: step - 6, style: term.name,
            hint: "\(comparison.adapters[adapter].name): \(term.symbol) \(Numbers.percent(share))")
          if share > 0 { up += share } else { down += share }
        }
      }
    }
    return figure
  }
}

/// A line an adapter over the layers, a panel a pair of regions.
struct AdapterLayers {
  private let comparison: AdapterComparison
  private let places: [RegionPair]
  private let left = 64.0
  private let width = 560.0
  private let height = 120.0
  private let panel = 176.0

  init(_ comparison: AdapterComparison, places: [RegionPair]) {
    self.comparison = comparison
    self.places = places
  }

  /// The figure.
  func figure(title: String) -> Figure {
    let places = places.filter { place in rows(place).contains { $0.spread.value > 0 } }
    let longest = comparison.shortNames.map(\.count).max() ?? 0
    var figure = Figure(
      width: left + width + 60 + 7.5 * Double(longest),
      height: max(64 + Double(places.count) * panel, 90 + 20 * Double(comparison.adapters.count)), title: title,
      summary: "For each pair of regions a line an adapter: how much its attention changes in each layer.")
    figure.text(title, x: 16, y: 26, style: "heading")
    for adapter in comparison.adapters.indices {
      let y = 70 + Double(adapter) * 20
      figure.line(x1: left + width + 14, y1: y, x2: left + width + 34, y2: y, style: style(adapter))
      figure.text(comparison.shortNames[adapter], x: left + width + 40, y: y + 4)
    }
    for (index, place) in places.enumerated() { draw(place, y: 70 + Double(index) * panel, &figure) }
    return figure
  }

  private func rows(_ place: RegionPair) -> [AdapterComparison.SpreadRow] {
    comparison.layers.filter { $0.query == place.query && $0.key == place.key }
  }

  private func style(_ adapter: Int) -> String {
    "series series\(adapter % 4)" + (adapter / 4 % 2 == 1 ? " dashed" : "")
  }

  private func draw(_ place: RegionPair, y: Double, _ figure: inout Figure) {
    let rows = rows(place)
    let largest = comparison.layers.flatMap { $0.values.compactMap(\.self) }.max() ?? 0
    let layers = (rows.map(\.layer).max() ?? 0) + 1
    func x(_ layer: Int) -> Double { left + width * Double(layer) / Double(max(layers - 1, 1)) }
    figure.text(place.words, x: left, y: y - 10)
    for mark in [0, 0.5, 1] {
      let line = y + height * (1 - mark)
      figure.line(x1: left, y1: line, x2: left + width, y2: line, style: mark == 0 ? "axis" : "grid")
      figure.text(comparison.text(largest * mark), x: left - 6, y: line + 4, style: "quiet", anchor: .end)
    }
    for layer in stride(from: 0, to: layers, by: layers > 24 ? 5 : layers > 12 ? 2 : 1) {
      figure.text("L\(layer)", x: x(layer), y: y + height + 16, style: "quiet", anchor: .middle)
    }
    for adapter in comparison.adapters.indices {
      let points = rows.compactMap { row in
        row.values[adapter].map { (x: x(row.layer), y: y + height * (1 - $0 / largest)) }
      }
      guard let first = points.first else { continue }
      // A single layer becomes a short line, so that it shows.
      figure.path(points.count > 1 ? points : [first, (first.x + 12, first.y)], style: style(adapter))
    }
  }
}

extension AdapterComparison {
  /// Names that fit into a figure.
  fileprivate var shortNames: [String] {
    adapters.map { $0.name.shortened(to: 28) }
  }
}
