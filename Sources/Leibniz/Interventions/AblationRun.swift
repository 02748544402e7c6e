import Checkpoints
import Foundation
import Prompts
import Results

/// Joins the parts: the interventions of any number of adapters over one base, and an ablation of each.
struct AblationRun {
  let ablaters: [Ablater]
  let options: AblationOptions

  /// Opens everything; nothing is computed before all of it was found right.
  init(
    base: URL, adapted: [URL], prompts: PromptSource, interventions: [Intervention], options: AblationOptions
  ) throws {
    var checked = options.analysis
    checked.batchTokens = options.batchTokens
    try checked.check()
    options.progress?(AnalysisProgress(stage: .loading, fraction: 0))
    let model = try ModelPair.model(base: base, baseAdapters: options.baseAdapters)
    self.options = options
    ablaters = try adapted.map { adapted in
      let pair = try ModelPair(model: model, folder: base, adapted: adapted)
      let file = try prompts.read(
        for: pair, separator: options.separator, allowsMissingSeparator: options.allowsMissingSeparator)
      let subject = try Subject(pair, file: file, mask: options.analysis.maskPlan)
      return try Ablater(subject, interventions: interventions, options: options)
    }
  }

  /// What the reports hold besides their numbers.
  var frame: AblationFrame { AblationFrame(blanks: ablaters.map(\.blank)) }

  /// An ablation of each adapter, verified if that was asked for.
  func run() throws -> [Ablation] {
    let work = try AblationWork(ablaters)
    let finished = try options.keeping.map { try FinishedBatches($0, identity(work), batches: work.count) }
    var ablations = frame.ablations(from: try work.all(finished, progress: show))
      .map { $0.computed(on: finished?.kernels ?? []) }
    for (index, verification) in try verifications().enumerated() { ablations[index].verification = verification }
    return ablations
  }

  /// Computes one shard. The first one verifies, which takes the first prompts alone.
  func run(_ run: ShardRun) throws -> ShardOutcome {
    let work = try AblationWork(ablaters)
    return try run(work, identity(work), progress: show) { prompts in
      try frame.sections(prompts: prompts, verifications: run.shard.number == 1 ? verifications() : [])
    }
  }

  /// By adapter, how far the first prompts are from double precision; nothing where that was not asked for.
  func verifications() throws -> [Verification] {
    guard options.verifiedPrompts > 0 else { return [] }
    return try ablaters.enumerated().map { index, ablater in
      try AblationVerifier(ablater).verify { done in
        let fraction = (Double(index) + done) / Double(ablaters.count)
        options.progress?(AnalysisProgress(stage: .verifying, fraction: fraction))
      }
    }
  }

  /// Says how far the passes are.
  private func show(_ fraction: Double) { options.progress?(AnalysisProgress(stage: .intervening, fraction: fraction)) }
}
