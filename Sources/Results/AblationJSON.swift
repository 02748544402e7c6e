/// interventions.json, schema 1 (docs/schemas/interventions.schema.json says what it holds).
public enum AblationJSON {
  /// The schema number; keys are never renamed or removed within it.
  public static let schema = 1

  /// The document's bytes: sorted keys, numbers that round-trip, null where a value is absent.
  public static func bytes(_ ablation: Ablation) throws(ResultsError) -> [UInt8] { try ablation.json.bytes() }
}

extension Ablation {
  fileprivate var json: JSONObject {
    let whole: JSONObject = [
      "schema": AblationJSON.schema, "tool": ["name": "leibniz", "version": version], "mask": mask,
      "threads": threads, "base": base, "adapted": adapted.json, "regions": regions,
      "promptsFingerprint": promptsFingerprint, "prompts": prompts.map(\.json), "lossRegion": lossRegion,
      "overview": overview.map(\.json), "knockouts": knockouts.map(\.json), "verification": verification,
      "warnings": warnings,
    ]
    return whole.with(present: [
      "vocabulary": vocabulary, "kernel": kernel, "worth": worths.isEmpty ? nil : worths.map(\.json),
    ])
  }
}

extension Knockout {
  var json: JSONObject {
    [
      "name": name, "mask": mask, "drop": dropped, "query": query ?? "*", "key": key ?? "*", "layers": layers,
      "heads": heads?.map { [$0.layer, $0.head] }, "sweep": sweep, "prompts": prompts.map { $0?.json },
      "benefitLost": benefitLost, "benefitLostInterval": benefitLostInterval?.bounds,
    ]
  }
}

extension PredictionOutcome {
  fileprivate var json: JSONObject {
    [
      "base": base, "adapted": adapted, "knockout": knockout, "kl": kl, "agreement": agreement, "tokens": tokens,
    ]
  }
}
