import Attribution
import Checkpoints
import LongRuns
import Measures
import PairedForward
import Prompts
import Results
import Subjects

/// Joins the parts: any number of adapters over one base become runs of one paired pass, and what probes gather becomes an
/// analysis of each.
package struct Analyzer {
  package let subjects: [Subject]
  /// How they are analysed.
  package var options: AnalysisOptions
  /// By adapter, how its random changes are scaled; empty where they are not.
  var nullMatches: [NullSetting.Match] = []
  /// Why writers were asked for and cannot be told; nil where they can, or were not asked for.
  let lacksWriters: String?

  package var model: Model { subjects[0].pair.model }

  /// - Parameter subjects: At least one; all on the same base and the same prompts' tokens.
  package init(_ subjects: [Subject], options: AnalysisOptions) {
    precondition(!subjects.isEmpty, "something to analyse")
    self.subjects = subjects
    var options = options
    let obstacle = subjects[0].pair.model.description.obstacleToWriters
    lacksWriters = obstacle != nil && options.parts.remove(.writers) != nil ? obstacle : nil
    // They say who wrote what attention felt.
    if options.parts.contains(.writers) { options.parts.insert(.attention) }
    self.options = options
  }

  /// An analysis of each adapter, verified if that was asked for, while another probe looks on.
  package func run<Watching: Probe>(_ watching: inout Watching) throws -> [Analysis] {
    let own = try prepared()
    let pass = try AnalysisPass(own, showsNullLogits: watching.needs.contains(.logits))
    var pair = ProbePair(pass.probe, watching)
    let sums = try pass.all(progress: show) { batch, progress in
      pair.first = pass.probe
      try pass.run(batch, &pair, progress: progress)
      return pair.first.sums
    }
    watching = pair.second
    return try own.verified(own.frame.reports(from: sums))
  }

  /// What all dW of a random change are multiplied by.
  func nullFactor(_ subject: Int, _ null: Int) -> Double {
    nullMatches.isEmpty ? 1 : nullMatches[subject].factors[null]
  }

  /// What looks on.
  package var probe: AnalysisProbe {
    probe(subjects.map(\.file.regionNames), subjects.map { $0.prompts.map(\.regions) })
  }

  /// What it asks for.
  package var needs: ProbeNeeds {
    probe(subjects.map { _ in [] }, subjects.map { $0.prompts.map { _ in RegionMap(runs: [], count: 0) } }).needs
  }

  private func probe(_ regions: [[String]], _ maps: [[RegionMap]]) -> AnalysisProbe {
    var setting = MeasureSetting(
      description: model.description, tokens: subjects[0].prompts.map(\.prompt.tokens),
      maps: maps + maps.flatMap { Array(repeating: $0, count: options.nulls) },
      reference: options.reference, subjects: subjects.count, asksForWriters: options.parts.contains(.writers))
    if options.computesLoss { setting.judged = subjects.map { $0.prompts.map(\.lossPositions) } }
    return AnalysisProbe(setting, shape, regions: regions)
  }
}

extension Analyzer: ReportRun {
  package static var stage: AnalysisProgress.Stage { .analyzing }

  package var settings: WorkOptions { options.work }

  package func prepared() throws -> Analyzer { try matchingNulls() }

  package func planned() throws -> AnalysisPass { try AnalysisPass(self) }

  package func verifications() throws -> [Verification] {
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
