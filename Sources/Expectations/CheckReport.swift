import Results

/// The results of a check with the files they come from, as a terminal, GitHub's summary of a step and programs read them.
public struct CheckReport: Sendable, Equatable {
  /// What was found, in order.
  public var results: [CheckResult]
  /// The reports that were checked, as the user named them.
  public var reports: [String]
  /// The expectations file; nil where there is none.
  public var expectations: String?
  /// The earlier run; nil where there is none.
  public var baseline: String?

  /// A report from its parts.
  public init(
    _ results: [CheckResult], of reports: [String] = [], against expectations: String? = nil, baseline: String? = nil
  ) {
    self.results = results
    self.reports = reports
    self.expectations = expectations
    self.baseline = baseline
  }

  /// Lines for a terminal: one for each comparison, and last the ``verdict``.
  /// - Parameters:
  ///   - isQuiet: Whether to leave out what holds; where everything does, the text is empty.
  ///   - isAnnotated: Whether failures stand there as GitHub Actions annotations too.
  public func text(isQuiet: Bool = false, isAnnotated: Bool = false) -> String {
    if isQuiet, results.allPassed { return "" }
    func shown(_ line: String) -> String { isAnnotated ? line.visible.withoutWorkflowCommands : line.visible }
    let lines = (isQuiet ? results.failures : results).map { shown($0.line) + "\n" }.joined()
    return lines + (isAnnotated ? results.githubAnnotations : "") + shown(verdict) + "\n"
  }

  /// Everything in one line: "3 expectations: 2 fail: masked lookups; closure error (report against expectations.yaml)".
  public var verdict: String { outcome + (files.isEmpty ? "" : " (\(files))") }

  private var outcome: String {
    let failures = results.failures
    let total = "\(results.count) \(results.count == 1 ? "expectation" : "expectations")"
    guard !failures.isEmpty else { return "\(total): all hold" }
    let named = 3
    let names = failures.prefix(named).map { $0.name ?? $0.comparison.subject }.joined(separator: "; ")
    let others = failures.count > named ? "; and \(failures.count - named) more" : ""
    return "\(total): \(failures.count) \(failures.count == 1 ? "fails" : "fail"): \(names)\(others)"
  }

  /// "report and ablation against expectations.yaml and old/analysis.json".
  private var files: String {
    [reports, [expectations, baseline].compactMap(\.self)].filter { !$0.isEmpty }
      .map { $0.joined(separator: " and ") }.joined(separator: " against ")
  }

  /// The verdict and a table of what failed, as markdown for GitHub's summary of a step.
  public var markdown: String {
    let heading =
      "### leibniz check: \(results.allPassed ? "all hold" : "\(results.failures.count) of \(results.count) fail")"
    let rows = results.failures.map { "| \($0.title.markdownEscaped) | \($0.comparison.message.markdownEscaped) |" }
    let table = rows.isEmpty ? [] : [(["| expectation | found |", "| :-- | :-- |"] + rows).joined(separator: "\n")]
    return ([heading, verdict.markdownEscaped] + table).joined(separator: "\n\n") + "\n\n"
  }
}

extension CheckResult {
  /// "ok    …" or "FAIL  file:line: …".
  fileprivate var line: String {
    let name = name.map { "\($0): " } ?? ""
    let place = source.map { "\($0.file):\($0.line): " } ?? ""
    return comparison.passed ? "ok    \(name)\(comparison.message)" : "FAIL  \(place)\(name)\(comparison.message)"
  }
}
