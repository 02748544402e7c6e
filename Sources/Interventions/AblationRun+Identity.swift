import LongRuns
import Results
import Subjects

extension AblationRun {
  /// What the sums of all passes follow from.
  package func identity(_ work: AblationWork) throws -> RunIdentity {
    let blanks = try frame.blanks.map { blank in
      var blank = blank
      (blank.threads, blank.kernel) = (0, nil)
      return try AblationJSON.bytes(blank)
    }
    let names = ablaters.first?.all.map(\.name) ?? []
    return RunIdentity(
      "ablate", ablaters.map(\.subject), mask: options.subjects.maskPlan.description,
      asked: ("what is left out", names.joined(separator: "; ")), options.work, plan: work.plan, blanks: blanks)
  }
}
