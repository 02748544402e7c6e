import AnalysisFixtures
import LeibnizTesting
import Synchronization
import Testing

/// Each sentence is said once where it holds and once where it does not; the issues of the second kind, with their
/// messages and lines, are collected by `withKnownIssue`.
@Suite struct SentenceTests {
  let analysis = SyntheticAnalysis.make()
  let masked = SyntheticAnalysis.make { $0.isMasked = true }

  @Test func `Sentences that hold record nothing`() {
    expect(analysis).share(of: .dKtQ, from: .after, to: .before, isAtLeast: 0.5, isAtMost: 0.8)
    expect(analysis).share(of: .dKtQ, from: .after, to: .before, layers: 4...5, heads: [0, 3], isAtMost: 0.8)
    expect(analysis).share(of: .KtdQ, from: .after, to: .before, pooled: .all, isAtLeast: 0.3)
    expect(analysis).dominance(of: .dKtdQ, layers: 2..<4, isAtMost: 0.1)
    expect(analysis).rms(of: .delta, from: .after, to: .after, layers: 3..., isAtLeast: 0.01)
    expect(analysis).meanAbs(of: .dKtQ, centered: true, isAtMost: 1)
    expect(analysis).maxAbs(of: .KtdQ, layers: 2, isAtMost: 1)
    expect(analysis).mean(of: .delta, isAtMost: 0)
    expect(masked).isStructurallyZero(.dKtQ, from: .after, to: .before)
    expect(masked).dominantTerm(from: .after, to: .before) == .KtdQ
    expect(masked).dominantTerm(from: .before, to: .before) == .unchanged
    expect(analysis).streamDivergence(of: .after, layers: 1..., isAtLeast: 0.01, isAtMost: 0.05)
    expect(analysis).closure(isAtMost: 1e-5)
    expect(analysis).holds(
      .structuralZero(of: .dKtQ, in: Selection(query: "before", key: .before, layers: 0)).negated)
    expect(analysis).number(.closure, isAtMost: 1)
  }

  @Test func `Sentences that do not hold record an issue each, at their own lines`() throws {
    let issues = Issues()
    withKnownIssue {
      expect(analysis).share(of: .dKtQ, from: .after, to: .before, layers: 4...5, isAtMost: 0.2)
      expect(analysis).share(of: .dKtQ, from: .after, pooled: .heads, isAtLeast: 0.9, because: "keys work")
      expect(analysis).dominance(of: .dKtdQ, heads: 3, isAtLeast: 0.1)
      expect(analysis).rms(of: .delta, from: .after, to: .after, isAtMost: 0.01)
      expect(analysis).meanAbs(of: .dKtQ, centered: true, isAtMost: 0)
      expect(analysis).maxAbs(of: .KtdQ, layers: 2, isAtMost: 0)
      expect(analysis).mean(of: .delta, isAtLeast: 0)
      expect(analysis).isStructurallyZero(.dKtQ, from: .after, to: .before)
      expect(analysis).dominantTerm(from: .after, to: .before) == .KtdQ
      expect(analysis).dominantTerm(from: .after, to: .before) == .mixed
      expect(analysis).streamDivergence(of: .after, isAtMost: 0.04)
      expect(analysis).closure(isAtMost: 1e-9)
      expect(analysis).share(of: .dKtQ, from: "afterr", isAtMost: 1)
      expect(analysis).share(of: .dKtQ)
      expect(analysis).rms(of: .delta, isAtLeast: 2, isAtMost: 1)
    } matching: { issue in
      issues.append(issue)
      return true
    }
    let first = try #require(issues.lines.first)
    #expect(issues.lines == Array(first..<first + 15))
    #expect(issues.files == Array(repeating: "LeibnizTestingTests/SentenceTests.swift", count: 15))
    #expect(try Golden("issues.txt").difference(from: issues.text) == nil)
  }

  @Test func `Sentences about parts, predictions and ablations hold or record an issue`() throws {
    let (whole, ablation, issues) = (Examples.whole, SyntheticAblation.make(), Issues())
    expect(whole).moved(from: .after, to: .before, layers: 2..., isAtLeast: 0.05, isAtMost: 0.2)
    expect(whole).mass(of: .difference, from: .after, to: .before, pooled: .all, isAtMost: 0)
    expect(whole).valueShare(of: .PdV, from: .after, isAtLeast: 0.5)
    expect(whole).valueRms(of: .delta, heads: 3, isAtLeast: 0.1)
    expect(whole).sourceShare(.own, of: .KtdQ, layers: 0, isAtLeast: 1)
    expect(whole).product(.rms, of: .Wdx, at: .k, in: .after, layers: 0, isAtMost: 0)
    expect(whole).medianDivergence(of: .after, layers: 1..., isAtLeast: 0.01)
    expect(whole).loss(.base, isAtLeast: 1, isAtMost: 2)
    expect(whole).predictionDivergence(of: .after, isAtMost: 0.2)
    expect(whole).isVerified()
    expect(ablation).benefitLost(by: "scores", isAtLeast: 0.1, isAtMost: 0.3)
    expect(ablation).divergence(isAtMost: 0.1)
    expect(ablation).loss(.difference, isAtMost: 0)
    expect(ablation).isVerified(isAtMost: 1e-6)
    expect(ablation).number(.agreement, by: "two views", isAtLeast: 0.9)
    withKnownIssue {
      expect(whole).moved(isAtMost: 0.01)
      expect(whole).mass(of: .adapted, from: "afterr", isAtMost: 0)
      expect(whole).isVerified(isAtMost: 0)
      expect(analysis).isVerified()
      expect(ablation).benefitLost(by: "scores", isAtMost: 0.1, because: "scores hardly matter")
      expect(ablation).benefitLost(by: "score", isAtMost: 1)
      expect(ablation).divergence()
    } matching: { issue in
      issues.append(issue)
      return true
    }
    let first = try #require(issues.lines.first)
    #expect(issues.lines == Array(first..<first + 7))
    #expect(try Golden("part-issues.txt").difference(from: issues.text) == nil)
  }

  @Test func `A sentence returns its comparison`() {
    let comparison = expect(masked).share(of: .dKtQ, from: .after, to: .before, isAtMost: 0)
    #expect(comparison.passed)
    #expect(comparison.places == 24)
    #expect(comparison.worst?.margin == 0)
  }
}

extension AnalysisExpectation {
  /// Holds where this one does not.
  fileprivate var negated: AnalysisExpectation {
    AnalysisExpectation(subject: subject, requirement: "not \(requirement)") {
      [findings] analysis throws(SelectionError) in
      try findings(analysis).map { finding in
        var finding = finding
        finding.holds.toggle()
        return finding
      }
    }
  }
}

/// Recorded issues.
private final class Issues: Sendable {
  private let recorded = Mutex<[Issue]>([])

  var lines: [Int] { recorded.withLock { $0.map { $0.sourceLocation?.line ?? 0 } } }
  var files: [String] { recorded.withLock { $0.map { $0.sourceLocation?.fileID ?? "" } } }
  var text: String {
    recorded.withLock { $0.map { $0.comments.map(\.rawValue).joined(separator: " | ") + "\n" }.joined() }
  }

  func append(_ issue: Issue) { recorded.withLock { $0.append(issue) } }
}
