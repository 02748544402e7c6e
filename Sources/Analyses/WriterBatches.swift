import Checkpoints
import LongRuns
import PairedForward

extension Analyzer {
  /// About how many tokens go through a layer together. What every part of a model writes is kept of all of them, so that where it is asked
  /// for they are fewer, unless a number was given: as many as take this much memory. It follows from the request alone, so that every
  /// machine cuts the same batches.
  var batchTokens: Int {
    guard options.parts.contains(.writers), options.batchTokens == WorkOptions.usualBatchTokens else {
      return options.batchTokens
    }
    let token =
      subjects.count
      * PairedForward.writtenBytes(
        of: model.description, predicts: options.computesLoss, byHead: options.writersByHead)
    return min(options.batchTokens, max(Self.fewestTokens, Self.writtenBytes / max(token, 1)))
  }

  private static let writtenBytes = 1 << 30
  /// Fewer would widen each layer's weights for hardly any.
  private static let fewestTokens = 256
}
