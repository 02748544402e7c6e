import Results

/// Which term leads in which layer, as a bar: a layer beside the other, each as wide as its part of the change.
struct LayerBar {
  private let block: BlockAnswer

  init(_ block: BlockAnswer) { self.block = block }

  /// The bar with what it shows in words; empty where the verdict is the same in every layer.
  var html: String {
    guard !block.layers.isEmpty else { return "" }
    let whole = block.bar.reduce(0) { $0 + $1.part }
    var from = 0.0
    let layers = block.bar.map { layer -> String in
      let width = whole > 0 ? 100 * layer.part / whole : 0
      defer { from += width }
      // A hair between neighbours, so that layers can be told apart.
      return """
        <rect class="\(Self.style(layer.verdict))\(layer.isDecided ? "" : " undecided")" x="\(Numbers.fixed(from, "%.2f"))" \
        width="\(Numbers.fixed(max(0, width - 0.3), "%.2f"))" height="8"/>
        """
    }
    return """
      <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="\(HTML.text(block.layers.plain))">\
      \(layers.joined())</svg><p class="reading">\(caption.html)</p>
      """
  }

  /// "Layers L0 to L29, each as wide as its part: KᵀdQ leads in 16, no term in 12, dKᵀQ in 2; pale where undecided."
  private var caption: Phrase {
    let verdicts = Term.allCases.map(Dominance.term) + [.mixed, .unchanged]
    let counts = verdicts.compactMap { verdict -> Phrase? in
      let count = block.bar.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(verdict.sentence) in \(count)"
    }
    let pale: Phrase = block.bar.allSatisfy(\.isDecided) ? "" : "; pale where the intervals leave it open"
    return "Layers L0 to L\(block.bar.count - 1), each as wide as its part: \(counts.joined(by: ", "))\(pale)."
  }

  private static func style(_ verdict: Dominance) -> String {
    switch verdict {
    case .term(let term): term.name
    case .mixed, .unchanged: "none"
    }
  }
}
