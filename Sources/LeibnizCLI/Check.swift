import ArgumentParser
import Expectations
import Leibniz

/// `leibniz check`.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Hold an analysis against expectations or against an earlier run.",
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
      summary rows instead. Quantities: share, dominance, mean, meanAbs, rms, maxAbs (of term dKtQ, KtdQ, dKtdQ, and \
      but for the first two delta), dominantTerm, structuralZero, stream, closure. docs/check.md describes every key.

      EXAMPLES
        leibniz check report/analysis.json --init --expect expectations.yaml
                                     write a first file from a run, with margins
        leibniz check report/analysis.json --expect expectations.yaml
        leibniz check report/analysis.json --expect expectations.yaml --junit check.xml --github
                                     in CI: a JUnit file, and annotations on GitHub
        leibniz check report/analysis.json --baseline old/analysis.json
                                     does the same pair of models still behave the same?

      Exit codes: 0 all expectations hold, 1 some fail, 2 a file is wrong, 64 usage.
      """)

  @Argument(help: "The analysis.json of a report.", completion: .file(extensions: ["json"]))
  var analysis: String

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

  @Flag(
    name: .customLong("init"),
    help: "Write a first expectations file that this analysis passes, to --expect or to the terminal.")
  var initialize = false

  func validate() throws {
    if initialize {
      guard baseline == nil, junit == nil, !github else {
        throw ValidationError(
          "--init writes expectations and checks none; leave --baseline, --junit and --github out.")
      }
    } else if expect == nil, baseline == nil {
      throw ValidationError(
        "There is nothing to check against: give --expect FILE or --baseline OLD, or --init to write a first file."
      )
    }
  }

  func run() throws {
    try reportingInputErrors {
      let (text, allHold) = try output()
      try say(text, terminator: "")
      if !allHold { throw ExitCode(1) }
    }
  }

  /// Does what was asked for.
  /// - Returns: What to print, and whether every expectation holds.
  func output() throws -> (text: String, allHold: Bool) {
    let analysis = try CheckFiles.analysis(at: analysis)
    guard !initialize else { return (try expectationsFile(of: analysis), true) }
    let results = try results(of: analysis)
    if let junit { try CheckFiles.write(results.junit(suite: self.analysis), to: junit, replacing: true) }
    return (results.text + (github ? results.githubAnnotations : ""), results.allPassed)
  }

  /// Writes the first file, or returns it where it shall go to the terminal.
  private func expectationsFile(of analysis: Analysis) throws -> String {
    let text = analysis.startingExpectations()
    guard let expect else { return text }
    try CheckFiles.write(text, to: expect, replacing: false)
    return """
      Wrote \(expect). Read it, tighten or loosen its bounds, then run
        leibniz check \(self.analysis) --expect \(expect)

      """
  }

  /// Every comparison that was asked for, expectations first.
  private func results(of analysis: Analysis) throws -> [CheckResult] {
    var results: [CheckResult] = []
    if let expect {
      results += try ExpectationFile(yaml: CheckFiles.text(at: expect), file: expect).check(analysis)
    }
    if let baseline {
      let old = Baseline.Run(file: baseline, analysis: try CheckFiles.analysis(at: baseline))
      results += try Baseline.compare(old: old, new: Baseline.Run(file: self.analysis, analysis: analysis))
        .map { CheckResult(comparison: $0) }
    }
    return results
  }
}
