import Results

/// Several training runs of one kind, as report and page tell of them: means over runs, and how kinds differ.
struct ComparisonGroups {
  private typealias Row = AdapterComparison.GroupRow
  private let comparison: AdapterComparison
  private let words: ComparisonWords

  init(_ words: ComparisonWords) {
    comparison = words.comparison
    self.words = words
  }

  /// What stands in the answer; empty without groups.
  var answer: [Phrase] {
    guard let place = comparison.places.first ?? (comparison.groups.isEmpty ? nil : .all) else { return [] }
    let statistic = comparison.places.isEmpty ? "loss" : comparison.measure.rawValue
    let means = comparison.groups.enumerated().compactMap { index, group -> Phrase? in
      row(index, less: nil, place, statistic).map { row in
        "\(name(index)) (\(Numbers.count(group.adapters.count, "training run"))) \(text(row.estimate, statistic))"
      }
    }
    guard !means.isEmpty else { return [] }
    let what = statistic == "loss" ? statistic : comparison.measure.name
    let differences = couples.compactMap { first, second in
      row(first, less: second, place, statistic).map { "\(less(first, second)) \(verdict($0, statistic))" as Phrase }
    }
    return [
      "\(.strong("Over training runs, mean \(what)")): \(means.joined(by: ", ")). \(differences.joined(by: "; "))."
    ]
  }

  /// What ``tables`` hold.
  var reading: Phrase {
    let isPaired = comparison.groupRows.contains(where: \.isPaired)
    let pairing: Phrase =
      isPaired ? " Groups of as many runs are paired, the first with the first." : ""
    return """
      Means over the training runs of a group; brackets hold 95 % intervals over runs (Student's t), not over prompts. A \
      difference whose interval holds 0 can be the runs' chance.\(pairing)
      """
  }

  /// A table for each pair of regions, and one of losses and knock-outs.
  var tables: [(title: Phrase, table: Table)] {
    let sizes = comparison.places.map { place -> (title: Phrase, table: Table) in
      let isFelt = comparison.measure == .divergence
      let statistics =
        ["divergence", "moved", "rms"] + Term.allCases.map { "\(isFelt ? "felt" : "centered").\($0.name).share" }
      let titles: [Phrase] =
        ["nats", "moved", "rms ΔS"] + Term.allCases.map { "\($0.symbol)\(isFelt ? " of nats" : ", centred")" as Phrase }
      return ("\(place.words)", table(place, zip(statistics, titles).map { ($0, $1) }))
    }
    let names = comparison.groupRows.map(\.statistic).filter {
      $0 == "loss" || $0 == "benefit" || $0.hasPrefix("benefitLost: ")
    }
    let effects = names.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    guard !effects.isEmpty else { return sizes }
    let rows = effects.map { statistic -> [Phrase] in
      let own = comparison.groups.indices.map { cell(row($0, less: nil, .all, statistic), statistic) }
      let differences = couples.map { cell(row($0.0, less: $0.1, .all, statistic), statistic, isDifference: true) }
      return ["\(AblationReport.symbols(statistic))"] + own + differences
    }
    let header: [Phrase] = [""] + comparison.groups.indices.map(name) + couples.map(less)
    return sizes + [("Losses and benefit lost", Table(header: header, rows: rows))]
  }

  /// Layers and heads in which groups differ over runs, by Holm; nil without groups of several runs.
  var places: Phrase? {
    let tested = comparison.groupRows.filter { $0.holm != nil }
    guard !tested.isEmpty else { return nil }
    let different = tested.filter(\.isDifferent).sorted { abs($0.estimate.value) > abs($1.estimate.value) }
    let names = different.prefix(12).map { row in
      "L\(row.layer ?? 0)\(row.head.map { "H\($0)" } ?? "") \(RegionPair(query: row.query, key: row.key).words)"
        as Phrase
    }
    let counted = Numbers.count(tested.count, "layer or head")
    guard !names.isEmpty else {
      return "No single one of \(counted) and pairs of regions differs beyond the runs' chance after Holm's correction."
    }
    return """
      After Holm's correction over \(counted) and pairs of regions, \(Numbers.count(different.count)) differ beyond the runs' chance: \
      \(names.joined(by: ", "))\(different.count > names.count ? ", …" : "").
      """
  }

  private func table(_ place: RegionPair, _ columns: [(statistic: String, title: Phrase)]) -> Table {
    let known = columns.filter { column in
      comparison.groups.indices.contains { row($0, less: nil, place, column.statistic) != nil }
    }
    let means = comparison.groups.indices.map { index in
      [name(index)] + known.map { cell(row(index, less: nil, place, $0.statistic), $0.statistic) }
    }
    let differences = couples.map { first, second in
      [less(first, second)]
        + known.map { cell(row(first, less: second, place, $0.statistic), $0.statistic, isDifference: true) }
    }
    return Table(header: ["group"] + known.map(\.title), rows: means + differences)
  }

  private var couples: [(Int, Int)] {
    comparison.groups.indices.flatMap { first in
      (first + 1..<max(comparison.groups.count, first + 1)).map { (first, $0) }
    }
  }

  private func name(_ group: Int) -> Phrase { .code(comparison.groups[group].name) }

  private func less(_ first: Int, _ second: Int) -> Phrase { "\(name(first)) less \(name(second))" }

  private func row(_ group: Int, less: Int?, _ place: RegionPair, _ statistic: String) -> Row? {
    comparison.groupRows.first {
      $0.group == group && $0.less == less && $0.layer == nil && $0.query == place.query && $0.key == place.key
        && $0.statistic == statistic
    }
  }

  /// "+11.2 [8.0 to 14.4] points, paired by run, p = 0.004: more than the runs' chance explains".
  private func verdict(_ row: Row, _ statistic: String) -> Phrase {
    let unit = Self.isPart(statistic) ? " points" : ""
    let how = row.isPaired ? ", paired by run" : ""
    guard let chance = row.chance else { return "\(difference(row.estimate, statistic))\(unit)" }
    let judged = row.isDifferent ? "more than the runs' chance explains" : "which the runs' chance can explain"
    return "\(difference(row.estimate, statistic))\(unit)\(how), p = \(Numbers.size(chance)), \(judged)"
  }

  private func cell(_ row: Row?, _ statistic: String, isDifference: Bool = false) -> Phrase {
    guard let row else { return "–" }
    return "\(isDifference ? difference(row.estimate, statistic) : text(row.estimate, statistic))"
  }

  private func text(_ estimate: AdapterComparison.Estimate, _ statistic: String) -> String {
    Self.isPart(statistic) ? Numbers.percent(estimate) : Numbers.size(estimate)
  }

  private func difference(_ estimate: AdapterComparison.Estimate, _ statistic: String) -> String {
    Self.isPart(statistic) ? Numbers.points(estimate) : Numbers.signed(estimate)
  }

  /// Whether a statistic is told in percent.
  private static func isPart(_ statistic: String) -> Bool {
    !["divergence", "rms", "loss", "benefit"].contains(statistic)
  }
}
