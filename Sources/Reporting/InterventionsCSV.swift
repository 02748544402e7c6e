import Results

/// interventions.csv and worth.csv: what each intervention did and what each part is worth, pooled over prompts and of every prompt
/// (RFC 4180).
enum InterventionsCSV {
  /// A row for every intervention, then one for each of its prompts.
  static func interventions(_ ablation: Ablation) -> String {
    let groups =
      ablation.overview.map { ("overview", $0) } + ablation.knockouts.map { ("own", $0) }
      + ablation.worths.flatMap { worth in worth.sets.map { ("worth \(worth.kind.rawValue)", $0) } }
    let rows = groups.flatMap { group, knockout in
      ([nil] + ablation.prompts.indices.map(Optional.some)).map { prompt in
        row(ablation, group, knockout, prompt)
      }
    }
    return CSV.text([header] + rows)
  }

  /// A row for every part, then one for each of its prompts; nil where nothing's worth was asked.
  static func worth(_ ablation: Ablation) -> String? {
    guard !ablation.worths.isEmpty else { return nil }
    let header =
      ["kind", "part", "drop"] + places + ["prompt", "id", "loss"] + bounds("loss") + ["benefitLost"]
      + bounds("benefitLost")
    let rows = ablation.worths.flatMap { worth in
      let place = cells(worth.query, worth.key, worth.layers, worth.heads)
      let whole = PartWorth.Part(name: "all", dropped: worth.all.dropped, worth: worth.whole)
      return (worth.parts + [whole]).flatMap { part -> [[String]] in
        let start = [worth.kind.rawValue, part.name, part.dropped.joined(separator: ";")] + place
        let cost = part.worth
        let pooled =
          start + ["", "", number(cost.loss)] + bounds(cost.lossInterval) + [number(cost.benefitLost)]
          + bounds(cost.benefitLostInterval)
        return [pooled]
          + zip(ablation.prompts, cost.prompts).enumerated().map { index, prompt in
            start + ["\(index)", prompt.0.id, number(prompt.1?.loss)] + bounds(nil)
              + [number(prompt.1?.benefitLost)] + bounds(nil)
          }
      }
    }
    return CSV.text([header] + rows)
  }

  private static let places = ["query", "key", "layers", "heads"]

  private static let header =
    ["intervention", "group", "sweep", "drop"] + places
    + ["mask", "prompt", "id", "tokens", "base", "adapted", "knockout", "kl", "agreement", "benefitLost"]
    + bounds("benefitLost")

  private static func row(_ ablation: Ablation, _ group: String, _ knockout: Knockout, _ prompt: Int?) -> [String] {
    let outcome = prompt.map { knockout.prompts[$0] } ?? knockout.pooled
    let lost = prompt == nil ? knockout.benefitLost : outcome?.benefitLost
    let mask = knockout.mask.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ";")
    return [knockout.name, group, knockout.sweep ?? "", knockout.dropped.joined(separator: ";")]
      + cells(knockout.query, knockout.key, knockout.layers, knockout.heads)
      + [mask, prompt.map { "\($0)" } ?? "", prompt.map { ablation.prompts[$0].id } ?? ""]
      + [outcome.map { "\($0.tokens)" } ?? ""]
      + [outcome?.base, outcome?.adapted, outcome?.knockout, outcome?.kl, outcome?.agreement, lost].map(number)
      + bounds(prompt == nil ? knockout.benefitLostInterval : nil)
  }

  /// Where something is left out, under ``places``.
  private static func cells(_ query: String?, _ key: String?, _ layers: [Int]?, _ heads: [Knockout.Head]?) -> [String] {
    [
      query ?? "*", key ?? "*", layers.map { $0.map(String.init).joined(separator: ";") } ?? "*",
      heads.map { $0.map { "L\($0.layer)H\($0.head)" }.joined(separator: ";") } ?? "*",
    ]
  }

  private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  private static func bounds(_ name: String) -> [String] { ["\(name).low", "\(name).high"] }

  private static func bounds(_ interval: ClosedRange<Double>?) -> [String] {
    [number(interval?.lowerBound), number(interval?.upperBound)]
  }
}

extension PredictionOutcome {
  /// (intervened − adapted) / (base − adapted); nil where the adapter does not lower the loss.
  fileprivate var benefitLost: Double? { base > adapted ? (knockout - adapted) / (base - adapted) : nil }
}
