import Foundation
import PairedForward

/// How a run works: on how many threads, in which batches, within how much memory, and what it tells. No number of a report depends on it
/// beyond rounding.
public struct WorkOptions: Sendable {
  /// Tasks that run at a time; defaults to the machine's cores.
  public var threads = ProcessInfo.processInfo.activeProcessorCount
  /// About how many tokens go through a layer together; a longer prompt is a batch of its own. Sums over several batches differ
  /// from those over one by rounding.
  public var batchTokens = Self.usualBatchTokens
  /// How many bytes of memory the run may take, the mapped files of the models left out; nil for what is free when it begins. A run
  /// that cannot fit is refused before anything is computed.
  public var maxMemory: Int?
  /// Where finished batches are kept, so that an interrupted run can go on; nil for nowhere. A run with a probe of your own keeps
  /// none.
  public var keeping: BatchKeeping?
  /// How many of the first prompts are recomputed in double precision.
  public var verifiedPrompts = 0
  /// Called now and then from the running thread.
  public var progress: (@Sendable (AnalysisProgress) -> Void)?

  /// As usual, on all cores.
  public init() {}

  /// About how many tokens go through a layer together unless something else is asked for.
  public static let usualBatchTokens = PairedForward.usualBatchTokens
  /// How many may be asked for.
  public static let allowedBatchTokens = 1...1 << 30
  /// How many tasks may run at a time: more than any machine has.
  public static let allowedThreads = 1...4096

  /// Refuses numbers that ask for nothing that can be done.
  package func check() throws(LimitError) {
    for (name, count, allowed) in [
      ("batchTokens", batchTokens, Self.allowedBatchTokens), ("threads", threads, Self.allowedThreads),
    ] where !allowed.contains(count) {
      throw .wrongCount(option: name, count: count, allowed: allowed)
    }
  }
}
