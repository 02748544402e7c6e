import Results

/// Whether any change of this size would have done it.
extension MarkdownReport {
  var chance: String? {
    let last = analysis.null?.compactMap(\.layer).max()
    // The stream has no pooled row; that entering the last layer says how far it came.
    guard let rows = analysis.null?.filter({ $0.layer == nil || ($0.statistic == "stream" && $0.layer == last) }),
      !rows.isEmpty
    else { return nil }
    let isFelt = rows.contains { $0.statistic == "divergence" }
    let lines = rows.filter { $0.statistic == (isFelt ? "divergence" : "rms") && $0.mean > 0 }.map { row in
      let what = isFelt ? "attention felt \(Numbers.size(row.value)) nats a query and head," : "rms ΔS is"
      let own =
        isFelt ? " (\(Self.verdict(row, analysis.nulls)))\(beyond(row))." : " (\(Self.verdict(row, analysis.nulls)))."
      return
        "- **\(Markdown.inline("\(row.query) → \(row.key)"))**: \(what) \(Numbers.size(row.value / row.mean)) times a random change's"
        + own
    }
    let cells = rows.map { row in
      [
        "\(Markdown.inline("\(row.query) → \(row.key)")), \(row.statistic)", Numbers.size(row.value),
        Numbers.size(row.mean),
      ]
        + [row.sd, row.z, row.p].map { $0.map(Numbers.size) ?? "–" }
    }
    let least = analysis.nulls.map { ", ≥ \(Numbers.size($0.leastChance))" } ?? ""
    return """
      ## Chance

      \(question) z counts their standard deviations; p is the two-sided rank and cannot fall below \
      \(Self.least(analysis.nulls)), however large z is. analysis.json has every layer, and of nats and attention moved every head.

      \(lines.isEmpty ? "No score changes, in the adapter's random changes neither." : lines.joined(separator: "\n"))

      \(Markdown.table(["regions, statistic", "adapter", "mean", "sd", "z", "p\(least)"], cells))
      """
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

  /// What the adapter is compared with.
  private var question: String {
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
  private static func verdict(_ row: NullComparison, _ setting: NullSetting?) -> String {
    let z = row.z.map { "z = \(Numbers.size($0)), " } ?? ""
    guard let setting else { return "\(z)p = \(Numbers.size(row.p))" }
    let isLeast = row.p <= setting.leastChance * (1 + 1e-12)
    let least =
      isLeast
      ? "the least that \(Numbers.count(setting.count, "random change")) allow\(setting.count == 1 ? "s" : "")"
      : "the least possible is \(Numbers.size(setting.leastChance))"
    return "\(z)p = \(Numbers.size(row.p)), \(least)"
  }

  private static func least(_ setting: NullSetting?) -> String {
    setting.map { "1/\($0.count + 1) with \(Numbers.count($0.count, "random change"))" }
      ?? "1 / (number of random changes + 1)"
  }

  /// "9.1 to 9.8", or the number that both ends are.
  private static func range(_ values: [Double]) -> String {
    let (low, high) = (Numbers.size(values.min() ?? .nan), Numbers.size(values.max() ?? .nan))
    return low == high ? low : "\(low) to \(high)"
  }
}
