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
      "unchangedPairs": unchangedPairs, "command": command, "loss": loss?.json,
      "vocabulary": vocabulary, "kernel": kernel,
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
  var json: JSONObject {
    (["id": id, "tokens": tokens, "separator": separator, "activeFrom": activeFrom] as JSONObject)
      .with(present: ["judged": judged])
  }
}

extension Losses {
  fileprivate var json: JSONObject {
    (["base": base, "adapted": adapted] as JSONObject)
      .with(present: ["kl": divergence.isEmpty ? nil : divergence])
  }
}

extension PooledBlock {
  /// A row of `summary` or, without the shares' intervals, of `blocks`.
  fileprivate func cells(isPooled: Bool) -> JSONCells {
    var cells = JSONCells(capacity: 64)
    cells.add(Self.layer, .integer(layer))
    cells.add(Self.head, .integer(head))
    cells.add(Self.query, .text(query))
    cells.add(Self.key, .text(key))
    cells.add(Self.pairs, .integer(pairs))
    raw.add(to: &cells, .raw, isPooled: isPooled)
    centered.add(to: &cells, .centered, isPooled: isPooled)
    return cells
  }

  private static let (layer, head, query, key, pairs) = (["layer"], ["head"], ["query"], ["key"], ["pairs"])
}

extension Decomposition {
  /// The names of its numbers. They are made once, since there are many rows.
  fileprivate struct Names: Sendable {
    let delta: SizeNames
    /// By ``Term``'s raw value, as are the others.
    let terms: [SizeNames]
    let share: [[String]]
    let dominance: [[String]]
    let interval: [[String]]
    /// Nil where causes of zeros are not told.
    let zero: [[String]]?

    init(in parents: [String], hasZeros: Bool) {
      func named(_ last: String) -> [[String]] { Term.allCases.map { parents + ["terms", $0.name, last] } }
      delta = SizeNames(in: parents + ["delta"])
      terms = Term.allCases.map { SizeNames(in: parents + ["terms", $0.name]) }
      (share, dominance, zero) = (named("share"), named("dominance"), hasZeros ? named("zero") : nil)
      interval = Term.allCases.map { parents + ["shareInterval", $0.name] }
    }

    static let raw = Names(in: [], hasZeros: true)
    static let centered = Names(in: ["centered"], hasZeros: false)
  }

  fileprivate func add(to cells: inout JSONCells, _ names: Names, isPooled: Bool) {
    delta.add(to: &cells, names.delta)
    for (index, statistics) in terms.enumerated() {
      statistics.magnitude.add(to: &cells, names.terms[index])
      cells.add(names.share[index], .number(statistics.share))
      cells.add(names.dominance[index], .number(statistics.dominance))
      if let zero = names.zero { cells.add(zero[index], .text(statistics.zero?.rawValue)) }
      if isPooled { cells.add(names.interval[index], .numbers(statistics.shareInterval?.bounds)) }
    }
  }
}

/// The names of the numbers of a ``Magnitude``.
private struct SizeNames: Sendable {
  let mean: [String]
  let meanAbs: [String]
  let rms: [String]
  let maxAbs: [String]

  init(in parents: [String]) {
    (mean, meanAbs) = (parents + ["mean"], parents + ["meanAbs"])
    (rms, maxAbs) = (parents + ["rms"], parents + ["maxAbs"])
  }
}

extension Magnitude {
  fileprivate func add(to cells: inout JSONCells, _ names: SizeNames) {
    cells.add(names.mean, .number(mean))
    cells.add(names.meanAbs, .number(meanAbs))
    cells.add(names.rms, .number(rms))
    cells.add(names.maxAbs, .number(maxAbs))
  }
}
