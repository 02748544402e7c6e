import ArgumentParser
import Foundation
import Leibniz

/// `leibniz merge`.
struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make the report of a run that was divided into shards.",
    discussion: """
      PART is a folder that leibniz analyze or leibniz ablate wrote with --shard. All parts of a run give the report that the \
      undivided run would have written, byte for byte, in whatever order they are named. Neither the models nor the prompts \
      are read.

      EXAMPLE
        leibniz analyze base adapter --prompts prompts.jsonl --shard 1/2 --output parts/1
        leibniz analyze base adapter --prompts prompts.jsonl --shard 2/2 --output parts/2
        leibniz merge parts/* --output report

      A part that is missing, named twice, damaged, of another run or of another version is refused by name, and the message \
      ends with the shards to compute again. Exit codes: 0 done, 1 the verification failed or a promised zero is none, 2 a \
      part or the output is wrong, 64 usage.
      """)

  @Argument(help: "The folders of all parts.", completion: .directory)
  var parts: [String]

  @Option(name: .shortAndLong, help: "The folder to write the report to.", completion: .directory)
  var output: String

  @Flag(help: "Replace an existing report (a folder that holds nothing else).")
  var force = false

  @Flag(
    name: .customLong("any-kernel"),
    help: "Accept parts that different kernels of OpenBLAS computed; their last digits may differ.")
  var anyKernel = false

  @Flag(name: .shortAndLong, help: "No warnings, no summary; the report has them.")
  var quiet = false

  func validate() throws {
    if parts.isEmpty { throw ValidationError("Missing expected argument '<parts> ...'") }
  }

  func run() throws {
    try reportingInputErrors {
      let folders = parts.map { URL(fileURLWithPath: $0) }
      let (merged, target) = (try merge(folders, allowsAnyKernel: anyKernel), URL(fileURLWithPath: output))
      switch merged {
      case .analyses(let analyses):
        try write(analyses, to: target)
        try tell(analyses, output, isQuiet: quiet)
      case .ablations(let ablations):
        try write(ablations, to: target)
        try tell(ablations, output, isQuiet: quiet)
      }
    }
  }

  private func write<Report: AdapterReport>(_ reports: [Report], to folder: URL) throws {
    try namingOptions(output) { () throws(ReportFolderError) in
      try ReportFolder(folder, for: Report.self, replacing: force).write(reports)
    }
  }
}
