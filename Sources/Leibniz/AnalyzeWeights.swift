import Architectures
import Checkpoints
import Foundation
import LongRuns
import Results
import WeightAttribution

/// Splits the change of every head's bilinear forms into its terms, and measures the change of every weight: no prompts,
/// no forward pass.
///
/// ```swift
/// let weights = try analyzeWeights(base: base, adapted: adapter)
/// print(weights.pooled(.qk).relative, weights.pooled(.qk).shares)
/// ```
/// - Parameters:
///   - base: A HuggingFace model folder.
///   - adapted: A PEFT adapter's folder, a second checkpoint's, or the base's own.
///   - baseAdapters: Adapters merged into the base first.
///   - foldsNorm: Whether the gain of each layer's input norm is folded into the forms.
///   - threads: Tasks that run at a time; results do not depend on it.
///   - progress: Called before the first layer and after each.
/// - Throws: ``CheckpointError`` and ``WeightAttributionError``; each describes itself in one paragraph.
public func analyzeWeights(
  base: URL, adapted: URL, baseAdapters: [URL] = [], foldsNorm: Bool = false,
  threads: Int = ProcessInfo.processInfo.activeProcessorCount,
  progress: ((AnalysisProgress) -> Void)? = nil
) throws -> WeightAnalysis {
  let show = { (done: Double) -> Void in progress?(AnalysisProgress(stage: .analyzing, fraction: done)) }
  show(0)
  let pair = try ModelPair(base: base, adapted: adapted, baseAdapters: baseAdapters)
  let attribution = WeightAttribution(
    model: pair.model, adaptation: pair.adaptation, foldsNorm: foldsNorm, threads: threads)
  var (forms, weights): ([FormChange], [WeightChange]) = ([], [])
  for index in 0..<attribution.layers {
    let layer = try attribution.layer(index)
    forms += layer.forms
    weights += layer.weights
    show(Double(index + 1) / Double(attribution.layers))
  }
  var warnings = pair.adaptation.warnings
  if pair.adaptation.kind == .none {
    warnings.append("The base was compared with itself: every change is an exact zero.")
  }
  return WeightAnalysis(
    version: leibnizVersion, base: BaseSummary(pair.model), adapted: AdaptedSummary(pair.adaptation),
    foldsNorm: foldsNorm, forms: forms, weights: weights, notes: attribution.notes, warnings: warnings)
}
