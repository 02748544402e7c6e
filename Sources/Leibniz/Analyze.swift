import Architectures
import Checkpoints
import Foundation
@_exported import PairedForward
import Prompts
@_exported import Results

@_exported import struct Checkpoints.ModelPair
@_exported import struct Prompts.Prompt
@_exported import struct Prompts.Region

/// Version of Leibniz, as analysis.json states it.
public let leibnizVersion = "0.1.0"

/// Runs base and adapted model on prompts and splits every score change into its three terms.
///
/// ```swift
/// let analysis = try analyze(base: base, adapted: adapter, prompts: prompts)
/// print(analysis.summary[0].raw[.dKtQ].share)
/// try analysis.write(to: URL(filePath: "report"))
/// ```
/// - Parameters:
///   - base: A HuggingFace model folder.
///   - adapted: A PEFT adapter's folder, a second checkpoint's, or the base's own.
///   - prompts: A JSON Lines file (docs/method.md says what a line holds).
/// - Throws: ``CheckpointError``, ``PromptError``, ``AnalysisError`` and the errors of the readers below them; each
///   describes itself in one paragraph.
public func analyze(
  base: URL, adapted: URL, prompts: URL, options: AnalysisOptions = AnalysisOptions()
) throws -> Analysis {
  try analyze(base: base, adapted: [adapted], prompts: .file(prompts), options: options)[0]
}

/// Analyses several adapters of one base in one pass: the base is computed once.
///
/// ```swift
/// let prompt = Prompt(id: "p0", tokens: [1, 42, 7, 15, 9], separator: 3)
/// let analyses = try analyze(base: base, adapted: [full, masked], prompts: .values([prompt]))
/// ```
/// - Returns: An analysis of each adapter, in their order.
/// - Throws: As ``analyze(base:adapted:prompts:options:)-(URL,URL,_,_)``, before anything is computed.
public func analyze(
  base: URL, adapted: [URL], prompts: PromptSource, options: AnalysisOptions = AnalysisOptions()
) throws -> [Analysis] {
  guard !adapted.isEmpty else { return [] }
  return try Analyzer(base: base, adapted: adapted, prompts: prompts, options: options).run()
}

/// The same with a probe of your own that looks on: read-only, it sees what it asks for of every adapter, by their order.
///
/// This one collects how much attention each query of one head pays to the first token:
///
/// ```swift
/// struct FirstToken: Probe {
///   let layer = 3
///   let head = 7
///   var attention: [[Float]] = []
///   var needs: ProbeNeeds { .pattern }
///   func begin(_ task: ProbeTask) -> [Float] { [] }
///   func see(_ tile: PatternTile, _ partial: inout [Float]) {
///     guard tile.layer == layer, tile.head == head, tile.keys.lowerBound == 0 else { return }
///     for row in 0..<tile.queries.count { partial.append(tile.pattern[row, 0]) }
///   }
///   mutating func fold(_ partials: [(task: ProbeTask, partial: [Float])], layer: LayerSummary) {
///     attention += partials.map(\.partial).filter { !$0.isEmpty }
///   }
/// }
/// var probe = FirstToken()
/// let analyses = try analyze(base: base, adapted: [adapter], prompts: .file(prompts), probe: &probe)
/// ```
public func analyze<Watching: Probe>(
  base: URL, adapted: [URL], prompts: PromptSource, options: AnalysisOptions = AnalysisOptions(),
  probe: inout Watching
) throws -> [Analysis] {
  guard !adapted.isEmpty else { return [] }
  return try Analyzer(base: base, adapted: adapted, prompts: prompts, options: options).run(&probe)
}

/// Computes one shard of an analysis and writes it as a part, which ``merge(_:)`` puts together with the others. A part of the same
/// request that is complete is left as it is.
/// - Parameters:
///   - shard: Which share of the batches.
///   - part: The part's folder, which appears when it is complete. Finished batches are kept in ``AnalysisOptions/keeping``, or
///     beside it.
/// - Throws: As ``analyze(base:adapted:prompts:options:)-(URL,URL,_,_)``, and ``ShardError`` where something else stands in the
///   part's place.
@discardableResult
public func analyze(
  base: URL, adapted: [URL], prompts: PromptSource, options: AnalysisOptions = AnalysisOptions(), shard: Shard,
  to part: URL
) throws -> ShardOutcome {
  let analyzer = try Analyzer(base: base, adapted: adapted, prompts: prompts, options: options)
  return try analyzer.run(ShardRun(shard, to: part, options.keeping))
}

extension Analyzer {
  /// Opens everything; nothing is computed before all of it was found right.
  init(base: URL, adapted: [URL], prompts: PromptSource, options: AnalysisOptions) throws {
    try options.check()
    options.progress?(AnalysisProgress(stage: .loading, fraction: 0))
    let model = try ModelPair.model(base: base, baseAdapters: options.baseAdapters)
    let subjects = try adapted.map { adapted in
      let pair = try ModelPair(model: model, folder: base, adapted: adapted)
      let file = try prompts.read(
        for: pair, separator: options.separator, allowsMissingSeparator: options.allowsMissingSeparator)
      let subject = try Subject(pair, file: file, mask: options.maskPlan)
      return options.showsTwoViews ? try subject.leavingOut(.twoViews) : subject
    }
    for subject in subjects.dropFirst() { try subject.checkTokens(against: subjects[0]) }
    var options = options
    options.command = options.command(base: base, adapted: adapted, prompts: prompts)
    options.ablateCommand = options.ablateCommand(base: base, adapted: adapted, prompts: prompts)
    self.init(subjects, options: options)
  }
}
