import Attribution
import Foundation

/// Compares two runs of one pair of models.
///
/// With the same prompts both runs compute the same numbers, up to float32 rounding: shares may differ by 1e-4, the
/// rms of ΔS by 1e-4 of itself, and structural zeros must be the same.
///
/// With different prompts a share may differ by chance. Each share of a summary row has a 95 % bootstrap interval over
/// prompts; the half-widths facing each other, divided by 1.96, serve as standard errors of the two shares, and the
/// difference is held against a normal distribution. So that the chance of any false alarm in the whole comparison
/// stays at 5 %, each of the m shares is tested at 0.05/m (Bonferroni).
public enum Baseline {
  /// Fewest prompts from which an interval is believed.
  public static let minimumPrompts = 5
  /// Largest relative difference that rounding may make between runs on the same prompts.
  public static let reproductionTolerance = 1e-4
  /// Chance of any false alarm in a comparison of runs on different prompts.
  public static let significance = 0.05

  /// An analysis and the file it comes from.
  public struct Run: Sendable {
    /// The file, for messages.
    public var file: String
    /// The analysis.
    public var analysis: Analysis

    /// A run.
    public init(file: String, analysis: Analysis) {
      self.file = file
      self.analysis = analysis
    }
  }

  /// Holds a new run against an old one.
  /// - Returns: A comparison for each quantity and pair of regions; it passes where the new run is as the old one.
  /// - Throws: ``ExpectationsError`` where the runs are not of the same pair, or cannot be compared.
  public static func compare(old: Run, new: Run) throws(ExpectationsError) -> [Comparison] {
    try requireSamePair(old, new)
    if old.analysis.promptsFingerprint == new.analysis.promptsFingerprint {
      return try Reproduction(old: old, new: new).comparisons()
    }
    for run in [old, new] where run.analysis.prompts.count < minimumPrompts {
      throw .tooFewPrompts(file: run.file, prompts: run.analysis.prompts.count, needed: minimumPrompts)
    }
    return try Resampling(old: old, new: new).comparisons()
  }

  private static func requireSamePair(_ old: Run, _ new: Run) throws(ExpectationsError) {
    let models = [
      ("base model", old.analysis.base.fingerprint, new.analysis.base.fingerprint),
      ("adapted model", old.analysis.adapted.fingerprint, new.analysis.adapted.fingerprint),
    ]
    for (model, before, now) in models where before != now {
      throw .differentPairs(
        old: old.file, new: new.file,
        difference: "the fingerprint of the \(model) was \(before.prefix(12))… and is \(now.prefix(12))…")
    }
    guard old.analysis.mask == new.analysis.mask else {
      throw .differentSettings(
        old: old.file, new: new.file, difference: "the mask was \(old.analysis.mask) and is \(new.analysis.mask)")
    }
    guard Set(old.analysis.regions) == Set(new.analysis.regions) else {
      throw .differentSettings(
        old: old.file, new: new.file,
        difference: "the regions were \(old.analysis.regions.joined(separator: ", ")) and are "
          + new.analysis.regions.joined(separator: ", "))
    }
  }
}

/// The rows of two runs, matched by layer, head and regions.
struct MatchedRows {
  var old: Block
  var new: Block

  /// - Throws: ``ExpectationsError`` where a row of one run is missing in the other.
  static func match(
    _ old: Baseline.Run, _ new: Baseline.Run, _ rows: (Analysis) -> [Block]
  ) throws(ExpectationsError) -> [MatchedRows] {
    let before = Dictionary(rows(old.analysis).map { (Key($0), $0) }) { first, _ in first }
    let now = Dictionary(rows(new.analysis).map { (Key($0), $0) }) { first, _ in first }
    for (run, missing) in [(new, rows(old.analysis).first { now[Key($0)] == nil }), (old, rows(new.analysis).first { before[Key($0)] == nil })] {
      guard let missing else { continue }
      throw .differentSettings(old: old.file, new: new.file, difference: "\(run.file) has no row for \(Place(missing))")
    }
    return rows(new.analysis).compactMap { row in before[Key(row)].map { MatchedRows(old: $0, new: row) } }
  }

  private struct Key: Hashable {
    var layer: Int?
    var head: Int?
    var query: String
    var key: String

    init(_ block: Block) {
      layer = block.layer
      head = block.head
      query = block.query
      key = block.key
    }
  }
}

/// Two runs on the same prompts.
private struct Reproduction {
  var old: Baseline.Run
  var new: Baseline.Run

  func comparisons() throws(ExpectationsError) -> [Comparison] {
    let rows = try MatchedRows.match(old, new) { $0.blocks }
    let shares = Term.allCases.map { term in
      compare("share of \(term.symbol)", rows) { row in
        difference(row, row.old.raw[term].share, row.new.raw[term].share, allowed: Baseline.reproductionTolerance)
      }
    }
    let size = compare("rms of ΔS", rows) { row in
      let (before, now) = (row.old.raw.delta.rms, row.new.raw.delta.rms)
      return difference(row, before, now, allowed: Baseline.reproductionTolerance * max(before, now))
    }
    let zeros = Term.allCases.map { term in
      compare("structural zero of \(term.symbol)", rows) { row in
        let (before, now) = (row.old.raw[term].zero, row.new.raw[term].zero)
        let holds = (before == .structural) == (now == .structural)
        return Finding(
          place: Place(row.new), value: now == .structural ? 1 : 0, limit: before == .structural ? 1 : 0,
          margin: holds ? 0 : -1, holds: holds, account: "is \(now.words), was \(before.words)")
      }
    }
    return shares + [size] + zeros
  }

  private func compare(_ subject: String, _ rows: [MatchedRows], _ finding: (MatchedRows) -> Finding) -> Comparison {
    Comparison(
      subject: "\(subject), same prompts", requirement: "as in \(old.file)", findings: rows.map(finding))
  }

  private func difference(_ row: MatchedRows, _ before: Double, _ now: Double, allowed: Double) -> Finding {
    let margin = allowed - abs(now - before)
    return Finding(
      place: Place(row.new), value: now, limit: before, margin: margin, holds: margin >= 0,
      account: "has \(now.short(besides: before)), was \(before.short(besides: now)); rounding explains \(allowed.short)")
  }
}

/// Two runs on different prompts.
private struct Resampling {
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
      account: "has \(now.share.short(besides: before.share)), was \(before.share.short(besides: now.share)); "
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

extension ZeroCause? {
  /// After "is" or "was".
  fileprivate var words: String {
    switch self {
    case .structural: "structurally zero"
    case .measured: "zero only in its values"
    case .leak: "a leak"
    case nil: "not zero"
    }
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
