import Foundation
import Results
import Statistics

/// Two runs on different prompts.
struct OtherPrompts {
  var old: Baseline.Run
  var new: Baseline.Run

  /// A share of both runs, and what is known of its chance.
  private struct Test {
    var row: MatchedRows
    var term: Term
    /// The standard error of the difference, with its degrees of freedom; nil where the share is what it must be, on any prompts.
    var error: (size: Double, degrees: Double)?
  }

  func comparisons() throws(ExpectationsError) -> [Comparison] {
    let rows = try MatchedRows.match(old, new) { $0.summary }
    let tests = rows.flatMap { row in Term.allCases.compactMap { test(row, $0) } }
    let left = RegionPair.sorted(
      Array(Set(rows.map(\.pair)).subtracting(tests.map(\.row.pair))), by: new.analysis.regions)
    let few = "fewer than \(Baseline.minimumPrompts) prompts of a run have"
    let names = left.map { "\($0.query)→\($0.key)" }.joined(separator: ", ")
    let exception = left.isEmpty ? "" : "; not compared: \(names), which \(few)"
    let subject = { (term: Term) in "share of \(term.symbol) in the summary rows, different prompts" }
    return Term.allCases.map { term in
      let own = tests.filter { $0.term == term }
      let requirement = "as in \(old.file), up to chance\(exception)"
      return own.isEmpty
        ? Comparison(subject: subject(term), requirement: requirement, problem: "\(few) any pair of regions")
        : Comparison(
          subject: subject(term), requirement: requirement,
          findings: own.map { finding($0, chance: Baseline.significance / Double(tests.count)) })
    }
  }

  /// nil where too few prompts have the pair of regions to tell a change from chance.
  private func test(_ row: MatchedRows, _ term: Term) -> Test? {
    let (before, now) = (row.old.raw[term], row.new.raw[term])
    if row.old.raw.isForced(term), row.new.raw.isForced(term) { return Test(row: row, term: term) }
    let counts = (old.analysis.prompts(of: row.old), new.analysis.prompts(of: row.new))
    guard min(counts.0, counts.1) >= Baseline.minimumPrompts,
      let first = before.standardError(prompts: counts.0),
      let second = now.standardError(prompts: counts.1)
    else {
      // What is no number is never as it was.
      return before.share.isFinite && now.share.isFinite ? nil : Test(row: row, term: term)
    }
    return Test(row: row, term: term, error: (hypot(first, second), Double(min(counts.0, counts.1) - 1)))
  }

  private func finding(_ test: Test, chance: Double) -> Finding {
    let (before, now) = (test.row.old.raw[test.term].share, test.row.new.raw[test.term].share)
    let explained = test.error.map { $0.size * StudentT.quantile(chance: chance, degrees: $0.degrees) } ?? 0
    let allowed = max(explained, Baseline.reproductionTolerance)
    let margin = allowed - abs(now - before)
    return Finding(
      place: Place(test.row.new), value: now, limit: before, margin: margin, holds: margin >= 0,
      account: "has \(now.short(besides: before)), was \(before.short(besides: now)); chance explains \(allowed.short)")
  }
}

extension MatchedRows {
  fileprivate var pair: RegionPair { RegionPair(query: new.query, key: new.key) }
}

extension Decomposition {
  /// Whether a term's share is 0 or 1 because terms are zero, on any prompts.
  fileprivate func isForced(_ term: Term) -> Bool {
    self[term].zero != nil || Term.allCases.allSatisfy { $0 == term || self[$0].zero != nil }
  }
}

extension TermStatistics {
  /// The share's standard error over so many prompts, from its 95 % interval; nil where there is none.
  fileprivate func standardError(prompts: Int) -> Double? {
    shareInterval.map {
      ($0.upperBound - $0.lowerBound) / 2 / StudentT.quantile(chance: 0.05, degrees: Double(prompts - 1))
    }
  }
}

extension Analysis {
  /// How many prompts have a pair of regions in which something changed; all where the file does not say.
  fileprivate func prompts(of block: PooledBlock) -> Int {
    let row = byPrompt?.first { $0.layer == nil && $0.query == block.query && $0.key == block.key }
    return row?.raw?.delta.count { $0 > 0 } ?? prompts.count
  }
}
