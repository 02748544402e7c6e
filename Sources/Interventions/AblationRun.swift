import Foundation
import LongRuns
import Results
import Subjects

/// Joins the parts: the interventions of any number of adapters over one base, and an ablation of each.
package struct AblationRun {
  let ablaters: [Ablater]
  package let options: AblationOptions

  /// Opens everything; nothing is computed before all of it was found right.
  package init(
    base: URL, adapted: [URL], prompts: PromptSource, interventions: [Intervention], options: AblationOptions
  ) throws {
    try options.work.check()
    self.options = options
    ablaters = try options.subjects.open(
      base: base, adapted: adapted, prompts: prompts, mask: options.subjects.maskPlan, progress: options.progress
    ).map { try Ablater($0, interventions: interventions, options: options) }
  }
}

extension AblationRun: ReportRun {
  package static var stage: AnalysisProgress.Stage { .intervening }

  package var settings: WorkOptions { options.work }

  package var frame: AblationFrame { AblationFrame(blanks: ablaters.map(\.blank)) }

  package func planned() throws -> AblationWork { try AblationWork(ablaters) }

  package func verifications() throws -> [Verification] {
    guard options.verifiedPrompts > 0 else { return [] }
    return try ablaters.enumerated().map { index, ablater in
      try AblationVerifier(ablater).verify { done in
        let fraction = (Double(index) + done) / Double(ablaters.count)
        options.progress?(AnalysisProgress(stage: .verifying, fraction: fraction))
      }
    }
  }
}
