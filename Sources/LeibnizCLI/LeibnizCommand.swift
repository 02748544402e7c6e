import ArgumentParser
import Leibniz

/// The command line tool.
@main
struct LeibnizCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leibniz",
    abstract: "What did an adapter change in attention, and through which term?",
    discussion: """
      A fine-tuned model scores attention with (K+dK)ᵀ(Q+dQ) where its base scores with KᵀQ. Leibniz runs both on your \
      prompts and splits every score change into dKᵀQ, KᵀdQ and dKᵀdQ, by layer, head and token region.

        leibniz analyze MODEL ADAPTER --prompts prompts.jsonl --output report

      Exit codes: 0 done; 1 done, but a verification or an expectation failed; 2 a file is wrong; 64 usage; 130 and \
      143 interrupted.
      """,
    version: leibnizVersion,
    subcommands: [
      Analyze.self, Ablate.self, Merge.self, Compare.self, DrawPage.self, Weights.self, Inspect.self, Check.self,
      Tokenize.self, PreparePrompts.self,
    ])

  /// Runs a command line. What is misspelt is told before what is missing.
  static func main() {
    OneThread.begin()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let problem = Spelling.unknownCommand(in: arguments) ?? Spelling.emptyArgument(in: arguments)
    if let problem { exit(withError: ValidationError(problem)) }
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      if exitCode(for: error) == .validationFailure, let lines = Spelling.unknownOption(in: arguments) {
        lines.forEach(complain)
        exit(withError: ExitCode.validationFailure)
      }
      exit(withError: error)
    }
  }
}
