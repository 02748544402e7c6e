import ArgumentParser
import Foundation
import Leibniz
import Reporting

/// `leibniz compare`.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put the reports of several adapters of one base side by side.",
    discussion: """
      REPORT is a folder that leibniz analyze or leibniz ablate wrote, or its analysis.json or interventions.json; a \
      folder of several reports stands for all of them. An analysis and an ablation of one adapter go together. The \
      page answers which adapter changes attention most, through which term, and where they differ.

      EXAMPLES
        leibniz compare full-report masked-report --output comparison
        leibniz compare reports ablation-full ablation-masked --output comparison

      Reports of different bases, prompts, regions, reference points or versions are refused unless --force is given. The folder holds \
      compare.html (one page to explore, which loads nothing), compare.md, comparison.json and figures/. Exit codes: 0 \
      done, 2 an input is wrong, 64 usage.
      """)

  @Argument(help: "The reports.", completion: .directory)
  var reports: [String]

  @Option(name: .shortAndLong, help: "The folder to write the comparison to.", completion: .directory)
  var output: String

  @Flag(
    help:
      "Compare reports that do not belong side by side too, saying so at the top; and replace an existing comparison.")
  var force = false

  @Flag(name: .shortAndLong, help: "No warnings, no summary; the page has them.")
  var quiet = false

  func validate() throws {
    if reports.isEmpty { throw ValidationError("Missing expected argument '<reports> ...'") }
  }

  func run() throws {
    try reportingInputErrors {
      let target = try namingOptions(output) { () throws(ReportFolderError) in
        try ReportFolder.forComparison(URL(fileURLWithPath: output), replacing: force)
      }
      let read = try reports.flatMap(ReportInput.reports)
      let comparison = try compare(read.map { ($0.file, $0.report) }, forced: force)
      try namingOptions(output) { () throws(ReportFolderError) in try target.write(comparison) }
      guard !quiet else { return }
      for difference in comparison.differences { complain("warning: \(difference)") }
      for line in ComparisonReport(comparison).summary { try present(line) }
      try present("\(output)/\(ComparisonFiles.report)")
    }
  }
}
