import LongRuns
import Results
import Subjects

extension Analyzer {
  /// What the sums of a pass follow from.
  package func identity(_ pass: AnalysisPass) throws -> RunIdentity {
    let blanks = try frame.blanks.map { blank in
      var blank = blank
      (blank.threads, blank.kernel) = (0, nil)
      return try AnalysisJSON.bytes(blank)
    }
    return RunIdentity(
      "analyze", subjects, mask: options.showsTwoViews ? "two views" : options.maskPlan.description,
      asked: ("what was asked for", options.request.arguments.joined(separator: " ")), options.work,
      plan: RunIdentity.plan(pass.batches), blanks: blanks)
  }
}
