import Checkpoints
import Foundation
import Prompts
import Reporting
import Results

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
  options.progress?(AnalysisProgress(stage: .loading, fraction: 0))
  let model = try ModelPair.model(base: base, baseAdapters: options.baseAdapters)
  let names = ReportSet.folders(adapted.map(\.lastPathComponent))
  let ablaters = try adapted.enumerated().map { index, adapted in
    let pair = try ModelPair(model: model, folder: base, adapted: adapted)
    let file =
      switch prompts {
      case .file(let url): try PromptFile.read(url, for: pair, separator: options.separator)
      case .values(let values): try PromptFile(checking: values, vocabularySize: model.description.vocabularySize)
      }
    let subject = try Subject(pair, file: file, mask: options.analysis.maskPlan)
    let own = names.count == 1 ? options : options.part(index, of: names.count, name: names[index])
    return try Ablater(subject, interventions: interventions, options: own)
  }
  return try ablaters.map { try $0.run() }
}

extension AblationOptions {
  /// Options for one of several adapters: its part of the progress, and a place of its own for finished batches.
  fileprivate func part(_ index: Int, of count: Int, name: String) -> AblationOptions {
    var own = self
    own.keeping = keeping?.inside(name)
    if let show = progress {
      own.progress = { progress in
        let fraction = (Double(index) + progress.fraction) / Double(count)
        show(AnalysisProgress(stage: progress.stage, fraction: fraction))
      }
    }
    return own
  }
}
