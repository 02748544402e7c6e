import Prompts
import Results

/// Shows conversations with a colour for each region.
struct RegionView {
  var usesColour: Bool

  private static let colours = ["system": 34, "user": 32, "assistant": 36, "persona": 35]

  func text(_ prompt: PreparedPrompt, _ sections: [ChatTemplate.Section]) -> String {
    let tokens = prompt.tokens.count
    let separator = prompt.separator.map { ", separator at \($0)" } ?? ", no separator"
    var text = "\(prompt.id.visible): \(tokens) tokens\(separator)\n"
    for (section, region) in zip(sections, prompt.regions ?? []) {
      let title = "[\(section.region.visible) \(region.start)..<\(region.end)]"
      if usesColour {
        let colour = Self.colours[section.region] ?? 33
        text += "\u{1B}[1;\(colour)m\(title)\u{1B}[0;\(colour)m \(printable(section.text))\u{1B}[0m\n"
      } else {
        text += "\(title) \(printable(section.text))\n"
      }
    }
    return text
  }

  /// Line breaks and tabs stay, since they are what a chat consists of.
  private func printable(_ text: String) -> String {
    text.unicodeScalars.map { "\n\t".unicodeScalars.contains($0) ? String($0) : String($0).visible }.joined()
  }
}
