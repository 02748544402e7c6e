import Checkpoints
import Foundation
import LongRuns
import PairedForward
import Subjects

extension AnalysisOptions {
  /// The command that gives the same analysis: every option that bears on the numbers, and of paths the last component alone, so that
  /// it runs where those stand.
  package func command(base: URL, adapted: [URL], prompts: PromptSource) -> String {
    let output = ["--output", adapted.count == 1 ? "report" : "reports"]
    var words = subject("analyze", base, adapted, prompts, output) + mask("--mask") + request.arguments
    if work.verifiedPrompts > 0 { words.append("--verify") }
    if work.verifiedPrompts > 1 { words += ["--verify-prompts", "\(work.verifiedPrompts)"] }
    if work.batchTokens != WorkOptions.usualBatchTokens { words += ["--batch-tokens", "\(work.batchTokens)"] }
    return words.map(\.quoted).joined(separator: " ")
  }

  /// The command that leaves the scores' change out of the same models on the same prompts, to see what it is good for; nil where the
  /// adapted models are shown in two views, which `ablate` compares by itself.
  /// - Parameter argument: How a path is written.
  package func ablateCommand(
    base: URL, adapted: [URL], prompts: PromptSource, argument: (URL) -> String = \.argument
  ) -> String? {
    guard !showsTwoViews else { return nil }
    let region = subjects.separator == .none ? ["--loss-region", "all"] : []
    let output = ["--output", adapted.count == 1 ? "ablation" : "ablations"]
    let words = subject("ablate", base, adapted, prompts, output, argument) + mask("--own-mask") + region
    return (words + ["--drop", "scores"]).map(\.quoted).joined(separator: " ")
  }

  /// A command, the models, the prompts, and where the result goes.
  private func subject(
    _ command: String, _ base: URL, _ adapted: [URL], _ prompts: PromptSource, _ output: [String],
    _ argument: (URL) -> String = \.argument
  ) -> [String] {
    var words = ["leibniz", command, argument(base)] + adapted.map(argument)
    switch prompts {
    case .file(let url): words += ["--prompts", argument(url)]
    case .lines: words += ["--prompts", "-"]
    case .values: break
    }
    return words + output + subjects.separator.arguments
      + (subjects.allowsMissingSeparator ? ["--allow-missing-separator"] : [])
      + subjects.baseAdapters.flatMap { ["--base-adapter", argument($0)] }
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

extension URL {
  /// The path as it was given, or its name on the hub, which is no option whatever it begins with: where it is given again, it is the same file.
  package var givenArgument: String {
    if let id = HubID(snapshot: self) { return id.description }
    return relativePath.utf8.first == UInt8(ascii: "-") ? "./\(relativePath)" : relativePath
  }

  /// The last component, or its name on the hub, which is no option whatever it begins with.
  fileprivate var argument: String {
    if let id = HubID(snapshot: self) { return id.description }
    return lastPathComponent.utf8.first == UInt8(ascii: "-") ? "./\(lastPathComponent)" : lastPathComponent
  }
}

extension String {
  /// As a shell reads it back.
  fileprivate var quoted: String {
    let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=@%+"
    // Some shells look for a command behind a leading =.
    if !isEmpty, first != "=", unicodeScalars.allSatisfy(plain.unicodeScalars.contains) { return self }
    // Scalars: an accent behind a quotation mark must not hide it.
    return "'\(unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined())'"
  }
}
