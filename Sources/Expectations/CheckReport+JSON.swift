import Foundation

extension CheckReport {
  /// The schema number of ``json``; keys are never renamed or removed within it.
  public static let schema = 1

  /// The report as JSON (docs/schemas/check.schema.json says what it holds): sorted keys, numbers that round-trip. What there
  /// is none of, or is no number, is absent.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let document = Document(
      reports: reports, expectations: expectations, baseline: baseline, passed: results.allPassed,
      failed: results.failures.count, results: results.map(Document.Result.init))
    return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
  }
}

private struct Document: Encodable {
  var schema = CheckReport.schema
  var reports: [String]
  var expectations: String?
  var baseline: String?
  var passed: Bool
  var failed: Int
  var results: [Result]

  struct Result: Encodable {
    var name: String?
    var subject, requirement, message: String
    var reason: String?
    var passed: Bool
    var rows, failing: Int
    var problem: String?
    var file: String?
    var line, column: Int?
    var worst: Worst?

    init(_ result: CheckResult) {
      let comparison = result.comparison
      (name, subject, requirement) = (result.name, comparison.subject, comparison.requirement)
      (message, reason, passed) = (comparison.message, comparison.reason, comparison.passed)
      (rows, failing, problem) = (comparison.places, comparison.failures, comparison.problem)
      (file, line, column) = (result.source?.file, result.source?.line, result.source?.column)
      worst = comparison.worst.map(Worst.init)
    }
  }

  struct Worst: Encodable {
    var layer, head: Int?
    var scope: String?
    var value, limit, margin: Double?

    init(_ finding: Finding) {
      (layer, head, scope) = (finding.place.layer, finding.place.head, finding.place.scope)
      (value, limit, margin) = (finding.value.finite, finding.limit.finite, finding.margin.finite)
    }
  }
}

extension Double {
  /// The number, nil for what JSON cannot write.
  fileprivate var finite: Double? { isFinite ? self : nil }
}
