import Results

/// A comparison as a check reports it: with its name and its place in the file it comes from.
public struct CheckResult: Sendable, Equatable {
  /// The name its author gave it, if any.
  public var name: String?
  /// The outcome.
  public var comparison: Comparison
  /// File, line and column of the expectation; nil where it comes from no file.
  public var source: Source?

  /// A position in a file.
  public struct Source: Sendable, Equatable {
    /// The file, as the user named it.
    public var file: String
    /// Line, from 1.
    public var line: Int
    /// Column, from 1.
    public var column: Int

    /// A position.
    public init(file: String, line: Int, column: Int) {
      self.file = file
      self.line = line
      self.column = column
    }
  }

  /// A result from its parts.
  public init(name: String? = nil, comparison: Comparison, source: Source? = nil) {
    self.name = name
    self.comparison = comparison
    self.source = source
  }

  /// The name, or what is claimed where there is none.
  public var title: String { name ?? "\(comparison.subject): \(comparison.requirement)" }
}

extension ExpectationFile {
  /// Holds every expectation of the file against an analysis, an ablation or one of each, in the file's order. One of which
  /// both have the quantity is held against both; one of which neither has it fails.
  public func check(_ analysis: Analysis? = nil, ablation: Ablation? = nil) -> [CheckResult] {
    entries.flatMap { entry in
      entry.comparisons(analysis, ablation).map { comparison in
        CheckResult(
          name: entry.name, comparison: comparison,
          source: CheckResult.Source(file: file, line: entry.line, column: entry.column))
      }
    }
  }
}

extension ExpectationFile.Entry {
  fileprivate func comparisons(_ analysis: Analysis?, _ ablation: Ablation?) -> [Comparison] {
    let comparisons = [
      analysis.flatMap { self.analysis?.compare(with: $0) }, ablation.flatMap { self.ablation?.compare(with: $0) },
    ].compactMap(\.self)
    guard comparisons.isEmpty else { return comparisons }
    let (kind, file, command) =
      self.analysis != nil
      ? ("an analysis", "analysis.json", "analyze") : ("an ablation", "interventions.json", "ablate")
    return [
      Comparison(
        subject: self.analysis?.subject ?? self.ablation?.subject ?? "",
        requirement: self.analysis?.requirement ?? self.ablation?.requirement ?? "",
        reason: self.analysis?.reason ?? self.ablation?.reason,
        problem: "it is of \(kind); give the \(file) of leibniz \(command) as well")
    ]
  }
}

extension [CheckResult] {
  /// Whether every comparison passed.
  public var allPassed: Bool { allSatisfy(\.comparison.passed) }

  /// Those that did not pass.
  public var failures: [CheckResult] { filter { !$0.comparison.passed } }
}
