import ArgumentParser
import Foundation
import Leibniz

/// How a long run is cut into batches, and how it goes on after an interruption.
struct ScaleOptions: ParsableArguments {
  @Option(
    name: .customLong("batch-tokens"),
    help: ArgumentHelp(
      """
      About how many tokens go through a layer together; a longer prompt is a batch of its own. Finished batches are kept \
      until the report is written.
      """, valueName: "n"))
  var batchTokens = WorkOptions.usualBatchTokens

  @Option(
    help: ArgumentHelp(
      """
      Compute one of N shares of the batches and write a part in place of a report: 3/8 is the third of eight. leibniz merge makes \
      the report of all parts.
      """, valueName: "i/n"),
    transform: ScaleOptions.shard)
  var shard: Shard?

  @Option(
    name: .customLong("max-memory"),
    help: ArgumentHelp(
      """
      How much memory the run may take, as in 6G or 800M; by default what is free when it begins. A run that cannot fit is \
      refused before anything is computed.
      """, valueName: "size"))
  var maxMemory: MemorySize?

  @Flag(help: "Go on from the batches that an interrupted run of the same request finished, if there are any.")
  var resume = false

  @Flag(
    name: .customLong("any-kernel"),
    help: "Take over batches and parts that another of OpenBLAS's kernels computed; their last digits may differ.")
  var anyKernel = false

  func validate() throws {
    if !WorkOptions.allowedBatchTokens.contains(batchTokens) {
      throw ValidationError("--batch-tokens takes a number from 1 to \(WorkOptions.allowedBatchTokens.upperBound).")
    }
  }

  private static func shard(_ text: String) throws -> Shard {
    guard let shard = Shard(text) else {
      throw ValidationError("--shard takes I/N, the I-th of N shares, as in 3/8; N is at most \(Shard.most).")
    }
    return shard
  }

  /// Says what became of a shard.
  func tell(_ outcome: ShardOutcome, _ output: String, _ work: RunOptions) throws {
    guard !work.quiet else { return }
    switch outcome {
    case .written(let batches, let all): try present("\(output): \(batches) of \(all) batches")
    case .complete: try present("\(output): is complete already and left as it is")
    }
  }

  /// Says that a run has nothing left to do.
  func tellFinished(_ output: String, _ work: RunOptions) throws {
    if !work.quiet { try present("\(output): is complete already and left as it is") }
  }

  /// Where finished batches are kept beside an output.
  func keeping(_ output: String, _ work: RunOptions) -> BatchKeeping {
    let isQuiet = work.quiet
    var keeping = BatchKeeping(
      beside: URL(fileURLWithPath: output), existing: resume ? .resume : work.force ? .discard : .refuse
    ) { notice in
      if !isQuiet { complain(notice) }
    }
    keeping.allowsAnyKernel = anyKernel
    return keeping
  }
}
