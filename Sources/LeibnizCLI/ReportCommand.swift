import ArgumentParser
import Foundation
import Leibniz

/// A command that runs models on prompts and writes a report of each adapter.
protocol ReportCommand: ParsableCommand {
  /// What it runs.
  associatedtype Run: ReportRun where Run.Frame.Report: AdapterReport & RequestedReport

  var models: ModelArguments { get }
  var prompts: PromptOptions { get }
  var output: String { get }
  var verification: VerifyOptions { get }
  var scale: ScaleOptions { get }
  var work: RunOptions { get }
  /// Where the adapter acts, as its options say.
  var ownMask: [String] { get }

  /// Opens everything; nothing is computed before all of it was found right.
  func open(base: URL, adapted: [URL], _ prompts: PromptSource, _ options: WorkOptions) throws -> Run
  /// Says what came of it.
  func tell(_ reports: [Run.Frame.Report]) throws
}

extension ReportCommand {
  /// Runs, or goes on with what was interrupted, or computes a shard.
  func runReporting() throws {
    try reportingInputErrors {
      if let shard = scale.shard { return try run(shard) }
      if try isFinished() { return try scale.tellFinished(output, work) }
      let target = try namingOptions(output) { () throws(ReportFolderError) in
        try ReportFolder(URL(fileURLWithPath: output), for: Run.Frame.Report.self, replacing: work.force)
      }
      let (progress, keeping) = (work.progress, scale.keeping(output, work))
      let interruption = Interruption(output, keeping: keeping.folder, temporary: target.temporary)
      let reports = try opened(progress, keeping).run()
      progress.finish()
      try namingOptions(output) { () throws(ReportFolderError) in
        try target.write(reports) { place in
          try interruption.finishing {
            try place()
            keeping.remove()
          }
        }
      }
      try tell(reports)
    }
  }

  private func run(_ shard: Shard) throws {
    let (progress, keeping) = (work.progress, scale.keeping(output, work))
    let interruption = Interruption(output, keeping: keeping.folder)
    let run = ShardRun(shard, to: URL(fileURLWithPath: output), keeping)
    let outcome = try opened(progress, keeping).run(run)
    progress.finish()
    try interruption.finishing { try scale.tell(outcome, output, work) }
  }

  /// Whether there is nothing left to go on with.
  private func isFinished() throws -> Bool {
    guard scale.resume, !work.force else { return false }
    return try FinishedReport.stands(in: URL(fileURLWithPath: output)) {
      try opened(work.progress, scale.keeping(output, work))
    }
  }

  private func opened(_ progress: ProgressLine, _ keeping: BatchKeeping) throws -> Run {
    let models = try models.folders()
    var options = WorkOptions()
    (options.threads, options.batchTokens, options.maxMemory) = (
      work.threads, scale.batchTokens, scale.maxMemory?.bytes
    )
    (options.verifiedPrompts, options.keeping, options.progress) = (verification.count, keeping, progress.show)
    return try open(base: models.base, adapted: models.adapted, prompts.source(), options)
  }

  /// How models and prompts are taken.
  func subjects() throws -> SubjectOptions {
    let plan = try MaskPlan(arguments: ownMask)
    var options = SubjectOptions()
    (options.mask, options.siteMasks) = (plan.general, plan.sites)
    (options.separator, options.allowsMissingSeparator) = (try prompts.rule(), prompts.allowsMissing)
    options.baseAdapters = try work.baseAdapters
    return options
  }
}
