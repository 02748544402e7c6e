import Foundation
import Results
import Statistics

/// Two runs on different prompts: the terms' shares in nats where both runs have them, else of the scores' energy.
struct OtherPrompts {
  var old: Baseline.Run
  var new: Baseline.Run

  /// A share of both runs, and what is known of its chance.
  private struct Test {
    var place: Place
    var term: Term
    var before: Double
    var now: Double
    /// The standard error of the difference, with its degrees of freedom; nil where the share is what it must be, on any prompts.
    var error: (size: Double, degrees: Double)?
  }

  func comparisons() throws(ExpectationsError) -> [Comparison] {
    guard old.analysis.attention != nil, new.analysis.attention != nil else {
      let rows = try MatchedRows.match(old, new, Place.init) { $0.summary }
      return comparisons("", rows) { row in
        let isForced = { term in row.old.raw.isForced(term) && row.new.raw.isForced(term) }
        return (TermSplit(row.old.raw), TermSplit(row.new.raw), isForced)
      }
    }
    let rows = try MatchedRows.match(old, new, \.place) {
      ($0.attention ?? []).filter { $0.place.head == nil && $0.place.pair != nil }
    }
    // What is zero in both is no chance.
    return comparisons(" in nats", rows) { row in
      (TermSplit(row.old), TermSplit(row.new), { row.old[$0] == 0 && row.new[$0] == 0 })
    }
  }

  private func comparisons<Row>(
    _ unit: String, _ rows: [MatchedRows<Row>],
    _ splits: (MatchedRows<Row>) -> (old: TermSplit, new: TermSplit, isForced: (Term) -> Bool)
  ) -> [Comparison] {
    let tests = rows.flatMap { row in
      let (before, now, isForced) = splits(row)
      return Term.allCases.compactMap { test(row.place, $0, before[$0], now[$0], isForced: isForced($0)) }
    }
    let left = RegionPair.sorted(
      Array(Set(rows.compactMap(\.place.pair)).subtracting(tests.compactMap(\.place.pair))), by: new.analysis.regions)
    let few = "fewer than \(Baseline.minimumPrompts) prompts of a run have"
    let names = left.map { "\($0.query)→\($0.key)" }.joined(separator: ", ")
    let exception = left.isEmpty ? "" : "; not compared: \(names), which \(few)"
    let subject = { (term: Term) in "share of \(term.symbol)\(unit) in the summary rows, different prompts" }
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
  private func test(
    _ place: Place, _ term: Term, _ before: TermSplit.Share, _ now: TermSplit.Share, isForced: Bool
  ) -> Test? {
    let test = Test(place: place, term: term, before: before.share, now: now.share)
    if isForced { return test }
    let counts = (old.analysis.prompts(of: place), new.analysis.prompts(of: place))
    guard min(counts.0, counts.1) >= Baseline.minimumPrompts,
      let first = before.standardError(prompts: counts.0),
      let second = now.standardError(prompts: counts.1)
    else {
      // What is no number is never as it was.
      return before.share.isFinite && now.share.isFinite ? nil : test
    }
    var known = test
    known.error = (hypot(first, second), Double(min(counts.0, counts.1) - 1))
    return known
  }

  private func finding(_ test: Test, chance: Double) -> Finding {
    let (before, now) = (test.before, test.now)
    let explained = test.error.map { $0.size * StudentT.quantile(chance: chance, degrees: $0.degrees) } ?? 0
    let allowed = max(explained, Baseline.reproductionTolerance)
    let margin = allowed - abs(now - before)
    return Finding(
      place: test.place, value: now, limit: before, margin: margin, holds: margin >= 0,
      account: "has \(now.short(besides: before)), was \(before.short(besides: now)); chance explains \(allowed.short)")
  }
}

extension Decomposition {
  /// Whether a term's share is 0 or 1 because terms are zero, on any prompts.
  fileprivate func isForced(_ term: Term) -> Bool {
    self[term].zero != nil || Term.allCases.allSatisfy { $0 == term || self[$0].zero != nil }
  }
}

extension TermSplit.Share {
  /// The share's standard error over so many prompts, from its 95 % interval; nil where there is none.
  fileprivate func standardError(prompts: Int) -> Double? {
    interval.map {
      ($0.upperBound - $0.lowerBound) / 2 / StudentT.quantile(chance: 0.05, degrees: Double(prompts - 1))
    }
  }
}

extension Analysis {
  /// How many prompts have a pair of regions in which something changed; all where the file does not say.
  fileprivate func prompts(of place: Place) -> Int {
    let row = byPrompt?.first { $0.layer == nil && $0.query == place.pair?.query && $0.key == place.pair?.key }
    return row?.raw?.delta.count { $0 > 0 } ?? prompts.count
  }
}
