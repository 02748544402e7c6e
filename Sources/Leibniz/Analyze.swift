import Analyses
import Foundation
import LongRuns
import Results
import Subjects

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
///   - part: The part's folder, which appears when it is complete. Finished batches are kept in ``WorkOptions/keeping``, or
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
