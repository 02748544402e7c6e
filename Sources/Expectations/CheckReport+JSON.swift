import Results

extension CheckReport {
  /// The schema number of ``json()``; keys are never renamed or removed within it.
  public static let schema = 1

  /// The report as JSON (docs/schemas/check.schema.json says what it holds): sorted keys, numbers that round-trip. What there
  /// is none of, or is no number, is absent.
  public func json() throws(ResultsError) -> String {
    let object = JSONObject([
      "schema": Self.schema, "reports": reports, "passed": results.allPassed, "failed": results.failures.count,
      "results": results.map(\.json),
    ]).with(present: ["expectations": expectations, "baseline": baseline])
    return String(decoding: try object.bytes(), as: UTF8.self)
  }
}

extension CheckResult {
  fileprivate var json: JSONObject {
    JSONObject([
      "subject": comparison.subject, "requirement": comparison.requirement, "message": comparison.message,
      "passed": comparison.passed, "rows": comparison.places, "failing": comparison.failures,
    ]).with(present: [
      "name": name, "reason": comparison.reason, "problem": comparison.problem, "file": source?.file,
      "line": source?.line, "column": source?.column, "worst": comparison.worst?.json,
    ])
  }
}

extension Finding {
  fileprivate var json: JSONObject {
    JSONObject([:]).with(present: [
      "layer": place.layer, "head": place.head, "scope": place.scope.text, "value": value.finite, "limit": limit.finite,
      "margin": margin.finite,
    ])
  }
}

extension Double {
  /// The number, nil for what JSON cannot write.
  fileprivate var finite: Double? { isFinite ? self : nil }
}
