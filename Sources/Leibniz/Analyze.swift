import Architectures
import Checkpoints
import Foundation
import PairedForward
import Prompts
@_exported import Results

@_exported import struct Checkpoints.ModelPair

/// Version of Leibniz, as analysis.json states it.
public let leibnizVersion = "0.1.0"

/// Runs base and adapted model on prompts and splits every score change into its three terms.
///
/// ```swift
/// let analysis = try analyze(base: base, adapted: adapter, prompts: prompts)
/// print(analysis.summary[0].raw[.dKtQ].share)
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
  options.progress?(AnalysisProgress(stage: .loading, fraction: 0))
  let pair = try ModelPair(base: base, adapted: adapted, baseAdapters: options.baseAdapters)
  let file = try PromptFile.read(prompts, for: pair, separator: options.separator)
  return try Analyzer(pair: pair, file: file, options: options).run()
}
