/// weights.json, schema 1 (docs/schemas/weights.schema.json says what it holds).
public enum WeightAnalysisJSON {
  /// The schema number; keys are never renamed or removed within it.
  public static let schema = 1

  /// The document's bytes: sorted keys, numbers that round-trip, null where a value is absent.
  public static func bytes(_ analysis: WeightAnalysis) throws(ResultsError) -> [UInt8] { try analysis.json.bytes() }
}

extension WeightAnalysis {
  fileprivate var json: JSONObject {
    let pooled = FormKind.allCases.flatMap { [self.pooled($0)] + layers($0) }
    return [
      "schema": WeightAnalysisJSON.schema, "tool": ["name": "leibniz", "version": version], "base": base,
      "adapted": adapted.json, "foldNorm": foldsNorm, "forms": forms.map(\.json), "summary": pooled.map(\.json),
      "weights": weights.map(\.json), "notes": notes, "warnings": warnings,
    ]
  }
}

extension FormChange {
  fileprivate var json: JSONObject {
    [
      "form": form, "layer": layer, "head": head, "base": base, "delta": delta, "relative": finite(relative),
      "terms": form.byName(terms) {
        ["frobenius": $0.size.frobenius, "spectral": $0.size.spectral, "share": $0.share]
      },
      "cosine": cosine, "baseSingularValues": baseSingularValues, "singularValues": singularValues,
      "top": top?.json(of: form),
    ]
  }
}

extension FormChange.TopDirection {
  fileprivate func json(of form: FormKind) -> JSONObject {
    [
      "energy": energy, "shares": form.byName(shares) { $0 }, "baseDirections": baseDirections,
      "firstInBase": firstInBase, "secondInBase": secondInBase,
    ]
  }
}

extension PooledForm {
  fileprivate var json: JSONObject {
    [
      "form": form, "layer": layer, "relative": finite(relative), "shares": form.byName(shares) { $0 },
      "relativeTerms": form.byName(relativeTerms, finite),
    ]
  }
}

extension WeightChange {
  fileprivate var json: JSONObject {
    [
      "layer": layer, "site": site, "module": module, "outputs": outputs, "inputs": inputs, "rank": rank,
      "baseFrobenius": baseFrobenius, "frobenius": frobenius, "relative": finite(relative),
      "singularValues": singularValues, "stableRank": stableRank, "effectiveRank": effectiveRank,
      "directions": directions,
    ]
  }
}

extension FormKind {
  /// Values of the three terms under the terms' names.
  fileprivate func byName<Value, Result: Encodable>(
    _ values: [Value], _ value: (Value) -> Result
  ) -> [String: Result] {
    Dictionary(uniqueKeysWithValues: FormTerm.allCases.map { ($0.name(in: self), value(values[$0.rawValue])) })
  }
}

/// A ratio to a base of zeros has no spelling in JSON and is null.
private func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
