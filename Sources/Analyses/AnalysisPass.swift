import LongRuns
import Measures
import PairedForward

/// The paired pass of an analysis, batch by batch.
package struct AnalysisPass: BatchWork {
  /// An empty probe, of which every batch gets its own.
  package let probe: AnalysisProbe
  private let forward: PairedForward
  private let prompts: [ForwardPrompt]
  private let runs: [ChangeRun]
  /// Indices of the prompts by batch.
  package let batches: [[Int]]

  /// Plans the batches.
  /// - Parameter showsNullLogits: Whether somebody looks at the predictions of random changes; no analysis does.
  /// - Throws: ``AnalysisError`` where an adapter has no random changes, and where memory does not suffice.
  package init(_ analyzer: Analyzer, showsNullLogits: Bool = false) throws {
    let (subjects, options) = (analyzer.subjects, analyzer.options)
    forward = PairedForward(model: analyzer.model, threads: options.threads, batchTokens: analyzer.batchTokens)
    if options.computesLoss || showsNullLogits { for subject in subjects { try subject.requirePredictions() } }
    // Losses are of some tokens, divergences of the predictions everywhere.
    prompts = subjects[0].file.prompts.enumerated().map { index, prompt in
      var forward = ForwardPrompt(
        tokens: prompt.tokens, predictions: 0..<(options.computesLoss ? max(prompt.tokens.count - 1, 0) : 0),
        positionIDs: prompt.positionIDs)
      if options.computesLoss, options.parts.contains(.writers) {
        forward.attributed = Set(subjects.flatMap { $0.prompts[index].lossPositions }).sorted()
      }
      return forward
    }
    let nulls = try subjects.enumerated().flatMap { place, subject in
      try (0..<options.nulls).map { index in
        var run = try subject.nullRun(index, scaledBy: analyzer.nullFactor(place, index))
        (run.predicts, run.showsWriters) = (showsNullLogits, false)
        return run
      }
    }
    runs = subjects.map(\.run) + nulls
    batches = forward.batches(prompts)
    let reports = subjects.map {
      ReportNeed(
        $0, layers: analyzer.model.description.layers.map(\.attention.queryHeads), parts: options.parts,
        writers: analyzer.model.description.writers(byHead: options.writersByHead).count)
    }
    for report in reports { try report.check() }
    let blocks = runs.indices.map { index in
      let subject = index < subjects.count ? index : (index - subjects.count) / max(options.nulls, 1)
      return subjects[subject].file.regionNames.count
    }.reduce(0) { $0 + $1 * $1 }
    var need = MemoryNeed(
      forward, batches, of: prompts, ids: subjects[0].file.prompts.map(\.id), runs, needs: analyzer.needs,
      blocks: blocks)
    if options.parts.contains(.writers) {
      need.writers =
        WriterNeed(
          forward, batches, subjects, predicts: options.computesLoss, byHead: options.writersByHead
        ).total
      need.gathered += need.writers
    }
    need.report = reports.reduce(0) { $0 + $1.memory }
    need.threads = options.threads
    need.regions = reports.map(\.regions).max() ?? 0
    try need.check(options.maxMemory)
    // Its tables have a place for every pair of regions.
    probe = analyzer.probe
  }

  package var count: Int { batches.count }

  package func promptIndices(in batch: Int) -> [Int] { batches[batch] }

  package var empty: AnalysisSums { probe.sums }

  package func sums(of batch: Int, progress: (Double) -> Void) throws -> AnalysisSums {
    var own = probe
    try run(batch, &own, progress: progress)
    return own.sums
  }

  /// Runs a batch while a probe looks on.
  package func run<Watching: Probe>(_ batch: Int, _ probe: inout Watching, progress: (Double) -> Void) throws {
    try forward.run(batches[batch], of: prompts, runs, probe: &probe) {
      progress(Double($0.done) / Double(max($0.total, 1)))
    }
  }
}
