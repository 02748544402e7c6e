import Foundation
import PairedForward

extension AnalysisOptions {
  /// The command that gives the same analysis: every option that bears on the numbers, and of paths the last component alone.
  func command(base: URL, adapted: [URL], prompts: PromptSource) -> String {
    var words = subject("analyze", base, adapted, prompts) + mask("--mask")
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

  /// The command that leaves the scores' change out of the same models on the same prompts, to see what it is good for; nil where the
  /// adapted models are shown in two views, which `ablate` compares by itself.
  func ablateCommand(base: URL, adapted: [URL], prompts: PromptSource) -> String? {
    guard !showsTwoViews else { return nil }
    let region = separator == .none ? ["--loss-region", "all"] : []
    let words = subject("ablate", base, adapted, prompts) + mask("--own-mask") + region
    return (words + ["--drop", "scores", "--output", "ablation"]).map(\.quoted).joined(separator: " ")
  }

  /// A command, the models and the prompts.
  private func subject(_ command: String, _ base: URL, _ adapted: [URL], _ prompts: PromptSource) -> [String] {
    var words = ["leibniz", command, base.lastPathComponent] + adapted.map(\.lastPathComponent)
    switch prompts {
    case .file(let url): words += ["--prompts", url.lastPathComponent]
    case .lines: words += ["--prompts", "-"]
    case .values: break
    }
    return words + separator.arguments + (allowsMissingSeparator ? ["--allow-missing-separator"] : [])
      + baseAdapters.flatMap { ["--base-adapter", $0.lastPathComponent] }
  }

  private func mask(_ option: String) -> [String] {
    if showsTwoViews { return ["--two-views"] }
    return maskPlan == MaskPlan() ? [] : maskPlan.description.split(separator: "; ").flatMap { [option, String($0)] }
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
