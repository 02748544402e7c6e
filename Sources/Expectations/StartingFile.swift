import Foundation
import Results

extension Analysis {
  /// A first expectations file that this analysis passes: its structural zeros, and its shares, magnitudes, stream
  /// divergence and closure error with margins. Each bound stands beside the measured value.
  ///
  /// - Shares of the row pooled over layers and heads: the bootstrap interval, widened by 0.05 on both sides.
  /// - The dominant term of that row, where it leads by at least 0.2 (twice what the verdict takes).
  /// - The largest rms of ΔS of any layer and head, and the largest stream divergence: half as much again.
  /// - The closure error: twice the measured one, at least 1e-5.
  public func startingExpectations() -> String {
    var writer = ExpectationWriter()
    for query in regions {
      for key in regions { describeBlock(query: query, key: key, into: &writer) }
    }
    for region in regions {
      guard let largest = stream.filter({ $0.region == region }).map(\.relative).max() else { continue }
      writer.add(
        "quantity: stream", "region: \(region.yaml)", largest.upperBound(factor: 1.5))
    }
    if closure.rows > 0 {
      let bound = max(1e-5, closure.maximum * 2).roundedUp
      writer.add("quantity: closure", "atMost: \(bound)  # measured \(closure.maximum.short)")
    }
    return """
      # What \(adapted.name.commentText) changed in \(base.name.commentText), as expectations for leibniz check.
      # Each bound is a measured value with a margin: tighten, loosen or delete, and give reasons.
      schema: 1
      expectations:
      \(writer.text)
      """
  }

  private func describeBlock(query: String, key: String, into writer: inout ExpectationWriter) {
    let rows = blocks.filter { $0.query == query && $0.key == key }
    guard !rows.isEmpty else { return }
    let block = ["query: \(query.yaml)", "key: \(key.yaml)"]
    for term in Term.allCases {
      let layers = structurallyZeroLayers(of: term, in: rows)
      guard !layers.isEmpty else { continue }
      let everywhere = layers.count == Set(rows.map(\.layer)).count
      writer.add(
        ["quantity: structuralZero", "term: \(term.name)"] + block
          + (everywhere ? [] : ["layers: [\(layers.map(String.init).joined(separator: ", "))]"]))
    }
    guard let largest = rows.map(\.raw.delta.rms).max(), largest > 0 else { return }
    writer.add(["quantity: rms", "term: delta"] + block + [largest.upperBound(factor: 1.5)])
    let pooled = summary.first { $0.layer == nil && $0.head == nil && $0.query == query && $0.key == key }
    if let pooled { describeShares(of: pooled.raw, block: block, into: &writer) }
  }

  /// The layers in which the term is structurally zero at every head, in rising order.
  private func structurallyZeroLayers(of term: Term, in rows: [Block]) -> [Int] {
    let byLayer = Dictionary(grouping: rows) { $0.layer ?? -1 }
    return byLayer.filter { $0.value.allSatisfy { $0.raw[term].zero == .structural } }.keys.sorted()
  }

  private func describeShares(of pooled: Decomposition, block: [String], into writer: inout ExpectationWriter) {
    let scope = block + ["pooled: all"]
    if case .term(let term) = pooled.dominantTerm {
      let others = Term.allCases.filter { $0 != term }.map { pooled[$0].share }
      if pooled[term].share - (others.max() ?? 0) >= 0.2 {
        writer.add(["quantity: dominantTerm"] + scope + ["is: \(term.name)"])
      }
    }
    for term in Term.allCases where pooled[term].zero != .structural {
      let share = pooled[term].share
      let interval = pooled[term].shareInterval ?? share...share
      let lower = (min(interval.lowerBound, share) - 0.05).rounded(hundredths: .down)
      let upper = (max(interval.upperBound, share) + 0.05).rounded(hundredths: .up)
      writer.add(
        ["quantity: share", "term: \(term.name)"] + scope
          + ["atLeast: \(lower)", "atMost: \(upper)  # measured \(share.short)"])
    }
  }
}

/// Collects list items of the YAML form.
private struct ExpectationWriter {
  var text = ""

  mutating func add(_ lines: String...) { add(lines) }

  mutating func add(_ lines: [String]) {
    text += "  - " + lines.joined(separator: "\n    ") + "\n"
  }
}

extension Double {
  /// `atMost:` with this value times a factor, rounded up to two digits; exactly 0 stays 0.
  fileprivate func upperBound(factor: Double) -> String {
    "atMost: \((self * factor).roundedUp)  # measured \(short)"
  }

  /// Two significant digits, not below the value (to twelve digits).
  fileprivate var roundedUp: String {
    guard self > 0 else { return "0" }
    let unit = pow(10, floor(log10(self)) - 1)
    // 0.05 · 1.5 is 0.07500000000000001 and shall become 0.075: what lies beyond twelve digits does not round up.
    return String(format: "%.2g", (self / unit * (1 - 1e-12)).rounded(.up) * unit)
  }

  fileprivate func rounded(hundredths rule: FloatingPointRoundingRule) -> String {
    String(format: "%.2f", (self * 100).rounded(rule) / 100)
  }
}

extension String {
  /// The text as a YAML scalar: plain where it can be nothing but a string, else in double quotes as JSON writes it.
  fileprivate var yaml: String {
    let isPlain =
      !isEmpty && unicodeScalars.allSatisfy { $0.properties.isAlphabetic && $0.isASCII }
      && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(lowercased())
    return isPlain ? self : quoted
  }

  private var quoted: String {
    var quoted = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
        quoted += "\\u" + String(format: "%04X", scalar.value)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// The text with everything that could end a comment line made a blank.
  fileprivate var commentText: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map {
          $0.properties.generalCategory == .control || $0.properties.isWhitespace ? " " : $0
        }))
  }
}
