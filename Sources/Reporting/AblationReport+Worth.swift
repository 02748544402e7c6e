import Results

/// What parts are worth, where that was asked.
extension AblationReport {
  /// A section for each question.
  var worths: [String] { ablation.worths.map(worth) }

  /// A line for each question, for a terminal.
  var worthLines: [String] { ablation.worths.map { "\(Self.title($0)): \(Self.values($0))" } }

  /// The answer to each question with its table, for a page.
  var worthTables: [(title: String, text: Phrase, table: Table)] {
    ablation.worths.map { worth in
      let sentences = Self.sentences(worth).map { "\($0)" as Phrase }
      return (
        Self.title(worth), ([.strong("\(Self.values(worth)).")] + sentences).joined(by: " "), Self.table(worth)
      )
    }
  }

  private func worth(_ worth: PartWorth) -> String {
    """
    ## \(Markdown.inline(Self.title(worth)))

    **\(Self.values(worth)).** \(Self.sentences(worth).joined(separator: " "))

    \(Self.table(worth).markdown)
    """
  }

  private static func sentences(_ worth: PartWorth) -> [String] {
    [together(worth), alone(worth), others(worth)].compactMap(\.self)
  }

  /// "What the terms are worth, after → before".
  static func title(_ worth: PartWorth) -> String {
    let what =
      switch worth.kind {
      case .terms: "What the scores' terms are worth"
      case .sources: "What the sources of keys and queries are worth"
      case .values: "What the terms of values are worth"
      case .paths: "What scores and changed values are worth"
      }
    let places = [
      worth.query == nil && worth.key == nil ? nil : "\(worth.query ?? "any") → \(worth.key ?? "any")",
      worth.layers.map { "layer\($0.count == 1 ? "" : "s") \(Markdown.runs($0))" },
      worth.heads.map { $0.map { "L\($0.layer)H\($0.head)" }.joined(separator: ", ") },
    ]
    return ([what] + places.compactMap(\.self)).joined(separator: ", ")
  }

  /// "KᵀdQ 5.1 % [4.0 to 6.2 %], dKᵀQ 2.0 % and dKᵀdQ 1.9 % of the benefit; together 9.0 %", the largest first.
  private static func values(_ worth: PartWorth) -> String {
    let parts = worth.parts.enumerated().sorted {
      ($0.element.worth.size, $1.offset) > ($1.element.worth.size, $0.offset)
    }.map { "\(symbol($0.element.name)) \(text($0.element.worth))" }
    let unit = worth.whole.benefitLost == nil ? "nats of loss" : "of the benefit"
    return "\(Markdown.list(parts)) \(unit); together \(text(worth.whole))"
  }

  /// What the numbers are.
  private static func together(_ worth: PartWorth) -> String {
    """
    A part's worth is what leaving it out costs on top of the parts that are already out, the mean over all orders (its Shapley \
    value), so that the \(worth.parts.count) sum to what leaving all of them out costs.
    """
  }

  /// Where single knock-outs mislead: parts whose own one costs more than all of them together.
  private static func alone(_ worth: PartWorth) -> String? {
    let whole = worth.whole.size
    let misleading = worth.parts.indices.filter { cost(worth.alone($0), worth) > max(whole, 0) + abs(whole) / 20 }
    guard !misleading.isEmpty else { return nil }
    let parts = misleading.map { "\(symbol(worth.parts[$0].name)) \(number(cost(worth.alone($0), worth), worth))" }
    return """
      Left out alone, \(Markdown.list(parts)) \(misleading.count == 1 ? "costs" : "cost") more than all of them together \
      (\(number(whole, worth))): the parts work against one another, and what one is worth is not what its own knock-out costs.
      """
  }

  /// Parts that surely make the loss lower by being left out.
  private static func others(_ worth: PartWorth) -> String? {
    let harmful = worth.parts.filter { $0.worth.isNegative }.map { symbol($0.name) }
    guard !harmful.isEmpty else { return nil }
    let (verb, pronoun) = harmful.count == 1 ? ("is", "it") : ("are", "them")
    return
      "\(Markdown.list(harmful)) \(verb) worth less than nothing: over the orders the loss falls without \(pronoun)."
  }

  private static func table(_ worth: PartWorth) -> Table {
    let rows = worth.parts.enumerated().map { index, part in
      [
        symbol(part.name), percent(part.worth), nats(part.worth), number(cost(worth.alone(index), worth), worth),
        number(cost(worth.all, worth) - (worth.others(index).map { cost($0, worth) } ?? 0), worth),
      ]
    }
    let whole = ["all of them", percent(worth.whole), nats(worth.whole), number(worth.whole.size, worth), ""]
    return Table(
      header: ["part", "worth", "worth in nats", "left out alone", "left out last"],
      rows: (rows + [whole]).map { $0.map { "\($0)" } })
  }

  /// By how much a run's loss rises, in the unit that worth is told in.
  private static func cost(_ run: Knockout, _ worth: PartWorth) -> Double {
    worth.whole.benefitLost == nil ? run.pooled.map { $0.knockout - $0.adapted } ?? 0 : run.benefitLost ?? 0
  }

  private static func number(_ value: Double, _ worth: PartWorth) -> String {
    worth.whole.benefitLost == nil ? Numbers.signed(value) : Numbers.estimate(value, nil)
  }

  /// "5.1 % [4.0 to 6.2 %]", or nats where there is no benefit.
  private static func text(_ cost: PartWorth.Cost) -> String { cost.benefitLost == nil ? nats(cost) : percent(cost) }

  private static func percent(_ cost: PartWorth.Cost) -> String {
    cost.benefitLost.map { Numbers.estimate($0, cost.benefitLostInterval) } ?? "–"
  }

  private static func nats(_ cost: PartWorth.Cost) -> String {
    guard let loss = cost.loss else { return "–" }
    guard let interval = cost.lossInterval, interval.lowerBound < interval.upperBound else {
      return Numbers.signed(loss)
    }
    return "\(Numbers.signed(loss)) [\(Numbers.signed(interval.lowerBound)) to \(Numbers.signed(interval.upperBound))]"
  }

  /// A part as it is written in prose.
  static func symbol(_ name: String) -> String {
    ValueTerm.allCases.first { $0.name == name }?.symbol ?? symbols(name)
  }
}

extension PartWorth.Cost {
  /// In the unit that it is told in: part of the benefit, or nats where there is none.
  fileprivate var size: Double { benefitLost ?? loss ?? 0 }

  /// Whether all of its interval is below 0.
  fileprivate var isNegative: Bool {
    guard let interval = benefitLost == nil ? lossInterval : benefitLostInterval else { return false }
    return interval.upperBound < 0
  }
}
