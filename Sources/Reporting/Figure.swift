import Results

/// An SVG drawing that GitHub shows: no script, no font of its own, colours for light and dark mode.
struct Figure {
  private var body: [String] = []
  private let width: Double
  private let height: Double
  private let title: String
  private let summary: String
  /// Whether cells of the colour scales are drawn, whose classes are left out otherwise.
  var usesScales = false

  /// An empty drawing. `title` names it and `summary` says in a sentence what it shows, for those who cannot see it.
  init(width: Double, height: Double, title: String, summary: String) {
    self.width = width
    self.height = height
    self.title = title
    self.summary = summary
  }

  /// The file's text.
  var text: String {
    """
    \(opening(name: "title", description: "summary", attributes: " xmlns=\"http://www.w3.org/2000/svg\""))
    <style>
    \(Self.style(hasScales: usesScales))
    </style>
    \(shapes)
    </svg>

    """
  }

  /// The drawing inside a page that has the style sheet already.
  /// - Parameter id: Names it among the page's elements.
  func inline(id: String) -> String {
    "\(opening(name: "\(id)-title", description: "\(id)-summary", attributes: " class=\"figure\""))\n\(shapes)\n</svg>"
  }

  private func opening(name: String, description: String, attributes: String) -> String {
    let (width, height) = (Numbers.coordinate(width), Numbers.coordinate(height))
    return """
      <svg\(attributes) viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" role="img" \
      aria-labelledby="\(name) \(description)">
      <title id="\(name)">\(title.visible.xmlEscaped)</title>
      <desc id="\(description)">\(summary.visible.xmlEscaped)</desc>
      """
  }

  private var shapes: String {
    let paper =
      "<rect class=\"paper\" width=\"\(Numbers.coordinate(width))\" height=\"\(Numbers.coordinate(height))\"/>"
    return ([paper] + body).joined(separator: "\n")
  }

  /// Where a text stands against its point.
  enum Anchor: String { case start, middle, end }

  /// A text on a line of its own.
  mutating func text(_ text: String, x: Double, y: Double, style: String = "", anchor: Anchor = .start) {
    body.append(
      "<text x=\"\(Numbers.coordinate(x))\" y=\"\(Numbers.coordinate(y))\"\(attribute("class", style))"
        + (anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\"") + ">\(text.visible.xmlEscaped)</text>")
  }

  /// A rectangle of a class, and a text that shows when pointed at.
  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, style: String, hint: String? = nil
  ) {
    let shape =
      "<rect x=\"\(Numbers.coordinate(x))\" y=\"\(Numbers.coordinate(y))\" width=\"\(Numbers.coordinate(width))\""
      + " height=\"\(Numbers.coordinate(height))\"\(attribute("class", style))"
    body.append(hint.map { "\(shape)><title>\($0.visible.xmlEscaped)</title></rect>" } ?? "\(shape)/>")
  }

  /// A straight line.
  mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, style: String) {
    body.append(
      "<line x1=\"\(Numbers.coordinate(x1))\" y1=\"\(Numbers.coordinate(y1))\" x2=\"\(Numbers.coordinate(x2))\""
        + " y2=\"\(Numbers.coordinate(y2))\"\(attribute("class", style))/>")
  }

  /// A line through points.
  mutating func path(_ points: [(x: Double, y: Double)], style: String) {
    let text = points.map { "\(Numbers.coordinate($0.x)),\(Numbers.coordinate($0.y))" }.joined(separator: " ")
    body.append("<polyline points=\"\(text)\"\(attribute("class", style))/>")
  }

  private func attribute(_ name: String, _ value: String) -> String {
    value.isEmpty ? "" : " \(name)=\"\(value.visible.xmlEscaped)\""
  }
}
