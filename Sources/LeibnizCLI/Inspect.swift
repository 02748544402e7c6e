import ArgumentParser
import Checkpoints
import Foundation

/// `leibniz inspect`.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a model's or adapter's folder is, and what of it is not supported.",
    discussion: """
      EXAMPLES
        leibniz inspect SmolLM2-135M-Instruct
        leibniz inspect my-adapter

      Exit codes: 0 it can be analysed, 2 it cannot.
      """)

  @Argument(help: "The folder.", completion: .directory)
  var path: String

  func run() throws {
    try reportingInputErrors {
      let inspection = try FolderInspection(folder: URL(fileURLWithPath: path))
      let width = inspection.facts.map(\.name.count).max() ?? 0
      try say(inspection.kind)
      for fact in inspection.facts {
        try say("  \(fact.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(fact.value)")
      }
      guard !inspection.problems.isEmpty else { return }
      try say("not supported")
      for problem in inspection.problems { try say("  \(problem)") }
      throw ExitCode(2)
    }
  }
}
