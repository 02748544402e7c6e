import Foundation
import Tokenization

/// A conversation as tokens with regions: a line of a prompt file.
struct PreparedPrompt: Encodable {
  /// A run of tokens.
  struct Region: Encodable {
    var name: String
    var start: Int
    var end: Int
  }

  var id: String
  var input_ids: [Int]
  var separator: Int?
  var regions: [Region]?

  /// Tokens of a conversation whose regions begin where their sections do.
  init(id: String, sections: [ChatTemplate.Section], tokenizer: Tokenizer) throws {
    self.id = id
    let text = sections.map(\.text).joined()
    input_ids = tokenizer.encode(text, addsSpecialTokens: false)
    var regions: [Region] = []
    var prefix = ""
    for section in sections {
      prefix += section.text
      let tokens = tokenizer.encode(prefix, addsSpecialTokens: false)
      guard input_ids.starts(with: tokens) else {
        throw WrongInput(
          """
          \(id): a token runs over the end of region \(section.region). Use a separator and a template that are special tokens of \
          this tokenizer.
          """)
      }
      regions.append(Region(name: section.region, start: regions.last?.end ?? 0, end: tokens.count))
    }
    self.regions = regions
    separator = regions.last { $0.name == "persona" }?.start
  }

  /// Leaves the regions to the separator; without one, all is before it.
  mutating func keepOnlySeparator() {
    regions = separator == nil ? [Region(name: "before", start: 0, end: input_ids.count)] : nil
  }
}

/// Shows conversations with a colour for each region.
struct RegionView {
  var usesColour: Bool

  private static let colours = ["system": 34, "user": 32, "assistant": 36, "persona": 35]

  func text(_ prompt: PreparedPrompt, _ sections: [ChatTemplate.Section]) -> String {
    let tokens = prompt.input_ids.count
    let separator = prompt.separator.map { ", separator at \($0)" } ?? ", no separator"
    var text = "\(prompt.id): \(tokens) tokens\(separator)\n"
    for (section, region) in zip(sections, prompt.regions ?? []) {
      let title = "[\(section.region) \(region.start)..<\(region.end)]"
      if usesColour {
        let colour = Self.colours[section.region] ?? 33
        text += "\u{1B}[1;\(colour)m\(title)\u{1B}[0;\(colour)m \(printable(section.text))\u{1B}[0m\n"
      } else {
        text += "\(title) \(printable(section.text))\n"
      }
    }
    return text
  }

  /// Control characters would reach the terminal.
  private func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map {
          $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" ? "\u{FFFD}" : $0
        }))
  }
}
