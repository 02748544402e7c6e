extension Analysis {
  /// The whole of analysis.json.
  var json: JSONObject {
    let head: JSONObject = [
      "schema": AnalysisJSON.schema, "tool": ["name": "leibniz", "version": version], "mask": mask,
      "reference": reference.rawValue, "threads": threads, "base": base, "adapted": adapted.json, "regions": regions,
      "promptsFingerprint": promptsFingerprint, "prompts": prompts.map(\.json), "parts": partNames,
      "closure": closure, "verification": verification, "warnings": warnings,
      "blocks": JSONTable(blocks) { PooledBlock($0).cells(isPooled: false) },
      "summary": JSONTable(summary) { $0.cells(isPooled: true) },
    ]
    return head.with(present: [
      "unchangedPairs": unchangedPairs, "command": command, "ablateCommand": ablateCommand, "loss": loss?.json,
      "vocabulary": vocabulary, "kernel": kernel, "nulls": nulls?.json,
      "null": null.map { JSONRows($0, \.json) }, "pairs": pairs.map { JSONRows($0, \.json) },
      "excerpts": excerpts.map { JSONRows($0, \.json) }, "byPrompt": byPrompt.map { JSONRows($0, \.json) },
    ]).with(present: measured.json.merging(writersJSON) { $1 })
  }

  /// What `writers` says, which is more than rows.
  private var writersJSON: [String: (any Encodable)?] {
    guard let rows = measured.json[WriterNats.measure] as? JSONObject else { return [:] }
    return [WriterNats.measure: rows.with(present: ["predictions": writtenPredictions?.json])]
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
  var json: JSONObject {
    (["id": id, "tokens": tokens, "separator": separator, "activeFrom": activeFrom] as JSONObject)
      .with(present: ["judged": judged])
  }
}

extension Losses {
  fileprivate var json: JSONObject {
    (["base": base, "adapted": adapted] as JSONObject)
      .with(present: ["tokens": tokens, "kl": divergence.isEmpty ? nil : divergence])
  }
}

extension PooledBlock {
  /// A row of `summary` or, without the shares' intervals, of `blocks`.
  fileprivate func cells(isPooled: Bool) -> JSONCells {
    var cells = JSONCells(of: isPooled ? Self.pooledNames : Self.names)
    cells.add(.integer(layer))
    cells.add(.integer(head))
    cells.add(.text(query))
    cells.add(.text(key))
    cells.add(.integer(pairs))
    raw.add(to: &cells, hasZeros: true, isPooled: isPooled)
    centered.add(to: &cells, hasZeros: false, isPooled: isPooled)
    return cells
  }

  private static let (names, pooledNames) = (names(isPooled: false), names(isPooled: true))

  /// In the order of their values.
  private static func names(isPooled: Bool) -> [[String]] {
    [["layer"], ["head"], ["query"], ["key"], ["pairs"]] + Decomposition.names(hasZeros: true, isPooled: isPooled)
      + Decomposition.names(hasZeros: false, isPooled: isPooled).map { ["centered"] + $0 }
  }
}

extension Decomposition {
  fileprivate func add(to cells: inout JSONCells, hasZeros: Bool, isPooled: Bool) {
    delta.add(to: &cells)
    for statistics in terms {
      statistics.magnitude.add(to: &cells)
      cells.add(.number(statistics.share))
      cells.add(.number(statistics.dominance))
      if hasZeros { cells.add(.text(statistics.zero?.rawValue)) }
      if isPooled { cells.add(.numbers(statistics.shareInterval?.bounds)) }
    }
  }

  /// In the order of their values.
  fileprivate static func names(hasZeros: Bool, isPooled: Bool) -> [[String]] {
    Magnitude.names.map { ["delta", $0] }
      + Term.allCases.flatMap { term in
        (Magnitude.names + ["share", "dominance"] + (hasZeros ? ["zero"] : [])).map { ["terms", term.name, $0] }
          + (isPooled ? [["shareInterval", term.name]] : [])
      }
  }
}

extension Magnitude {
  fileprivate func add(to cells: inout JSONCells) {
    cells.add(.number(mean))
    cells.add(.number(meanAbs))
    cells.add(.number(rms))
    cells.add(.number(maxAbs))
  }

  /// In the order of their values.
  fileprivate static let names = ["mean", "meanAbs", "rms", "maxAbs"]
}
