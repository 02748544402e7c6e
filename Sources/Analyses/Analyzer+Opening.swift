import Foundation
import LongRuns
import Subjects

extension Analyzer {
  /// Opens everything; nothing is computed before all of it was found right.
  package init(base: URL, adapted: [URL], prompts: PromptSource, options: AnalysisOptions) throws {
    try options.check()
    let subjects = try options.subjects.open(
      base: base, adapted: adapted, prompts: prompts, mask: options.maskPlan, progress: options.progress
    ).map { options.showsTwoViews ? try $0.leavingOut(.twoViews) : $0 }
    for subject in subjects.dropFirst() { try subject.checkTokens(against: subjects[0]) }
    var options = options
    options.command = options.command(base: base, adapted: adapted, prompts: prompts)
    options.ablateCommand = options.ablateCommand(base: base, adapted: adapted, prompts: prompts)
    self.init(subjects, options: options)
  }
}
