import Foundation
import Results

/// Two runs on different prompts.
struct Resampling {
  var old: Baseline.Run
  var new: Baseline.Run

  func comparisons() throws(ExpectationsError) -> [Comparison] {
    let rows = try MatchedRows.match(old, new) { $0.summary }
    let tests = rows.count * Term.allCases.count
    let critical = criticalDeviation(chance: Baseline.significance / Double(max(tests, 1)))
    return Term.allCases.map { term in
      Comparison(
        subject: "share of \(term.symbol) in the summary rows, different prompts",
        requirement: "as in \(old.file), up to chance",
        findings: rows.map { finding($0, term, critical: critical) })
    }
  }

  private func finding(_ row: MatchedRows, _ term: Term, critical: Double) -> Finding {
    let (before, now) = (row.old.raw[term], row.new.raw[term])
    let upward = now.share > before.share
    let error = hypot(
      before.standardError(towardsUpper: upward), now.standardError(towardsUpper: !upward))
    // Without any spread (a structural zero) only rounding remains.
    let allowed = max(critical * error, Baseline.reproductionTolerance)
    let margin = allowed - abs(now.share - before.share)
    return Finding(
      place: Place(row.new), value: now.share, limit: before.share, margin: margin, holds: margin >= 0,
      account:
        "has \(now.share.short(besides: before.share)), was \(before.share.short(besides: now.share)); "
        + "chance explains \(allowed.short)")
  }

  /// The z with P(|Z| > z) = chance for a standard normal Z, by bisection of a falling function.
  private func criticalDeviation(chance: Double) -> Double {
    var (low, high) = (0.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if erfc(middle / 2.0.squareRoot()) > chance { low = middle } else { high = middle }
    }
    return high
  }
}

extension TermStatistics {
  /// The half of the share's 95 % interval on one side, as a standard error; 0 where there is no interval.
  fileprivate func standardError(towardsUpper: Bool) -> Double {
    guard let shareInterval else { return 0 }
    let half = towardsUpper ? shareInterval.upperBound - share : share - shareInterval.lowerBound
    return max(half, 0) / 1.96
  }
}
