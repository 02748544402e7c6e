import Attribution
import Checkpoints
import PairedForward
import Prompts
import Results

/// Joins the parts: any number of adapters over one base become runs of one paired pass, and what probes gather becomes an
/// analysis of each.
struct Analyzer {
  let subjects: [Subject]
  private(set) var options: AnalysisOptions

  var model: Model { subjects[0].pair.model }

  /// - Parameter subjects: At least one; all on the same base and the same prompts' tokens.
  init(_ subjects: [Subject], options: AnalysisOptions) {
    precondition(!subjects.isEmpty, "something to analyse")
    self.subjects = subjects
    self.options = options
  }

  /// An analysis of each adapter, verified if that was asked for, while another probe may look on.
  func run<Watching: Probe>(_ watching: inout Watching) throws -> [Analysis] {
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

  /// An analysis of each adapter, verified if that was asked for.
  func run() throws -> [Analysis] {
    let pass = try AnalysisPass(self)
    let finished = try options.keeping.map { try FinishedBatches($0, identity(pass), batches: pass.count) }
    return try verified(analyses(from: pass.all(finished, progress: show)))
  }

  /// Says how far the pass is.
  private func show(_ fraction: Double) {
    options.progress?(AnalysisProgress(stage: .analyzing, fraction: fraction))
  }

  /// What looks on.
  var probe: AnalysisProbe {
    let (regions, maps) = (subjects.map(\.file.regionNames), subjects.map { $0.prompts.map(\.regions) })
    let allRegions = regions + regions.flatMap { Array(repeating: $0, count: options.nulls) }
    let allMaps = maps + maps.flatMap { Array(repeating: $0, count: options.nulls) }
    return AnalysisProbe(
      reference: options.reference, subjects: subjects.count,
      blocks: BlockProbe(
        model.description, regions: allRegions, maps: allMaps, reference: options.reference, subjects: subjects.count),
      stream: StreamProbe(layers: model.description.layers.count, regions: allRegions, maps: allMaps),
      loss: options.computesLoss ? LossProbe(subjects) : nil,
      sources: options.parts.contains(.sources) ? SourceProbe(model.description, regions: regions, maps: maps) : nil,
      mass: options.parts.contains(.mass) ? MassProbe(model.description, regions: allRegions, maps: allMaps) : nil,
      values: options.parts.contains(.values)
        ? ValuesProbe(model.description, regions: regions, maps: maps, reference: options.reference) : nil,
      products: options.parts.contains(.products)
        ? ProductProbe(model.description, regions: regions, maps: maps, reference: options.reference) : nil,
      pairs: options.pairs > 0
        ? PairProbe(model.description, limit: options.pairs, regions: regions, maps: maps) : nil)
  }

  /// What was gathered, by adapter.
  func analyses(from sums: AnalysisSums) -> [Analysis] {
    let texts = sums.pairs.map { _ in TokenTexts(folder: subjects[0].pair.folder) }
    return subjects.enumerated().map { run, subject in
      let blocks = sums.blocks[run].blockRows()
      let pairs = sums.pairs?[run].rows()
      let summary = sums.blocks[run].summaryRows(Bootstrap(prompts: subject.prompts.count))
      return Analysis(
        version: leibnizVersion, mask: options.showsTwoViews ? "two views" : options.maskPlan.description,
        threads: options.threads, base: BaseSummary(model),
        adapted: AdaptedSummary(subject.pair.adaptation), regions: subject.file.regionNames,
        promptsFingerprint: subject.file.fingerprint,
        prompts: subject.promptSummaries, blocks: blocks,
        summary: summary, stream: sums.stream[run].rows(), loss: sums.loss?[run].losses(), closure: sums.closures[run],
        verification: nil, warnings: subject.warnings(options, blocks: blocks) + (texts?.warnings ?? []),
        sources: sums.sources?[run].rows(),
        mass: sums.mass?[run].rows { $1.row($0, regions: subject.file.regionNames) },
        values: sums.values?[run].rows { $1.row($0, regions: subject.file.regionNames) },
        products: sums.products?[run].rows(), null: nullRows(run, sums), pairs: pairs,
        excerpts: pairs.map { Excerpt.round($0, in: subject.file.prompts, texts) }, reference: options.reference,
        byPrompt: promptContributions(run, sums, of: summary), command: options.command)
    }
  }

  /// The analyses with the first prompts recomputed in double precision.
  func verified(_ analyses: [Analysis]) throws -> [Analysis] {
    let count = min(options.verifiedPrompts, subjects[0].prompts.count)
    guard count > 0 else { return analyses }
    var first = Analyzer(subjects.map { $0.first(count) }, options: options)
    first.options.progress = nil
    first.options.nulls = 0
    var result = analyses
    for (index, partial) in try first.analyses(from: AnalysisPass(first).all()).enumerated() {
      result[index].verification = try Verifier(subject: first.subjects[index], computesLoss: options.computesLoss)
        .verify(partial) { done in
          let fraction = (Double(index) + done) / Double(analyses.count)
          options.progress?(AnalysisProgress(stage: .verifying, fraction: fraction))
        }
    }
    return result
  }
}
