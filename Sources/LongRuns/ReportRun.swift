import Attribution
import Results

/// A run whose reports follow from sums over batches: computed in one go, after an interruption, or in shares.
package protocol ReportRun {
  /// What the reports hold besides their numbers.
  associatedtype Frame: PartFrame
  /// What is computed, batch by batch.
  associatedtype Work: BatchWork where Work.Gathered == Frame.Gathered

  /// What a reader of its progress is told.
  static var stage: AnalysisProgress.Stage { get }
  /// How it works.
  var settings: WorkOptions { get }
  /// What the reports hold besides their numbers.
  var frame: Frame { get }
  /// The same once it has found out what it has to know before its first batch.
  func prepared() throws -> Self
  /// Plans the batches.
  func planned() throws -> Work
  /// What the sums follow from.
  func identity(_ work: Work) throws -> RunIdentity
  /// By adapter, how far the first prompts are from double precision; nothing where that was not asked for.
  func verifications() throws -> [Verification]
}

extension ReportRun {
  package func prepared() throws -> Self { self }

  /// A report of each adapter, verified if that was asked for.
  package func run() throws -> [Frame.Report] {
    let own = try prepared()
    let work = try own.planned()
    let finished = try settings.keeping.map { try FinishedBatches($0, own.identity(work), batches: work.count) }
    let sums = try work.all(finished, progress: show)
    return try own.verified(own.frame.reports(from: sums).map { $0.computed(on: finished?.kernels ?? []) })
  }

  /// Computes one shard. The first one verifies, which takes the first prompts alone.
  package func run(_ run: ShardRun) throws -> ShardOutcome {
    let own = try prepared()
    let work = try own.planned()
    return try run(work, own.identity(work), progress: show) { prompts in
      try own.frame.sections(prompts: prompts, verifications: run.shard.number == 1 ? own.verifications() : [])
    }
  }

  /// Reports with the first prompts recomputed in double precision.
  package func verified(_ reports: [Frame.Report]) throws -> [Frame.Report] {
    var result = reports
    for (index, verification) in try verifications().enumerated() { result[index].verification = verification }
    return result
  }

  /// Says how far the pass is.
  package func show(_ fraction: Double) {
    settings.progress?(AnalysisProgress(stage: Self.stage, fraction: fraction))
  }
}
