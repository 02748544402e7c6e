import Results

extension Figure {
  /// The style sheet: GitHub's greys, and the colours of Okabe and Ito (jfly.uni-koeln.de/color), which people with any
  /// colour vision tell apart, lighter in dark mode.
  static func style(hasScales: Bool) -> String {
    """
    text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
    .heading { font-size: 14px; font-weight: 600; }
    .quiet { font-size: 11px; }
    .axis, .grid { stroke-width: 1; }
    .series { fill: none; stroke-width: 2; }
    .dashed { stroke-dasharray: 6 3; }
    \(rules(Palette.light, isDark: false, hasScales))
    @media (prefers-color-scheme: dark) {
    \(rules(Palette.dark, isDark: true, hasScales))
    }
    """
  }

  /// The colours by name, for what stands in a page beside figures.
  static var variables: String {
    """
    :root { \(Palette.light.variables) }
    @media (prefers-color-scheme: dark) { :root { \(Palette.dark.variables) } }
    """
  }

  private static func rules(_ palette: Palette, isDark: Bool, _ hasScales: Bool) -> String {
    let terms = zip(Term.allCases, palette.terms).map { ".\($0.name) { fill: \($1); }" }
    let series = palette.series.enumerated().map { ".series\($0) { stroke: \($1); }" }
    let lines = [
      "text { fill: \(palette.text); } .quiet { fill: \(palette.quiet); }",
      ".paper { fill: \(palette.paper); } .none { fill: \(palette.none); }",
      ".axis { stroke: \(palette.axis); } .grid { stroke: \(palette.grid); }",
      terms.joined(separator: " "), series.joined(separator: " "),
    ]
    return (lines + (hasScales ? [ColorScale.rules(isDark: isDark)] : [])).joined(separator: "\n")
  }
}

/// The colours of one mode.
private struct Palette {
  var text, quiet, paper, none, axis, grid: String
  /// Of dKᵀQ, KᵀdQ and dKᵀdQ.
  var terms: [String]
  /// Of the lines of a chart: none is a term's.
  var series: [String]

  var variables: String {
    let names = ["text", "quiet", "paper", "none", "axis", "grid"] + Term.allCases.map(\.name)
    let colors = [text, quiet, paper, none, axis, grid] + terms
    return (zip(names, colors).map { "--\($0): \($1);" } + series.enumerated().map { "--series\($0): \($1);" })
      .joined(separator: " ")
  }

  static let light = Palette(
    text: "#1f2328", quiet: "#59636e", paper: "#ffffff", none: "#a8b1bb", axis: "#8c959f", grid: "#d1d9e0",
    terms: ["#d55e00", "#0072b2", "#009e73"], series: ["#6e7781", "#8250a8", "#9a6b00", "#b0467e"])
  static let dark = Palette(
    text: "#f0f6fc", quiet: "#9198a1", paper: "#0d1117", none: "#4a525c", axis: "#656c76", grid: "#2f353d",
    terms: ["#f08a3c", "#4aa8e0", "#2fc29a"], series: ["#9aa4ae", "#c29be8", "#d8ad4a", "#e78fbb"])
}
