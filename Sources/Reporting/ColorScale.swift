/// A colour scale in twenty steps, as style classes so that light and dark mode each have their own colours.
///
/// Both scales change lightness in one direction only from their zero, so that they read without colour vision too.
struct ColorScale {
  /// The first letter of the classes.
  let prefix: String
  /// Colours of 0 and of 1 in light mode.
  let light: (Color, Color)
  /// The same in dark mode.
  let dark: (Color, Color)

  /// Red, green and blue from 0 to 255.
  typealias Color = (Double, Double, Double)

  /// Number of steps between 0 and 1.
  static let steps = 20

  /// Positive shares of what is no term: indigo.
  static let positive = ColorScale(
    prefix: "p", light: ((238, 236, 230), (62, 56, 140)), dark: ((44, 48, 54), (176, 172, 255)))
  /// Negative shares: purple.
  static let negative = ColorScale(
    prefix: "n", light: ((238, 236, 230), (153, 51, 119)), dark: ((44, 48, 54), (244, 143, 208)))
  /// Positive shares of the three terms, each from nothing to the term's own colour, darkened where that is light.
  static let terms = [
    ColorScale(prefix: "k", light: ((238, 236, 230), (190, 78, 0)), dark: ((44, 48, 54), (240, 138, 60))),
    ColorScale(prefix: "q", light: ((238, 236, 230), (0, 94, 158)), dark: ((44, 48, 54), (74, 168, 224))),
    ColorScale(prefix: "b", light: ((238, 236, 230), (0, 120, 86)), dark: ((44, 48, 54), (47, 194, 154))),
  ]
  /// Sizes: from pale to dark grey, on a dark page from dim to bright.
  static let size = ColorScale(
    prefix: "z", light: ((240, 240, 238), (30, 32, 36)), dark: ((40, 44, 50), (236, 240, 244)))

  /// The class of a share; beyond −1 and 1 that of the end.
  static func style(share: Double) -> String { (share < 0 ? negative : positive).style(abs(share)) }

  /// The class of a term's share.
  static func style(share: Double, ofTerm term: Int) -> String {
    (share < 0 ? negative : terms[term]).style(abs(share))
  }

  /// The class of a value from 0 to 1; beyond, that of the end.
  func style(_ value: Double) -> String {
    "\(prefix)\(Int((min(1, max(0, value)) * Double(Self.steps)).rounded()))"
  }

  /// The classes of all scales for one mode.
  static func rules(isDark: Bool) -> String {
    (terms + [positive, negative, size]).map { scale in
      (0...steps).map { step in
        ".\(scale.prefix)\(step){fill:\(scale.color(step, isDark: isDark))}"
      }.joined(separator: " ")
    }.joined(separator: "\n")
  }

  private func color(_ step: Int, isDark: Bool) -> String {
    let (from, to) = isDark ? dark : light
    let part = Double(step) / Double(Self.steps)
    func channel(_ a: Double, _ b: Double) -> String {
      let value = Int((a + (b - a) * part).rounded())
      return (value < 16 ? "0" : "") + String(value, radix: 16)
    }
    return "#" + channel(from.0, to.0) + channel(from.1, to.1) + channel(from.2, to.2)
  }
}
