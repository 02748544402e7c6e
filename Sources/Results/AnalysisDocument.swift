extension Analysis {
  /// The whole of analysis.json.
  var json: JSONObject {
    let head: JSONObject = [
      "schema": AnalysisJSON.schema, "tool": ["name": "leibniz", "version": version], "mask": mask,
      "reference": reference.rawValue, "threads": threads, "base": base, "adapted": adapted.json, "regions": regions,
      "promptsFingerprint": promptsFingerprint, "prompts": prompts.map(\.json), "parts": partNames,
      "closure": closure, "verification": verification, "warnings": warnings,
      "blocks": JSONRows(blocks) { PooledBlock($0).json(isPooled: false) },
      "summary": JSONRows(summary) { $0.json(isPooled: true) },
    ]
    return head.with(present: [
      "unchangedPairs": unchangedPairs, "command": command, "loss": loss?.json,
      "vocabulary": vocabulary, "kernel": kernel, "nulls": nulls?.json,
      "null": null.map { JSONRows($0, \.json) }, "pairs": pairs.map { JSONRows($0, \.json) },
      "excerpts": excerpts.map { JSONRows($0, \.json) }, "byPrompt": byPrompt.map { JSONRows($0, \.json) },
    ]).with(present: measured.json)
  }
}

extension AdaptedSummary {
  /// An adapted model, null where a value is absent.
  var json: JSONObject {
    ([
      "name": name, "kind": kind, "rank": rank, "scaling": scaling, "targets": targets, "fingerprint": fingerprint,
    ] as JSONObject).with(present: ["modules": modules?.json])
  }
}

extension ModuleCount {
  fileprivate var json: JSONObject { ["applied": applied, "of": total, "leftOut": leftOut] }
}

extension PromptSummary {
  /// A prompt.
  var json: JSONObject { ["id": id, "tokens": tokens, "separator": separator, "activeFrom": activeFrom] }
}

extension Losses {
  fileprivate var json: JSONObject {
    (["base": base, "adapted": adapted] as JSONObject)
      .with(present: ["kl": divergence.isEmpty ? nil : divergence])
  }
}

extension PooledBlock {
  /// A row of `summary` or, without the shares' intervals, of `blocks`.
  fileprivate func json(isPooled: Bool) -> JSONObject {
    raw.json(isPooled: isPooled, hasZeros: true).with([
      "layer": layer, "head": head, "query": query, "key": key, "pairs": pairs,
      "centered": centered.json(isPooled: isPooled, hasZeros: false),
    ])
  }
}

extension Decomposition {
  fileprivate func json(isPooled: Bool, hasZeros: Bool) -> JSONObject {
    let intervals = JSONObject.byTerm { self[$0].shareInterval?.bounds }
    return (["delta": delta, "terms": JSONObject.byTerm { self[$0].json(hasZero: hasZeros) }] as JSONObject)
      .with(present: ["shareInterval": isPooled ? intervals : nil])
  }
}

extension TermStatistics {
  fileprivate func json(hasZero: Bool) -> JSONObject {
    let row: JSONObject = [
      "mean": magnitude.mean, "meanAbs": magnitude.meanAbs, "rms": magnitude.rms, "maxAbs": magnitude.maxAbs,
      "share": share, "dominance": dominance,
    ]
    return hasZero ? row.with(["zero": zero]) : row
  }
}
