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
  var batchTokens = AnalysisOptions.usualBatchTokens

  @Flag(help: "Go on from the batches that an interrupted run of the same request finished, if there are any.")
  var resume = false

  func validate() throws {
    if !AnalysisOptions.allowedBatchTokens.contains(batchTokens) {
      throw ValidationError("--batch-tokens takes a number from 1 to \(AnalysisOptions.allowedBatchTokens.upperBound).")
    }
  }

  /// Where finished batches are kept beside an output.
  func keeping(_ output: String, _ work: RunOptions) -> BatchKeeping {
    let isQuiet = work.quiet
    return BatchKeeping(
      beside: URL(fileURLWithPath: output), existing: resume ? .resume : work.force ? .discard : .refuse
    ) { notice in
      if !isQuiet { complain(notice) }
    }
  }
}
