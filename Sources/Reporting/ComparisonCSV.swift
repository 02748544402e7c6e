import Results

/// comparison.csv: every number of a comparison in a row of its own (RFC 4180).
enum ComparisonCSV {
  /// The table.
  static func text(_ comparison: AdapterComparison) -> String {
    let names = comparison.adapters.map(\.name)
    return CSV.text(
      [header] + blocks(comparison, names) + pairs(comparison, names)
        + spreads("layer", comparison.layers, comparison, names) + spreads("head", comparison.heads, comparison, names)
        + profiles(comparison, names) + written(comparison, names) + knockouts(comparison, names) + groups(comparison))
  }

  private static let header = [
    "row", "adapter", "less", "layer", "head", "query", "key", "statistic", "value", "value.low", "value.high", "p",
    "holm",
  ]

  /// - Parameter less: The adapter whose number is taken off.
  private static func row(
    _ kind: String, _ adapter: String, less: String = "", layer: Int? = nil, head: Int? = nil, _ query: String,
    _ key: String, _ statistic: String, _ estimate: AdapterComparison.Estimate?, chance: Double? = nil,
    holm: Double? = nil
  ) -> [String] {
    func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    return [kind, adapter, less, layer.map { "\($0)" } ?? "", head.map { "\($0)" } ?? "", query, key, statistic]
      + [estimate?.value, estimate?.interval?.lowerBound, estimate?.interval?.upperBound, chance, holm].map(text)
  }

  /// An adapter by itself, over all heads and layers.
  private static func blocks(_ comparison: AdapterComparison, _ names: [String]) -> [[String]] {
    comparison.blocks.flatMap { block -> [[String]] in
      let own = { (statistic: String, estimate: AdapterComparison.Estimate?) in
        row("adapter", names[block.adapter], block.query, block.key, statistic, estimate)
      }
      let felt = zip(Term.allCases, block.felt ?? []).map { own("felt.\($0.name).share", $1) }
      return [block.divergence.map { own("divergence", $0) }].compactMap(\.self) + felt
        + [own("moved", block.moved), own("rms", .init(block.rms))]
        + Term.allCases.flatMap { term in
          [
            own("\(term.name).share", block.shares[term.rawValue]),
            own("centered.\(term.name).share", block.centered[term.rawValue]),
          ]
        }
    }
      + comparison.adapters.flatMap { adapter in
        adapter.loss.map { loss in
          [
            row("adapter", adapter.name, "*", "*", "loss.base", .init(loss.base)),
            row("adapter", adapter.name, "*", "*", "loss", loss.adapted),
          ]
        } ?? []
      }
  }

  /// One adapter less another.
  private static func pairs(_ comparison: AdapterComparison, _ names: [String]) -> [[String]] {
    comparison.pairs.flatMap { pair -> [[String]] in
      let own = { (statistic: String, estimate: AdapterComparison.Estimate?) in
        row("difference", names[pair.first], less: names[pair.second], pair.query, pair.key, statistic, estimate)
      }
      let shares =
        zip(Term.allCases, pair.felt ?? []).map { own("felt.\($0.name).share", $1) }
        + zip(Term.allCases, pair.shares).map { own("\($0.name).share", $1) }
      return [
        pair.divergence.map { own("divergence", $0) }, pair.moved.map { own("moved", $0) },
        pair.loss.map { own("loss", $0) },
      ].compactMap(\.self) + shares
    }
  }

  /// The measure by adapter, and how far the largest lies from the smallest.
  private static func spreads(
    _ kind: String, _ rows: [AdapterComparison.SpreadRow], _ comparison: AdapterComparison, _ names: [String]
  ) -> [[String]] {
    let measure = comparison.measure.rawValue
    return rows.flatMap { spread -> [[String]] in
      let known = spread.values.enumerated().compactMap { index, value in value.map { (index, $0) } }
      let own = known.map { index, value in
        row(
          kind, names[index], layer: spread.layer, head: spread.head, spread.query, spread.key, measure, .init(value))
      }
      guard let top = known.max(by: { $0.1 < $1.1 }), let low = known.min(by: { $0.1 < $1.1 }) else { return own }
      return own + [
        row(
          kind, names[top.0], less: names[low.0], layer: spread.layer, head: spread.head, spread.query, spread.key,
          measure, spread.spread, chance: spread.chance, holm: spread.holm)
      ]
    }
  }

  private static func profiles(_ comparison: AdapterComparison, _ names: [String]) -> [[String]] {
    comparison.profiles.flatMap { profile in
      [("pearson", profile.pearson), ("spearman", profile.rank)].map { name, value in
        row(
          "profile", names[profile.first], less: names[profile.second], profile.query, profile.key,
          "\(profile.profile).\(name)", value.map { .init($0) })
      }
    }
  }

  /// Who wrote what is inherited, and what the predictions gain.
  private static func written(_ comparison: AdapterComparison, _ names: [String]) -> [[String]] {
    func rows(_ query: String, _ key: String, _ statistic: String, _ values: [Double?]) -> [[String]] {
      zip(names, values).compactMap { name, value in
        value.map { row("adapter", name, query, key, statistic, .init($0)) }
      }
    }
    return comparison.writers.flatMap { rows($0.query, $0.key, "written.\($0.writer.name).share", $0.shares) }
      + comparison.gains.flatMap { rows("*", "*", "gain.\($0.writer.name)", $0.gains) }
  }

  private static func knockouts(_ comparison: AdapterComparison, _ names: [String]) -> [[String]] {
    comparison.knockouts.flatMap { knockout in
      names.indices.filter { knockout.kl[$0] != nil }.flatMap { adapter in
        [
          row("knockout", names[adapter], "*", "*", "benefitLost: \(knockout.name)", knockout.benefitLost[adapter]),
          row("knockout", names[adapter], "*", "*", "kl: \(knockout.name)", knockout.kl[adapter].map { .init($0) }),
        ]
      }
    }
  }

  /// Means over training runs, and their differences.
  private static func groups(_ comparison: AdapterComparison) -> [[String]] {
    let names = comparison.groups.map(\.name)
    return comparison.groupRows.map { own in
      row(
        "group", names[own.group], less: own.less.map { names[$0] } ?? "", layer: own.layer, head: own.head, own.query,
        own.key, own.statistic, own.estimate, chance: own.chance, holm: own.holm)
    }
  }
}
