import LinearAlgebra
import LongRuns
import Results

extension RunIdentity {
  /// What the sums of a command follow from.
  /// - Parameters:
  ///   - asked: What was asked for, as a user can tell it.
  ///   - plan: How the work is cut into batches.
  ///   - blanks: By adapter, its report without numbers, and without what no number depends on.
  package init(
    _ command: String, _ subjects: [Subject], mask: String, asked: (name: String, value: String), _ work: WorkOptions,
    plan: String, blanks: [[UInt8]]
  ) {
    let reports = blanks.map { fingerprint(of: $0) }.joined()
    self.init([
      ("the command", command), ("the base model", subjects.first.map { BaseSummary($0.pair.model).named } ?? ""),
      ("the adapted model", subjects.map { AdaptedSummary($0.pair.adaptation).named }.joined(separator: ", ")),
      ("the prompt file", subjects.map(\.file.fingerprint).joined(separator: " ")), ("the mask", mask), asked,
      ("what is verified", "\(work.verifiedPrompts) prompts"), (RunIdentity.kernelEntry, productKernel),
      ("the plan of batches", plan),
      ("something else in the request", fingerprint(of: Array(reports.utf8))),
    ])
  }
}

extension BaseSummary {
  /// Its name, and by what it can be told from another of that name.
  fileprivate var named: String { "\(name) (\(fingerprint.prefix(12)))" }
}

extension AdaptedSummary {
  /// Its name, and by what it can be told from another of that name.
  fileprivate var named: String { "\(name) (\(fingerprint.prefix(12)))" }
}
