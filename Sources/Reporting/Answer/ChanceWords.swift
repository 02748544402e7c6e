import Results

/// Whether any change of this size would have done it, in words and as a table.
struct ChanceWords {
  private let analysis: Analysis
  private let rows: [NullComparison]

  /// nil where no random changes were asked for.
  init?(_ analysis: Analysis) {
    let last = analysis.null?.compactMap(\.layer).max()
    // The stream has no pooled row; that entering the last layer says how far it came.
    guard let rows = analysis.null?.filter({ $0.layer == nil || ($0.statistic == "stream" && $0.layer == last) }),
      !rows.isEmpty
    else { return nil }
    self.analysis = analysis
    self.rows = rows
  }

  /// What is said in place of ``lines`` where there are none.
  static let nothing: Phrase = "No score changes, in the adapter's random changes neither."

  /// What the adapter is compared with, and how.
  var reading: Phrase {
    """
    \(question) z counts their standard deviations; p is the two-sided rank and cannot fall below \(least), however large z is. \
    \(ReportFiles.analysis) has every layer, and of nats and attention moved every head.
    """
  }

  /// A pair of regions each: how what attention felt compares; the scores' change where it was not asked for.
  var lines: [Phrase] {
    let isFelt = rows.contains { $0.statistic == "divergence" }
    return rows.filter { $0.statistic == (isFelt ? "divergence" : "rms") && $0.mean > 0 }.map { row in
      let what = isFelt ? "attention felt \(Numbers.size(row.value)) nats a query and head," : "rms ΔS is"
      return """
        \(.strong("\(row.query) → \(row.key)")): \(what) \(Numbers.size(row.value / row.mean)) times a random change's \
        (\(verdict(row)))\(isFelt ? beyond(row) : "").
        """
    }
  }

  /// In how many heads attention felt more than under every random change.
  private func beyond(_ pooled: NullComparison) -> String {
    let heads = (analysis.null ?? []).filter {
      $0.head != nil && $0.statistic == pooled.statistic && $0.query == pooled.query && $0.key == pooled.key
    }
    guard !heads.isEmpty, let least = analysis.nulls?.leastChance else { return "" }
    let more = heads.count { $0.value > $0.mean && $0.p <= least * (1 + 1e-12) }
    return ", and more than under any of them in \(more) of \(Numbers.count(heads.count, "head"))"
  }

  /// Every statistic.
  var table: Table {
    let least = analysis.nulls.map { ", ≥ \(Numbers.size($0.leastChance))" } ?? ""
    let cells = rows.map { row in
      let numbers = [Numbers.size(row.value), Numbers.size(row.mean)]
      return
        (["\(row.query) → \(row.key), \(row.statistic)"] + numbers
        + [row.sd, row.z, row.p].map { $0.map(Numbers.size) ?? "–" }).map { "\($0)" as Phrase }
    }
    return Table(header: ["regions, statistic", "adapter", "mean", "sd", "z", "p\(least)"], rows: cells)
  }

  private var question: Phrase {
    let targets = "the same targets, rank and spectrum"
    guard let match = analysis.nulls?.match else {
      return """
        Would any change of this size do it? The adapter is compared with random changes of the same targets, rank, norm and \
        spectrum.
        """
    }
    return """
      Would any change that moves the scores as much do it? The adapter is compared with random changes of \(targets), each \
      multiplied by \(Self.range(match.factors)) so that its rms ΔS over everything is the adapter's, \(Numbers.size(match.value)): \
      they reach \(Self.range(match.reached)).
      """
  }

  /// "z = 4.20, p = 0.200, the least that 4 random changes allow".
  private func verdict(_ row: NullComparison) -> String {
    let z = row.z.map { "z = \(Numbers.size($0)), " } ?? ""
    guard let setting = analysis.nulls else { return "\(z)p = \(Numbers.size(row.p))" }
    let isLeast = row.p <= setting.leastChance * (1 + 1e-12)
    let least =
      isLeast
      ? "the least that \(Numbers.count(setting.count, "random change")) allow\(setting.count == 1 ? "s" : "")"
      : "the least possible is \(Numbers.size(setting.leastChance))"
    return "\(z)p = \(Numbers.size(row.p)), \(least)"
  }

  private var least: String {
    analysis.nulls.map { "1/\($0.count + 1) with \(Numbers.count($0.count, "random change"))" }
      ?? "1 / (number of random changes + 1)"
  }

  /// "9.1 to 9.8", or the number that both ends are.
  private static func range(_ values: [Double]) -> String {
    let (low, high) = (Numbers.size(values.min() ?? .nan), Numbers.size(values.max() ?? .nan))
    return low == high ? low : "\(low) to \(high)"
  }
}
