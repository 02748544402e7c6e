/// comparison.json, schema 1 (docs/schemas/comparison.schema.json says what it holds).
public enum ComparisonJSON {
  /// The schema number; keys are never renamed or removed within it.
  public static let schema = 1

  /// The document's bytes: sorted keys, numbers that round-trip, null where a value is absent.
  public static func bytes(_ comparison: AdapterComparison) throws(ResultsError) -> [UInt8] {
    try comparison.json.bytes()
  }
}

extension AdapterComparison {
  fileprivate var json: JSONObject {
    let whole: JSONObject = [
      "schema": ComparisonJSON.schema, "tool": ["name": "leibniz", "version": version], "base": base,
      "regions": regions, "adapters": adapters.map(\.json), "differences": differences, "notes": notes,
      "measure": measure, "blocks": blocks.map(\.json), "pairs": pairs.map(\.json), "layers": layers.map(\.json),
      "heads": heads.map(\.json), "profiles": profiles.map(\.json), "knockouts": knockouts.map(\.json),
    ]
    let written = whole.with(present: [
      "writers": writers.isEmpty ? nil : writers.map(\.json), "gains": gains.isEmpty ? nil : gains.map(\.json),
    ])
    guard !groups.isEmpty else { return written }
    return written.with(present: ["groups": groups.map(\.json), "groupRows": groupRows.map(\.json)])
  }

  /// Estimates under the terms' names.
  fileprivate static func byTerm(_ estimates: [Estimate]) -> JSONObject {
    JSONObject.byTerm { estimates[$0.rawValue].json }
  }
}

extension AdapterComparison.Estimate {
  fileprivate var json: JSONObject { ["value": value, "interval": interval?.bounds] }
}

extension AdapterComparison.Loss {
  fileprivate var json: JSONObject {
    ["base": base, "adapted": adapted.json, "prompts": prompts, "lower": lower]
  }
}

extension AdapterComparison.Adapter {
  fileprivate var json: JSONObject {
    ["name": name, "adapted": adapted.json, "mask": mask, "prompts": prompts, "loss": loss?.json]
  }
}

extension AdapterComparison.BlockRow {
  fileprivate var json: JSONObject {
    let row: JSONObject = [
      "adapter": adapter, "query": query, "key": key, "moved": moved?.json, "rms": rms,
      "shares": AdapterComparison.byTerm(shares), "centered": AdapterComparison.byTerm(centered),
    ]
    return row.with(present: ["divergence": divergence?.json, "felt": felt.map(AdapterComparison.byTerm)])
  }
}

extension AdapterComparison.PairRow {
  /// Two adapters of which one has no analysis have no shares to compare.
  fileprivate var json: JSONObject {
    let row: JSONObject = [
      "first": first, "second": second, "query": query, "key": key, "moved": moved?.json,
      "shares": shares.isEmpty ? nil : AdapterComparison.byTerm(shares), "loss": loss?.json,
    ]
    return row.with(present: ["divergence": divergence?.json, "felt": felt.map(AdapterComparison.byTerm)])
  }
}

extension AdapterComparison.SpreadRow {
  fileprivate var json: JSONObject {
    [
      "layer": layer, "head": head, "query": query, "key": key, "values": values, "spread": spread.json, "p": chance,
      "holm": holm,
    ]
  }
}

extension AdapterComparison.ProfileRow {
  fileprivate var json: JSONObject {
    [
      "first": first, "second": second, "query": query, "key": key, "profile": profile, "heads": heads,
      "pearson": pearson, "rank": rank,
    ]
  }
}

extension AdapterComparison.KnockoutRow {
  fileprivate var json: JSONObject {
    [
      "name": name, "sweep": sweep, "benefitLost": benefitLost.map { $0?.json }, "kl": kl,
    ]
  }
}

extension AdapterComparison.WriterRow {
  fileprivate var json: JSONObject { ["query": query, "key": key, "writer": writer.name, "shares": shares] }
}

extension AdapterComparison.GainRow {
  fileprivate var json: JSONObject { ["writer": writer.name, "gains": gains] }
}

extension AdapterComparison.Group {
  fileprivate var json: JSONObject { ["name": name, "adapters": adapters] }
}

extension AdapterComparison.GroupRow {
  fileprivate var json: JSONObject {
    [
      "group": group, "less": less, "layer": layer, "head": head, "query": query, "key": key, "statistic": statistic,
      "value": estimate.value, "interval": estimate.interval?.bounds, "runs": runs, "paired": isPaired, "p": chance,
      "holm": holm,
    ]
  }
}
