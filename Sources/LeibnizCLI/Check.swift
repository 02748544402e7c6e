import ArgumentParser
import Expectations
import Foundation
import Leibniz

/// `leibniz check`.
struct Check: ParsableCommand {
  private static let quantities = ExpectationFile.quantities

  static let configuration = CommandConfiguration(
    abstract: "Hold an analysis or an ablation against expectations, or an analysis against an earlier run.",
    discussion: """
      Expectations are a YAML file. This one says that an adapter with a mask changes how later tokens look at \
      earlier ones through their queries only:

        schema: 1
        expectations:
          - quantity: structuralZero
            term: dKtQ
            query: after
            key: before
          - quantity: share
            term: KtdQ
            query: after
            key: before
            layers: 4-9
            atLeast: 0.9
            reason: nothing else can change masked lookups

      An expectation holds if it holds in every layer and head it selects; "pooled: heads" and "pooled: all" check the \
      summary rows instead. A share is of the scores' energy; of what attention felt, in nats, it is "quantity: attention" with \
      "of: shares.KtdQ", and by nats, where there are any, goes dominantTerm. Quantities of an analysis: \(quantities.analysis.joined(separator: ", ")); of an ablation: \
      \(quantities.ablation.joined(separator: ", ")); of both: \(quantities.both.joined(separator: ", ")). docs/check.md \
      describes every key.

      EXAMPLES
        leibniz check report/analysis.json --init --expect expectations.yaml
                                     write a first file from a run, with margins
        leibniz check report/analysis.json --expect expectations.yaml
        leibniz check report/analysis.json --expect expectations.yaml --junit check.xml --github
                                     in CI: a JUnit file, and annotations on GitHub
        leibniz check report/analysis.json --expect expectations.yaml --format json | jq .failed
                                     for programs (docs/schemas/check.schema.json)
        leibniz check report ablation --expect expectations.yaml
                                     an analysis and an ablation against one file
        leibniz check report/analysis.json --baseline old/analysis.json
                                     does the same pair of models still behave the same?

      The last line says it all. Where GITHUB_STEP_SUMMARY names a file, as in GitHub Actions, a summary is added to it.

      Exit codes: 0 all expectations hold, 1 some fail, 2 a file is wrong, 64 usage.
      """)

  @Argument(
    help: "An analysis.json, an interventions.json, or one of each; or the folders of their reports.",
    completion: .file(extensions: ["json"]))
  var reports: [String]

  @Option(
    help: "The expectations, a YAML file; with --init the file to write.",
    completion: .file(extensions: ["yaml", "yml"]))
  var expect: String?

  @Option(
    help: "The analysis.json of an earlier run of the same pair, to be compared statistically.",
    completion: .file(extensions: ["json"]))
  var baseline: String?

  @Option(help: "Write the results as a JUnit XML file as well.", completion: .file(extensions: ["xml"]))
  var junit: String?

  @Flag(help: "Print failures as GitHub Actions annotations as well.")
  var github = false

  @Option(help: "How the results are printed: text or json.")
  var format = Format.text

  @Flag(name: .shortAndLong, help: "Print what fails and the last line; nothing where everything holds.")
  var quiet = false

  @Flag(
    name: .customLong("init"),
    help: "Write a first expectations file that this analysis passes, to --expect or to the terminal.")
  var initialize = false

  /// How results are printed.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  func validate() throws {
    if reports.isEmpty { throw ValidationError("Missing expected argument '<reports> ...'") }
    if initialize {
      guard baseline == nil, junit == nil, !github, !quiet, format == .text else {
        throw ValidationError(
          "--init writes expectations and checks none; leave --baseline, --junit, --github, --format and --quiet out.")
      }
    } else if expect == nil, baseline == nil {
      throw ValidationError(
        "There is nothing to check against: give --expect FILE or --baseline OLD, or --init to write a first file."
      )
    }
    if format == .json, github || quiet {
      throw ValidationError("--github and --quiet are about the lines of --format text; leave them out.")
    }
  }

  func run() throws {
    try reportingInputErrors {
      if try !check({ try say($0, terminator: "") }) { throw ExitCode(1) }
    }
  }

  /// Does what was asked for: tells the results, then writes them to files, so that a file that cannot be written hides none.
  /// - Parameter summary: A file that GitHub shows as the summary of a step, to which the results are added; nil or empty for none.
  /// - Returns: Whether every expectation holds.
  func check(
    summary: String? = ProcessInfo.processInfo.environment["GITHUB_STEP_SUMMARY"], _ tell: (String) throws -> Void
  ) throws -> Bool {
    let subjects = try CheckSubjects(reports)
    guard !initialize else {
      try tell(try expectationsFile(of: subjects))
      return true
    }
    let old = try baseline.map(earlierRun)
    let results = try results(of: subjects, old)
    let report = CheckReport(results, of: reports, against: expect, baseline: baseline)
    switch format {
    case .text: try tell(report.text(isQuiet: quiet, isAnnotated: github))
    case .json: try tell(try report.json())
    }
    if let junit {
      try CommandFiles.write(
        results.junit(suite: reports[0]), to: junit, replacing: true,
        sparing: subjects.files + [expect, old?.file].compactMap(\.self))
    }
    if let summary, !summary.isEmpty { try CommandFiles.append(report.markdown, to: summary) }
    return results.allPassed
  }

  /// Writes the first file, or returns it where it shall go to the terminal.
  private func expectationsFile(of subjects: CheckSubjects) throws -> String {
    let text = ExpectationFile.starting(with: subjects.analysis?.analysis, ablation: subjects.ablation)
    guard let expect else { return text }
    try CommandFiles.write(text, to: expect, replacing: false, sparing: [])
    return """
      Wrote \(expect). Read it, tighten or loosen its bounds, then run
        leibniz check \(reports.joined(separator: " ")) --expect \(expect)

      """
  }

  /// Every comparison that was asked for, expectations first.
  private func results(of subjects: CheckSubjects, _ old: Baseline.Run?) throws -> [CheckResult] {
    var results: [CheckResult] = []
    if let expect {
      results += try ExpectationFile(yaml: CommandFiles.text(at: expect), file: expect)
        .check(subjects.analysis?.analysis, ablation: subjects.ablation)
    }
    if let old {
      guard let new = subjects.analysis else { throw CommandFileError.noBaseline(reports[0]) }
      results += try Baseline.compare(old: old, new: new).map { CheckResult(comparison: $0) }
    }
    return results
  }

  private func earlierRun(_ path: String) throws -> Baseline.Run {
    guard case (.analysis(let analysis), let file) = try ReportInput.report(at: path) else {
      throw CommandFileError.noBaseline(path)
    }
    return Baseline.Run(file: file, analysis: analysis)
  }
}

/// What is checked: an analysis, an ablation, or one of each.
struct CheckSubjects {
  private(set) var analysis: Baseline.Run?
  private(set) var ablation: Ablation?
  /// The files that were read.
  private(set) var files: [String] = []

  /// Reads some reports.
  /// - Throws: ``CommandFileError`` and the errors of the JSON reader, which name the file.
  init(_ paths: [String]) throws {
    var ablationFile = ""
    for path in paths {
      let (report, file) = try ReportInput.report(at: path)
      files.append(file)
      switch report {
      case .analysis(let found):
        if let analysis { throw CommandFileError.twice(analysis.file, file, kind: "analyses") }
        analysis = Baseline.Run(file: file, analysis: found)
      case .ablation(let found):
        if ablation != nil { throw CommandFileError.twice(ablationFile, file, kind: "ablations") }
        (ablation, ablationFile) = (found, file)
      }
    }
  }
}
