import Attribution
import Checkpoints
import PairedForward
import Prompts
import Results

/// Joins the parts: any number of adapters over one base become runs of one paired pass, and what probes gather becomes an
/// analysis of each.
struct Analyzer {
  let subjects: [Subject]
  /// How they are analysed.
  var options: AnalysisOptions
  /// By adapter, how its random changes are scaled; empty where they are not.
  var nullMatches: [NullSetting.Match] = []
  /// Whether writers were asked for and cannot be told.
  let lacksWriters: Bool

  var model: Model { subjects[0].pair.model }

  /// - Parameter subjects: At least one; all on the same base and the same prompts' tokens.
  init(_ subjects: [Subject], options: AnalysisOptions) {
    precondition(!subjects.isEmpty, "something to analyse")
    self.subjects = subjects
    var options = options
    let description = subjects[0].pair.model.description
    let isUnknown = description.layers.contains { $0.attention.latent != nil }
    lacksWriters = isUnknown && options.parts.remove(.writers) != nil
    self.options = options
  }

  /// An analysis of each adapter, verified if that was asked for, while another probe may look on.
  func run<Watching: Probe>(_ watching: inout Watching) throws -> [Analysis] {
    try matchingNulls().runMatched(&watching)
  }

  /// An analysis of each adapter, verified if that was asked for.
  func run() throws -> [Analysis] { try matchingNulls().runMatched() }

  private func runMatched<Watching: Probe>(_ watching: inout Watching) throws -> [Analysis] {
    let pass = try AnalysisPass(self, showsNullLogits: watching.needs.contains(.logits))
    var pair = ProbePair(pass.probe, watching)
    let sums = try pass.all(progress: show) { batch, progress in
      pair.first = pass.probe
      try pass.run(batch, &pair, progress: progress)
      return pair.first.sums
    }
    watching = pair.second
    return try verified(analyses(from: sums))
  }

  private func runMatched() throws -> [Analysis] {
    let pass = try AnalysisPass(self)
    let finished = try options.keeping.map { try FinishedBatches($0, identity(pass), batches: pass.count) }
    let analyses = analyses(from: try pass.all(finished, progress: show))
    return try verified(analyses.map { $0.computed(on: finished?.kernels ?? []) })
  }

  /// Computes one shard. The first one verifies, which takes the first prompts alone.
  func run(_ run: ShardRun) throws -> ShardOutcome { try matchingNulls().runMatched(run) }

  private func runMatched(_ run: ShardRun) throws -> ShardOutcome {
    let pass = try AnalysisPass(self)
    return try run(pass, identity(pass), progress: show) { prompts in
      try frame.sections(prompts: prompts, verifications: run.shard.number == 1 ? verifications() : [])
    }
  }

  /// What all dW of a random change are multiplied by.
  func nullFactor(_ subject: Int, _ null: Int) -> Double {
    nullMatches.isEmpty ? 1 : nullMatches[subject].factors[null]
  }

  /// Says how far the pass is.
  private func show(_ fraction: Double) {
    options.progress?(AnalysisProgress(stage: .analyzing, fraction: fraction))
  }

  /// What looks on.
  var probe: AnalysisProbe { probe(subjects.map(\.file.regionNames), subjects.map { $0.prompts.map(\.regions) }) }

  /// What it asks for.
  var needs: ProbeNeeds {
    probe(subjects.map { _ in [] }, subjects.map { $0.prompts.map { _ in RegionMap(runs: [], count: 0) } }).needs
  }

  private func probe(_ regions: [[String]], _ maps: [[RegionMap]]) -> AnalysisProbe {
    var setting = MeasureSetting(
      description: model.description, tokens: subjects[0].prompts.map(\.prompt.tokens),
      maps: maps + maps.flatMap { Array(repeating: $0, count: options.nulls) },
      reference: options.reference, subjects: subjects.count)
    if options.computesLoss { setting.judged = subjects.map { $0.prompts.map(\.lossPositions) } }
    return AnalysisProbe(
      setting, AnalysisSums(shape, regions: regions),
      loss: options.computesLoss ? LossProbe(subjects) : nil, pairs: options.pairs)
  }

  /// What was gathered, by adapter.
  func analyses(from sums: AnalysisSums) -> [Analysis] { frame.analyses(from: sums) }

  /// The analyses with the first prompts recomputed in double precision.
  func verified(_ analyses: [Analysis]) throws -> [Analysis] {
    var result = analyses
    for (index, verification) in try verifications().enumerated() { result[index].verification = verification }
    return result
  }

  /// By adapter, how far an analysis of the first prompts is from double precision; nothing where that was not asked for.
  func verifications() throws -> [Verification] {
    let count = min(options.verifiedPrompts, subjects[0].prompts.count)
    guard count > 0 else { return [] }
    var first = Analyzer(subjects.map { $0.first(count) }, options: options)
    first.options.progress = nil
    first.options.nulls = 0
    // The whole was found to fit.
    first.options.maxMemory = .max
    // What is left out of a report for being zero is to be found zero too.
    return try first.frame.wholeAnalyses(from: AnalysisPass(first).all()).enumerated().map { index, partial in
      try Verifier(subject: first.subjects[index], computesLoss: options.computesLoss).verify(partial) { done in
        let fraction = (Double(index) + done) / Double(subjects.count)
        options.progress?(AnalysisProgress(stage: .verifying, fraction: fraction))
      }
    }
  }
}
