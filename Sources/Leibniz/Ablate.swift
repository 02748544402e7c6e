import Foundation
import Interventions
import LongRuns
import Results
import Subjects

/// Runs the adapted model with parts of its change left out, or under other masks, and measures what becomes of its benefit.
///
/// ```swift
/// let lookups = Intervention(dropping: [.dKtQ], from: "after", to: "before")
/// let ablation = try ablate(base: base, adapted: adapter, prompts: .file(prompts), interventions: [lookups, .twoViews])
/// print(ablation.knockouts[0].benefitLost ?? 0)
/// try ablation.write(to: URL(filePath: "report"))
/// ```
/// Base and adapted model run once; each intervention is a fork of the adapted run that costs only the tokens and layers in which
/// it can differ.
/// - Parameters:
///   - base: A HuggingFace model folder.
///   - adapted: A PEFT adapter's folder or a second checkpoint's.
///   - prompts: Prompts whose tokens after the separator, or in ``AblationOptions/lossRegion``, are predicted.
///   - interventions: What is left out. With none, and ``AblationOptions/sweeps``, what each sweep is over by default.
/// - Throws: ``InterventionError``, ``CheckpointError``, ``PromptError`` and ``AnalysisError``, before anything is computed.
public func ablate(
  base: URL, adapted: URL, prompts: PromptSource, interventions: [Intervention],
  options: AblationOptions = AblationOptions()
) throws -> Ablation {
  try ablate(base: base, adapted: [adapted], prompts: prompts, interventions: interventions, options: options)[0]
}

/// The same for several adapters of one base, one after the other; all are opened before anything is computed.
/// - Returns: An ablation of each adapter, in their order.
/// - Throws: As ``ablate(base:adapted:prompts:interventions:options:)-(URL,URL,_,_,_)``.
public func ablate(
  base: URL, adapted: [URL], prompts: PromptSource, interventions: [Intervention],
  options: AblationOptions = AblationOptions()
) throws -> [Ablation] {
  guard !adapted.isEmpty else { return [] }
  return try AblationRun(
    base: base, adapted: adapted, prompts: prompts, interventions: interventions, options: options
  ).run()
}

/// Computes one shard of an ablation and writes it as a part, which ``merge(_:)`` puts together with the others. A part of the same
/// request that is complete is left as it is.
/// - Parameters:
///   - shard: Which share of the batches.
///   - part: The part's folder, which appears when it is complete. Finished batches are kept in ``WorkOptions/keeping``, or
///     beside it.
/// - Throws: As ``ablate(base:adapted:prompts:interventions:options:)-(URL,URL,_,_,_)``, and ``ShardError`` where something else
///   stands in the part's place.
@discardableResult
public func ablate(
  base: URL, adapted: [URL], prompts: PromptSource, interventions: [Intervention],
  options: AblationOptions = AblationOptions(), shard: Shard, to part: URL
) throws -> ShardOutcome {
  try AblationRun(
    base: base, adapted: adapted, prompts: prompts, interventions: interventions, options: options
  ).run(ShardRun(shard, to: part, options.keeping))
}
