import Attribution

/// report.md: the answer first, then what it rests on.
public struct MarkdownReport {
  let analysis: Analysis
  let pairs: [RegionPair]

  /// A report on an analysis.
  public init(_ analysis: Analysis) {
    self.analysis = analysis
    pairs = RegionPair.all(analysis)
  }

  /// The file's text.
  public var text: String {
    let sections = [
      failedVerification, title, answer, setting, blockTables, figures, layerTables, changedHeads, stream, losses,
      zeros, trust, warnings, guide,
    ]
    return sections.compactMap(\.self).joined(separator: "\n\n") + "\n"
  }

  private var title: String {
    "# What \(Markdown.inline(analysis.adapted.name)) changed in the attention of \(Markdown.inline(analysis.base.name))"
  }

  /// A failed verification tops the report.
  private var failedVerification: String? {
    guard let verification = analysis.verification, !verification.passed else { return nil }
    let failed = verification.worst.filter { !($0.difference <= verification.tolerance) }
    let list = failed.map { "`\($0.statistic)` by \(Numbers.size($0.difference)) at \(Markdown.inline($0.place))" }
    return """
      > [!CAUTION]
      > **The verification failed: do not use these numbers.** Two plain double-precision runs disagree with the analysis \
      by more than \(Numbers.size(verification.tolerance)): \(list.joined(separator: "; ")).
      """
  }

  private var warnings: String? {
    guard !analysis.warnings.isEmpty else { return nil }
    return "## Warnings\n\n" + analysis.warnings.map { "- \(Markdown.inline($0))" }.joined(separator: "\n")
  }

  private var losses: String? {
    guard let loss = analysis.loss else { return nil }
    let pairs = zip(loss.base, loss.adapted).compactMap { base, adapted in
      base.flatMap { base in adapted.map { (base: base, adapted: $0) } }
    }
    guard !pairs.isEmpty else { return nil }
    let base = pairs.reduce(0) { $0 + $1.base } / Double(pairs.count)
    let adapted = pairs.reduce(0) { $0 + $1.adapted } / Double(pairs.count)
    return """
      ## Loss after the separator

      Mean next-token loss over \(pairs.count) prompts: base \(Numbers.size(base)), adapted \(Numbers.size(adapted)) nats. \
      The adapter lowers it in \(pairs.count { $0.adapted < $0.base }) of them.
      """
  }
}

/// Small pieces of markdown.
enum Markdown {
  /// Text from files inside a line: nothing of it is taken for markup.
  static func inline(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "`", "*", "_", "[", "]", "<", ">", "|", "#": result += "\\\(scalar)"
      case "\n", "\r": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Text from files inside an HTML element, where markdown's escapes are not read.
  static func html(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\r": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A table; the first column reads from the left, the others from the right.
  static func table(_ header: [String], _ rows: [[String]]) -> String {
    let rule = header.indices.map { $0 == 0 ? ":--" : "--:" }
    return ([header, rule] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  /// "a", "a and b", "a, b and c".
  static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }

  /// Numbers as runs: "0–4, 7, 9–11".
  static func runs(_ numbers: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = runs.last, last.upperBound + 1 == number {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }.joined(separator: ", ")
  }
}
