extension NullComparison {
  /// A row of `null`.
  var json: JSONObject {
    [
      "layer": layer, "head": head, "query": query, "key": key, "statistic": statistic, "value": value, "mean": mean,
      "sd": sd, "z": z, "p": p,
    ]
  }
}

extension TokenPairs {
  /// A row of `pairs`.
  var json: JSONObject {
    ["layer": layer, "head": head, "query": query, "key": key, "strongest": strongest.map(\.json)]
  }
}

extension TokenPair {
  fileprivate var json: JSONObject {
    raw.json.with([
      "prompt": prompt, "head": head, "queryPosition": queryPosition, "keyPosition": keyPosition,
      "centered": centered.json, "pattern": ["base": base, "adapted": adapted], "nats": nats,
    ])
  }
}

extension TokenPair.Change {
  fileprivate var json: JSONObject { ["delta": delta, "terms": JSONObject.byTerm { self[$0] }] }
}

extension Excerpt {
  /// An entry of `excerpts`, without texts where there are none.
  var json: JSONObject {
    (["prompt": prompt, "start": start, "ids": ids] as JSONObject).with(present: ["texts": texts])
  }
}

extension PromptContribution {
  /// A row of `byPrompt`, without what it does not have.
  var json: JSONObject {
    let row: JSONObject = ["layer": layer, "query": query, "key": key, "queries": queries]
    let felt = nats.map { nats in JSONObject.byTerm { nats[$0.rawValue] } }
    return row.with(present: ["moved": moved, "divergence": divergence, "nats": felt, "centered": centered?.json])
      .with(raw?.json ?? [:])
  }
}

extension PromptContribution.Energies {
  fileprivate var json: JSONObject { ["delta": delta, "terms": JSONObject.byTerm { terms[$0.rawValue] }] }
}
