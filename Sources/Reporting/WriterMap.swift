import Results

/// Reading layer × writing layer maps: who wrote what the terms of a layer inherit, attentions in one panel and MLPs in the other.
struct WriterMap {
  /// Its name in a report.
  static let name = "writers"

  /// By reading layer, writing layer and panel, nats a query and head.
  private let nats: [Cell: Double]
  private let pair: RegionPair
  private let layers: Int
  private let largest: Double

  private struct Cell: Hashable {
    var reader: Int
    var writer: Int
    /// Whether an MLP wrote it.
    var isMLP: Bool
  }

  private let left = 48.0
  private let top = 84.0
  private let gap = 40.0
  private let foot = 76.0
  private var side: Double { layers > 40 ? 7 : layers > 16 ? 11 : 16 }
  private var panelWidth: Double { max(Double(layers) * side, 190) }

  /// A map of the pair of regions that has most of the change; nil where nobody asked, and where nothing is inherited.
  init?(_ analysis: Analysis, _ findings: [Findings]) {
    guard let rows = analysis.writers, let place = findings.byWeight.first, findings[place].isChanged else {
      return nil
    }
    pair = findings[place].pair
    layers = analysis.base.layers
    var nats: [Cell: Double] = [:]
    for row in rows where row.place.head == nil && row.place.pair == pair {
      guard let reader = row.place.layer else { continue }
      for (writer, value) in row.nats {
        // Inputs to layers and factors on the stream have panels on the page alone.
        guard let layer = writer.layer, writer.part != .input, writer.part != .scale else { continue }
        nats[Cell(reader: reader, writer: layer, isMLP: writer.part == .mlp), default: 0] += value
      }
    }
    self.nats = nats
    largest = nats.values.map(abs).max() ?? 0
    guard largest > 0 else { return nil }
  }

  /// "Who wrote what is inherited, after → before: most is L3.mlp's, read in L4".
  var title: String {
    let most = nats.max {
      (abs($0.value), $1.key.reader, $1.key.writer) < (abs($1.value), $0.key.reader, $0.key.writer)
    }
    let words =
      most.map { ": most by L\($0.key.writer).\($0.key.isMLP ? "mlp" : "attention"), read in L\($0.key.reader)" } ?? ""
    return "Who wrote what is inherited, \(pair.short)\(words)"
  }

  /// The figure.
  func figure() -> Figure {
    let height = Double(layers) * side
    var figure = Figure(
      width: max(left + 2 * panelWidth + gap + 16, 32 + 8 * Double(title.count)), height: top + height + foot,
      title: title,
      summary:
        "Two maps with a row a reading layer and a column a writing layer: nats of what the terms with dK and dQ inherit from attentions, and from MLPs."
    )
    figure.usesScales = true
    figure.text(title, x: 16, y: 26, style: "heading")
    figure.text("rows read, columns wrote; nats a query and head, dKᵀQ and KᵀdQ together", x: 16, y: 44, style: "quiet")
    for (panel, name) in ["written by attentions", "written by MLPs"].enumerated() {
      let x = left + Double(panel) * (panelWidth + gap)
      figure.text(name, x: x, y: top - 12)
      draw(isMLP: panel == 1, &figure, x: x)
      legend(&figure, x: x, y: top + height + 26)
    }
    return figure
  }

  private func draw(isMLP: Bool, _ figure: inout Figure, x: Double) {
    for (cell, value) in nats.sorted(by: { ($0.key.reader, $0.key.writer) < ($1.key.reader, $1.key.writer) })
    where cell.isMLP == isMLP && value != 0 {
      let name = "L\(cell.writer).\(isMLP ? "mlp" : "attention")"
      figure.rectangle(
        x: x + Double(cell.writer) * side, y: top + Double(cell.reader) * side, width: side - 1, height: side - 1,
        style: ColorScale.style(share: value / largest),
        hint: layers > 40 ? nil : "\(name), read in L\(cell.reader): \(Numbers.signed(value))")
    }
    let step = layers > 40 ? 5 : layers > 12 ? 2 : 1
    for layer in stride(from: 0, to: layers, by: step) {
      let middle = (Double(layer) + 0.5) * side
      if !isMLP { figure.text("L\(layer)", x: x - 6, y: top + middle + 4, style: "quiet", anchor: .end) }
      if layer % (2 * step) == 0 {
        figure.text("L\(layer)", x: x + middle, y: top + Double(layers) * side + 14, style: "quiet", anchor: .middle)
      }
    }
  }

  private func legend(_ figure: inout Figure, x: Double, y: Double) {
    let step = 168.0 / 21
    for index in -10...10 {
      figure.rectangle(
        x: x + Double(index + 10) * step, y: y, width: step, height: 10,
        style: ColorScale.style(share: Double(index) / 10))
    }
    let end = Numbers.size(largest)
    figure.text("−\(end)", x: x, y: y + 24, style: "quiet")
    figure.text("0", x: x + 84, y: y + 24, style: "quiet", anchor: .middle)
    figure.text("+\(end)", x: x + 168, y: y + 24, style: "quiet", anchor: .end)
  }
}
