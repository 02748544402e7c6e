import Foundation
import PairedForward

extension AnalysisOptions {
  /// The command that gives the same analysis: every option that bears on the numbers, and of paths the last component alone.
  func command(base: URL, adapted: [URL], prompts: PromptSource) -> String {
    var words = ["leibniz", "analyze", base.lastPathComponent] + adapted.map(\.lastPathComponent)
    switch prompts {
    case .file(let url): words += ["--prompts", url.lastPathComponent]
    case .lines: words += ["--prompts", "-"]
    case .values: break
    }
    words += separator.arguments + (allowsMissingSeparator ? ["--allow-missing-separator"] : [])
    words += baseAdapters.flatMap { ["--base-adapter", $0.lastPathComponent] }
    if showsTwoViews {
      words.append("--two-views")
    } else if maskPlan != MaskPlan() {
      words += maskPlan.description.split(separator: "; ").flatMap { ["--mask", String($0)] }
    }
    if parts != Self.usualParts {
      let names = AnalysisPart.allCases.filter(parts.contains).map(\.rawValue)
      words += ["--parts", names.isEmpty ? "none" : names.joined(separator: ",")]
    }
    if reference != .base { words += ["--reference", reference.rawValue] }
    for (option, count) in [("--null", nulls), ("--pairs", pairs)] where count > 0 { words += [option, "\(count)"] }
    if computesLoss { words.append("--loss") }
    if keepsPrompts { words.append("--per-prompt") }
    if verifiedPrompts > 0 { words.append("--verify") }
    if verifiedPrompts > 1 { words += ["--verify-prompts", "\(verifiedPrompts)"] }
    return words.map(\.quoted).joined(separator: " ")
  }
}

extension Separator {
  fileprivate var arguments: [String] {
    switch self {
    case .fromFile: []
    case .none: ["--separator", "none"]
    case .text(let text): ["--separator", text]
    case .tokens(let ids): ["--separator-ids", ids.map { "\($0)" }.joined(separator: ",")]
    }
  }
}

extension String {
  /// As a shell reads it back.
  fileprivate var quoted: String {
    let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=@%+"
    if !isEmpty, unicodeScalars.allSatisfy(plain.unicodeScalars.contains) { return self }
    // Scalars: an accent behind a quotation mark must not hide it.
    return "'\(unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined())'"
  }
}
