import Attribution

/// Layer × head maps of one pair of regions: the share of each term and the size of the change.
struct Heatmap {
  private let analysis: Analysis
  private let blocks: [Block]
  private let layers: Int
  private let heads: Int
  private let cell: Double

  /// A map of a pair of regions; nil when it has no blocks.
  init?(_ analysis: Analysis, query: String, key: String) {
    blocks = analysis.blocks.filter { $0.query == query && $0.key == key }
    guard !blocks.isEmpty else { return nil }
    self.analysis = analysis
    layers = analysis.base.layers
    heads = analysis.base.heads
    cell = heads > 32 ? 7 : heads > 16 ? 9 : heads > 10 ? 13 : 16
  }

  /// The figure: four panels side by side.
  func figure(title: String) -> String {
    let panel = max(Double(heads) * cell, 120)
    let (left, top, gap) = (44.0, 74.0, 28.0)
    let height = top + Double(layers) * cell + 84
    let width = left + 4 * panel + 3 * gap + 16
    var figure = Figure(
      width: width, height: height, title: title,
      summary:
        "Four maps with a row a layer and a column a head: the share of each term in the change, and the size of the change."
    )
    figure.text(title, x: 16, y: 26, style: "heading")
    let largest = blocks.map(\.raw.delta.rms).max() ?? 0
    for (index, name) in (Term.allCases.map { "share of \($0.symbol)" } + ["size: rms ΔS"]).enumerated() {
      let x = left + Double(index) * (panel + gap)
      figure.text(name, x: x, y: top - 12)
      frame(&figure, x: x, y: top, labelsLayers: index == 0)
      for block in blocks { draw(block, panel: index, largest: largest, &figure, x: x, y: top) }
    }
    legends(&figure, left: left, panel: panel, gap: gap, y: top + Double(layers) * cell + 34, largest: largest)
    return figure.text
  }

  private func frame(_ figure: inout Figure, x: Double, y: Double, labelsLayers: Bool) {
    figure.rectangle(x: x, y: y, width: Double(heads) * cell, height: Double(layers) * cell, style: "none")
    if labelsLayers {
      let step = cell < 10 ? 5 : layers > 12 ? 2 : 1
      for layer in stride(from: 0, to: layers, by: step) {
        figure.text("L\(layer)", x: x - 6, y: y + (Double(layer) + 0.5) * cell + 4, style: "quiet", anchor: .end)
      }
    }
    for head in stride(from: 0, to: heads, by: cell < 10 ? 8 : heads > 10 ? 4 : 2) {
      figure.text(
        "H\(head)", x: x + (Double(head) + 0.5) * cell, y: y + Double(layers) * cell + 14, style: "quiet",
        anchor: .middle)
    }
  }

  private func draw(_ block: Block, panel: Int, largest: Double, _ figure: inout Figure, x: Double, y: Double) {
    guard let layer = block.layer, let head = block.head, block.raw.delta.rms > 0 else { return }
    let fill: String
    let hint: String
    if let term = Term(rawValue: panel) {
      fill = Colors.share(block.raw[term].share)
      hint = "L\(layer)H\(head): \(term.symbol) \(Numbers.percent(block.raw[term].share))"
    } else {
      fill = Colors.size(largest == 0 ? 0 : block.raw.delta.rms / largest)
      hint = "L\(layer)H\(head): rms ΔS \(Numbers.size(block.raw.delta.rms))"
    }
    figure.rectangle(
      x: x + Double(head) * cell, y: y + Double(layer) * cell, width: cell - 1, height: cell - 1, fill: fill,
      hint: hint)
  }

  private func legends(
    _ figure: inout Figure, left: Double, panel: Double, gap: Double, y: Double, largest: Double
  ) {
    let steps = 20
    let width = 120.0 / Double(steps)
    for step in 0..<steps {
      let part = (Double(step) + 0.5) / Double(steps)
      let x = Double(step) * width
      figure.rectangle(x: left + x, y: y, width: width, height: 10, fill: Colors.share(2 * part - 1))
      figure.rectangle(
        x: left + 3 * (panel + gap) + x, y: y, width: width, height: 10, fill: Colors.size(part))
    }
    let sizes = left + 3 * (panel + gap)
    for (x, label, anchor) in [(0.0, "−1", Figure.Anchor.start), (60, "0", .middle), (120, "1", .end)] {
      figure.text(label, x: left + x, y: y + 24, style: "quiet", anchor: anchor)
    }
    figure.text("0", x: sizes, y: y + 24, style: "quiet")
    figure.text(Numbers.size(largest), x: sizes + 120, y: y + 24, style: "quiet", anchor: .end)
    figure.text(
      "share of the change; grey: no change", x: left + 136, y: y + 9, style: "quiet")
  }
}

/// Colour scales that people with any colour vision can read (after Cividis and the blue-orange of ColorBrewer).
enum Colors {
  /// A share from −1 (purple) over 0 (pale) to 1 (deep blue); beyond, the end's colour.
  static func share(_ share: Double) -> String {
    share < 0
      ? mix((240, 235, 225), (153, 68, 119), min(1, -share)) : mix((240, 235, 225), (0, 76, 140), min(1, share))
  }

  /// A size from 0 (pale) to 1 (dark red).
  static func size(_ size: Double) -> String { mix((250, 232, 205), (150, 40, 20), max(0, min(1, size))) }

  private static func mix(
    _ from: (Double, Double, Double), _ to: (Double, Double, Double), _ part: Double
  ) -> String {
    func channel(_ a: Double, _ b: Double) -> String {
      let value = Int((a + (b - a) * part).rounded())
      return (value < 16 ? "0" : "") + String(value, radix: 16)
    }
    return "#" + channel(from.0, to.0) + channel(from.1, to.1) + channel(from.2, to.2)
  }
}
