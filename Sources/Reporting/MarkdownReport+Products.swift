import Results

/// Where a small change grows or dies: every other product of a layer.
extension MarkdownReport {
  var products: String? {
    guard let rows = analysis.products, let region = movedRegion(rows) else { return nil }
    let own = rows.filter { $0.region == region }
    let sites = ProductChange.Site.allCases.filter { site in own.contains { $0.site == site } }
    let layers = Array(Set(own.map(\.layer))).sorted()
    // A dozen layers say it; analysis.json has all.
    let step = max(1, (layers.count + 11) / 12)
    let cells = layers.filter { $0 % step == 0 || $0 == layers.last }.map { layer in
      ["L\(layer)"]
        + sites.map { site in
          guard let row = own.first(where: { $0.layer == layer && $0.site == site }) else { return "–" }
          return row.delta == 0 ? "0" : "\(Numbers.size(row.delta)) (\(Numbers.percent(row.second.share)))"
        }
    }
    let others =
      Set(rows.map(\.region)).count > 1
      ? " Other regions are in [\(ReportFiles.analysis)](\(ReportFiles.analysis))." : ""
    return """
      ## Where the change grows or dies

      How much each product of a layer changes, on the tokens of \(Markdown.inline(region)): √ of the mean ‖Δ‖² per token, \
      before bias, norm and rotary embedding, and in brackets the share that is handed on, W·dx (of gate × up: G·dU, the \
      change of up). The rest is the layer's own weights, dW·x, or both at once. o and down add to the stream.\(others)

      \(writing(own))

      \(Markdown.table(["layer"] + sites.map(\.title), cells))
      """
  }

  /// The last region with a change: sizes of others may be those of one token of huge norm, often the first.
  private func movedRegion(_ rows: [ProductChange]) -> String? {
    analysis.regions.last { region in rows.contains { $0.region == region && $0.delta > 0 } }
  }

  /// What layers write to the stream, in words.
  private func writing(_ rows: [ProductChange]) -> String {
    let sentences = [ProductChange.Site.o, .down].compactMap { site -> String? in
      let own = rows.filter { $0.site == site && $0.delta > 0 }.sorted { $0.layer < $1.layer }
      guard let first = own.first, let last = own.last, let largest = own.max(by: { $0.delta < $1.delta }) else {
        return nil
      }
      let peak =
        largest == last || largest == first
        ? "" : ", with \(Numbers.size(largest.delta)) in L\(largest.layer) as its peak"
      return "What `\(site.rawValue)` adds changes by \(Numbers.size(first.delta)) in L\(first.layer) and "
        + "\(Numbers.size(last.delta)) in L\(last.layer)\(peak); \(Numbers.percent(last.second.share)) of the latter is handed on."
    }
    return sentences.joined(separator: " ")
  }
}

extension ProductChange.Site {
  /// "gate × up" for the product of both.
  var title: String { self == .gateUp ? "gate × up" : self == .gateZ ? "gate × z" : rawValue }
}
