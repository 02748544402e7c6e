import ArgumentParser
import Foundation
import Leibniz

/// How a command works: over which base, on how many threads, what it says and what it may replace.
struct RunOptions: ParsableArguments {
  @Option(
    name: .customLong("base-adapter"), help: "An adapter to merge into the base first (repeatable).",
    completion: .directory)
  var baseAdapterPaths: [String] = []

  @Option(help: "Tasks that run at a time. Results do not depend on it.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Flag(help: "Replace an existing report (a folder that holds nothing else).")
  var force = false

  @Flag(name: .shortAndLong, help: "No progress, no warnings, no summary; the report has them.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more about what is done, with times.")
  var verbose = false

  /// Folders of the adapters that are merged into the base first.
  var baseAdapters: [URL] { get throws { try baseAdapterPaths.map(modelFolder) } }

  /// The line that shows how far the work is.
  var progress: ProgressLine { ProgressLine(isShown: !quiet, isVerbose: verbose) }

  func validate() throws {
    let allowed = WorkOptions.allowedThreads
    if !allowed.contains(threads) {
      throw ValidationError("--threads takes a number from \(allowed.lowerBound) to \(allowed.upperBound).")
    }
  }
}

/// How much is recomputed in double precision.
struct VerifyOptions: ParsableArguments {
  @Flag(help: "Recompute the first prompt by plain double-precision runs and report the largest disagreement.")
  var verify = false

  @Option(
    name: .customLong("verify-prompts"),
    help: ArgumentHelp("Recompute so many of the first prompts; implies --verify.", valueName: "count"))
  var prompts: Int?

  /// How many of the first prompts are recomputed.
  var count: Int { prompts ?? (verify ? 1 : 0) }

  func validate() throws {
    if let prompts, prompts < 1 { throw ValidationError("--verify-prompts takes a number from 1 on.") }
  }
}
