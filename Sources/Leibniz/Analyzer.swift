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

  private var model: Model { subjects[0].pair.model }

  /// - Parameter subjects: At least one; all on the same base and the same prompts' tokens.
  init(_ subjects: [Subject], options: AnalysisOptions) {
    precondition(!subjects.isEmpty, "something to analyse")
    self.subjects = subjects
    self.options = options
  }

  /// An analysis of each adapter, verified if that was asked for, while another probe may look on.
  func run<Watching: Probe>(_ watching: inout Watching) throws -> [Analysis] {
    var probe = ProbePair(self.probe, watching)
    try pass(&probe)
    watching = probe.second
    return try verified(analyses(from: probe.first))
  }

  /// An analysis of each adapter, verified if that was asked for.
  func run() throws -> [Analysis] {
    var probe = self.probe
    try pass(&probe)
    return try verified(analyses(from: probe))
  }

  /// What looks on.
  var probe: AnalysisProbe {
    let (regions, maps) = (subjects.map(\.file.regionNames), subjects.map { $0.prompts.map(\.regions) })
    let allRegions = regions + regions.flatMap { Array(repeating: $0, count: options.nulls) }
    let allMaps = maps + maps.flatMap { Array(repeating: $0, count: options.nulls) }
    return AnalysisProbe(
      reference: options.reference, subjects: subjects.count,
      blocks: BlockProbe(model.description, regions: allRegions, maps: allMaps, reference: options.reference),
      stream: StreamProbe(layers: model.description.layers.count, regions: allRegions, maps: allMaps),
      loss: options.computesLoss ? LossProbe(runs: subjects.count) : nil,
      sources: options.parts.contains(.sources) ? SourceProbe(model.description, regions: regions, maps: maps) : nil,
      mass: options.parts.contains(.mass) ? MassProbe(model.description, regions: allRegions, maps: allMaps) : nil,
      values: options.parts.contains(.values)
        ? ValuesProbe(model.description, regions: regions, maps: maps, reference: options.reference) : nil,
      products: options.parts.contains(.products)
        ? ProductProbe(model.description, regions: regions, maps: maps, reference: options.reference) : nil,
      pairs: options.pairs > 0
        ? PairProbe(model.description, limit: options.pairs, regions: regions, maps: maps) : nil)
  }

  /// The paired pass over all prompts.
  func pass<Watching: Probe>(_ probe: inout Watching) throws {
    // Losses are of the tokens after the separator, divergences of the predictions everywhere.
    let prompts = subjects[0].file.prompts.map { prompt in
      ForwardPrompt(
        tokens: prompt.tokens, predictions: 0..<(options.computesLoss ? max(prompt.tokens.count - 1, 0) : 0))
    }
    let forward = PairedForward(model: model, threads: options.threads)
    let nulls = try subjects.flatMap { subject in try (0..<options.nulls).map { try subject.nullRun($0) } }
    try forward.run(prompts, subjects.map(\.run) + nulls, probe: &probe) { progress in
      let fraction = Double(progress.done) / Double(max(progress.total, 1))
      options.progress?(AnalysisProgress(stage: .analyzing, fraction: fraction))
    }
  }

  /// What was gathered, by adapter.
  func analyses(from probe: AnalysisProbe) -> [Analysis] {
    let texts = probe.pairs.map { _ in TokenTexts(folder: subjects[0].pair.folder) }
    return subjects.enumerated().map { run, subject in
      let blocks = probe.blocks.tables[run].blockRows()
      let pairs = probe.pairs?.tables[run].rows()
      let summary = probe.blocks.tables[run].summaryRows(Bootstrap(prompts: subject.prompts.count))
      return Analysis(
        version: leibnizVersion, mask: options.showsTwoViews ? "two views" : options.maskPlan.description,
        threads: options.threads, base: BaseSummary(model),
        adapted: AdaptedSummary(subject.pair.adaptation), regions: subject.file.regionNames,
        promptsFingerprint: subject.file.fingerprint,
        prompts: subject.promptSummaries, blocks: blocks,
        summary: summary,
        stream: probe.stream.rows(run: run, regions: subject.file.regionNames),
        loss: probe.loss.map { losses($0, run, subject) }, closure: probe.blocks.closures[run], verification: nil,
        warnings: subject.warnings(options, blocks: blocks) + (texts?.warnings ?? []),
        sources: probe.sources?.tables[run].rows(),
        mass: probe.mass?.tables[run].rows { $1.row($0, regions: subject.file.regionNames) },
        values: probe.values?.tables[run].rows { $1.row($0, regions: subject.file.regionNames) },
        products: probe.products?.rows(run: run), null: nullRows(run, probe), pairs: pairs,
        excerpts: pairs.map { Excerpt.round($0, in: subject.file.prompts, texts) }, reference: options.reference,
        byPrompt: promptContributions(run, probe, of: summary))
    }
  }

  private func losses(_ probe: LossProbe, _ run: Int, _ subject: Subject) -> Losses {
    let means = subject.prompts.enumerated().map { index, prompt in
      probe.mean(prompt: index, positions: prompt.lossPositions, run: run)
    }
    let divergence = subject.file.regionNames.enumerated().compactMap { region, name in
      probe.divergence(positions: subject.prompts.map { $0.regions.runs[region] }, run: run).map {
        PredictionDivergence(region: name, predictions: $0.predictions, kl: $0.mean)
      }
    }
    return Losses(base: means.map { $0?.base }, adapted: means.map { $0?.adapted }, divergence: divergence)
  }

  /// The analyses with the first prompts recomputed in double precision.
  func verified(_ analyses: [Analysis]) throws -> [Analysis] {
    let count = min(options.verifiedPrompts, subjects[0].prompts.count)
    guard count > 0 else { return analyses }
    var first = Analyzer(subjects.map { $0.first(count) }, options: options)
    first.options.progress = nil
    first.options.nulls = 0
    var probe = first.probe
    try first.pass(&probe)
    var result = analyses
    for (index, partial) in first.analyses(from: probe).enumerated() {
      result[index].verification = try Verifier(subject: first.subjects[index], computesLoss: options.computesLoss)
        .verify(partial) { done in
          let fraction = (Double(index) + done) / Double(analyses.count)
          options.progress?(AnalysisProgress(stage: .verifying, fraction: fraction))
        }
    }
    return result
  }
}
