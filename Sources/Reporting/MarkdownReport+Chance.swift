import Results

/// Whether any change of this size would have done it.
extension MarkdownReport {
  var chance: String? {
    let last = analysis.null?.compactMap(\.layer).max()
    // The stream has no pooled row; that entering the last layer says how far it came.
    guard let rows = analysis.null?.filter({ $0.layer == nil || ($0.statistic == "stream" && $0.layer == last) }),
      !rows.isEmpty
    else { return nil }
    let lines = rows.filter { $0.statistic == "rms" && $0.mean > 0 }.map { row in
      let z = row.z.map { "z = \(Numbers.size($0)), " } ?? ""
      return """
        - **\(Markdown.inline("\(row.query) → \(row.key)"))**: rms ΔS is \(Numbers.size(row.value / row.mean)) times a random \
        change's (\(z)p = \(Numbers.size(row.p))).
        """
    }
    let cells = rows.map { row in
      [
        "\(Markdown.inline("\(row.query) → \(row.key)")), \(row.statistic)", Numbers.size(row.value),
        Numbers.size(row.mean),
      ]
        + [row.sd, row.z, row.p].map { $0.map(Numbers.size) ?? "–" }
    }
    return """
      ## Chance

      Would any change of this size do it? The adapter is compared with random changes of the same targets, rank, norm and \
      spectrum. z counts their standard deviations; p is the two-sided rank and cannot fall below 1 / (number of random \
      changes + 1). analysis.json has every layer.

      \(lines.isEmpty ? "No score changes, in the adapter's random changes neither." : lines.joined(separator: "\n"))

      \(Markdown.table(["regions, statistic", "adapter", "mean", "sd", "z", "p"], cells))
      """
  }
}
