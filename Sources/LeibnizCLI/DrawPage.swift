import ArgumentParser
import Foundation
import Leibniz
import Results

/// `leibniz page`.
struct DrawPage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "page",
    abstract: "Draw a report's page again, with the knock-outs of ablations on it.",
    discussion: """
      REPORT is a folder that leibniz analyze wrote, or its analysis.json; an ABLATION one that leibniz ablate wrote for the \
      same base and adapter under the same mask, or a folder of several, of which those of the adapter are taken. On the \
      page a head, a layer or all of them then also tell what leaving them out costs, and heads are coloured and sorted by \
      it. Nothing is computed again.

      EXAMPLES
        leibniz analyze model adapter --prompts prompts.jsonl --output report
        leibniz ablate model adapter --prompts prompts.jsonl --output ablation --sweep heads --from after --to before
        leibniz page report ablation

      The report's own report.html is replaced unless --output names another file. Exit codes: 0 done, 2 an input is \
      wrong, 64 usage.
      """)

  @Argument(help: "The report.", completion: .directory)
  var report: String

  @Argument(help: "Ablations of the same pair.", completion: .directory)
  var ablations: [String] = []

  @Option(name: .shortAndLong, help: "The file to write. (default: the report's report.html)", completion: .file())
  var output: String?

  @Flag(help: "Replace the file that --output names.")
  var force = false

  @Flag(name: .shortAndLong, help: "Do not say what was written.")
  var quiet = false

  func run() throws {
    try reportingInputErrors {
      let (read, file) = try ReportInput.report(at: report)
      guard case .analysis(let analysis) = read else {
        throw WrongInput("\(file): an ablation; the report of leibniz analyze comes first.")
      }
      let target = output ?? URL(filePath: file).deletingLastPathComponent().appending(path: "report.html").relativePath
      let known = try ablations.flatMap { path in try knockouts(path, of: analysis) }
      let page = try analysis.page(with: known, in: URL(filePath: target).deletingLastPathComponent())
      try CommandFiles.write(
        page, to: target, replacing: force || output == nil, sparing: [file] + known.map(\.name),
        isNamed: output != nil)
      if !quiet { try present(target) }
    }
  }

  /// The ablations that a path stands for; of several the analysis's own.
  private func knockouts(_ path: String, of analysis: Analysis) throws -> [(name: String, ablation: Ablation)] {
    let read = try ReportInput.reports(at: path).map { report, file -> (name: String, ablation: Ablation) in
      guard case .ablation(let ablation) = report else {
        throw WrongInput("\(file): no ablation; the reports of leibniz ablate follow the first.")
      }
      return (file, ablation)
    }
    let own = read.filter { $0.ablation.isOf(analysis) }
    return read.count > 1 && !own.isEmpty ? own : read
  }
}
