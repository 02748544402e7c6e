/// weights.json, schema 1 (docs/schemas/weights.schema.json says what it holds).
public enum WeightAnalysisJSON {
  /// The schema number; keys are never renamed or removed within it.
  public static let schema = 1

  /// The document's bytes: sorted keys, numbers that round-trip, null where a value is absent.
  public static func bytes(_ analysis: WeightAnalysis) throws(ResultsError) -> [UInt8] {
    try jsonBytes(Document(analysis: analysis))
  }
}

private struct Document: Encodable {
  let analysis: WeightAnalysis
  private enum Key: String, CodingKey {
    case schema, tool, base, adapted, foldNorm, forms, summary, weights, notes, warnings
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(WeightAnalysisJSON.schema, forKey: .schema)
    try container.encode(["name": "leibniz", "version": analysis.version], forKey: .tool)
    try container.encode(analysis.base, forKey: .base)
    try container.encode(AdaptedDocument(adapted: analysis.adapted), forKey: .adapted)
    try container.encode(analysis.foldsNorm, forKey: .foldNorm)
    try container.encode(analysis.forms.map(FormDocument.init), forKey: .forms)
    let pooled = FormKind.allCases.flatMap { [analysis.pooled($0)] + analysis.layers($0) }
    try container.encode(pooled.map(PooledDocument.init), forKey: .summary)
    try container.encode(analysis.weights.map(WeightDocument.init), forKey: .weights)
    try container.encode(analysis.notes, forKey: .notes)
    try container.encode(analysis.warnings, forKey: .warnings)
  }
}

private struct FormDocument: Encodable {
  let change: FormChange
  private enum Key: String, CodingKey {
    case form, layer, head, base, delta, relative, terms, cosine, baseSingularValues, singularValues, top
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(change.form, forKey: .form)
    try container.encode(change.layer, forKey: .layer)
    try container.encode(change.head, forKey: .head)
    try container.encode(change.base, forKey: .base)
    try container.encode(change.delta, forKey: .delta)
    try container.encode(finite(change.relative), forKey: .relative)
    try container.encode(
      change.form.byName { ["frobenius": $0.size.frobenius, "spectral": $0.size.spectral, "share": $0.share] }(
        change.terms), forKey: .terms)
    try container.encode(change.cosine, forKey: .cosine)
    try container.encode(change.baseSingularValues, forKey: .baseSingularValues)
    try container.encode(change.singularValues, forKey: .singularValues)
    try container.encode(change.top.map { TopDocument(top: $0, form: change.form) }, forKey: .top)
  }
}

private struct TopDocument: Encodable {
  let top: FormChange.TopDirection
  let form: FormKind
  private enum Key: String, CodingKey { case energy, shares, baseDirections, firstInBase, secondInBase }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(top.energy, forKey: .energy)
    try container.encode(form.byName { $0 }(top.shares), forKey: .shares)
    try container.encode(top.baseDirections, forKey: .baseDirections)
    try container.encode(top.firstInBase, forKey: .firstInBase)
    try container.encode(top.secondInBase, forKey: .secondInBase)
  }
}

private struct PooledDocument: Encodable {
  let pooled: PooledForm
  private enum Key: String, CodingKey { case form, layer, relative, shares, relativeTerms }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(pooled.form, forKey: .form)
    try container.encode(pooled.layer, forKey: .layer)
    try container.encode(finite(pooled.relative), forKey: .relative)
    try container.encode(pooled.form.byName { $0 }(pooled.shares), forKey: .shares)
    try container.encode(pooled.form.byName(finite)(pooled.relativeTerms), forKey: .relativeTerms)
  }
}

private struct WeightDocument: Encodable {
  let change: WeightChange
  private enum Key: String, CodingKey {
    case layer, site, module, outputs, inputs, rank, baseFrobenius, frobenius, relative, singularValues, stableRank
    case effectiveRank, directions
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(change.layer, forKey: .layer)
    try container.encode(change.site, forKey: .site)
    try container.encode(change.module, forKey: .module)
    try container.encode(change.outputs, forKey: .outputs)
    try container.encode(change.inputs, forKey: .inputs)
    try container.encode(change.rank, forKey: .rank)
    try container.encode(change.baseFrobenius, forKey: .baseFrobenius)
    try container.encode(change.frobenius, forKey: .frobenius)
    try container.encode(finite(change.relative), forKey: .relative)
    try container.encode(change.singularValues, forKey: .singularValues)
    try container.encode(change.stableRank, forKey: .stableRank)
    try container.encode(change.effectiveRank, forKey: .effectiveRank)
    try container.encode(change.directions, forKey: .directions)
  }
}

extension FormKind {
  /// Values of the three terms under the terms' names.
  fileprivate func byName<Value, Result>(
    _ value: @escaping (Value) -> Result
  ) -> ([Value]) -> [String: Result] {
    { values in
      Dictionary(uniqueKeysWithValues: FormTerm.allCases.map { ($0.name(in: self), value(values[$0.rawValue])) })
    }
  }
}

/// A ratio to a base of zeros has no spelling in JSON and is null.
private func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
