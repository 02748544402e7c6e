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

      Runs of one kind that differ in their seed make a group, whose mean over runs is compared, with Student's t over runs; two \
      groups of as many runs are paired in the order of their names.

        leibniz compare --group full=full-1,full-2,full-3 --group masked=masked-1,masked-2,masked-3 --output comparison

      Reports of different bases, prompts, regions, reference points or versions are refused unless --force is given. The folder holds \
      compare.html (one page to explore, which loads nothing), compare.md, comparison.json, comparison.csv and figures/. Exit codes: 0 \
      done, 2 an input is wrong, 64 usage.
      """)

  @Argument(help: "The reports.", completion: .directory)
  var reports: [String] = []

  @Option(
    help: ArgumentHelp(
      "Several training runs of one kind, by their reports (repeatable): full=a,b,c.", valueName: "name=reports"))
  var group: [String] = []

  @Option(name: .shortAndLong, help: "The folder to write the comparison to.", completion: .directory)
  var output: String

  @Flag(
    help:
      "Compare reports that do not belong side by side too, saying so at the top; and replace an existing comparison.")
  var force = false

  @Flag(name: .shortAndLong, help: "No warnings, no summary; the page has them.")
  var quiet = false

  func validate() throws {
    for text in group { _ = try Self.parts(text) }
    if reports.isEmpty, group.isEmpty { throw ValidationError("Missing expected argument '<reports> ...'") }
  }

  func run() throws {
    try reportingInputErrors {
      let target = try namingOptions(output) { () throws(ReportFolderError) in
        try ReportFolder(URL(fileURLWithPath: output), for: AdapterComparison.self, replacing: force)
      }
      var read = try reports.flatMap(ReportInput.reports)
      let groups = try group.map { text in
        let (name, paths) = try Self.parts(text)
        let own = try paths.flatMap(ReportInput.reports)
        read += own
        return ComparedGroup(name: name, reports: Array(read.count - own.count..<read.count))
      }
      let comparison = try compare(read.map { ($0.file, $0.report) }, groups: groups, forced: force)
      try namingOptions(output) { () throws(ReportFolderError) in try target.write(comparison) }
      guard !quiet else { return }
      for difference in comparison.differences { complain("warning: \(difference)") }
      for note in comparison.notes { complain("note: \(note)") }
      for line in ComparisonReport(comparison).summary { try present(line) }
      try present("\(output)/\(ComparisonFiles.page)")
    }
  }

  /// "full=a,b,c" in parts.
  private static func parts(_ text: String) throws -> (name: String, paths: [String]) {
    let pieces = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let paths = pieces.last?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    guard pieces.count == 2, !pieces[0].isEmpty, !paths.contains("") else {
      throw ValidationError("--group takes a name and reports, as in full=a,b,c; “\(text)” is none.")
    }
    return (pieces[0], paths)
  }
}
