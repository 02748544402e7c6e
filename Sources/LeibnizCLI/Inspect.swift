import ArgumentParser
import Checkpoints
import Foundation
import Results
import Tokenization

/// `leibniz inspect`.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a model's or adapter's folder is, and what of it is not supported.",
    discussion: """
      Of an Activated LoRA the tokens at which it begins to act are shown as text too, where a tokenizer.json is in its \
      folder or in that of the base that it names.

      EXAMPLES
        leibniz inspect SmolLM2-135M-Instruct
        leibniz inspect my-adapter
        leibniz inspect my-adapter --base SmolLM2-135M-Instruct

      Exit codes: 0 it can be analysed, 2 it cannot.
      """)

  @Argument(help: "The folder.", completion: .directory)
  var path: String

  @Option(
    help:
      "The model whose modules an adapter's are looked for in, to say how many apply; else the folder that it names.",
    completion: .directory)
  var base: String?

  func run() throws {
    try reportingInputErrors {
      let inspection = try FolderInspection(
        folder: modelFolder(path), base: base.map(modelFolder))
      let width = inspection.facts.map(\.name.count).max() ?? 0
      try present(inspection.kind)
      for fact in inspection.facts {
        try present("  \(fact.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(fact.value)")
      }
      try present("  \("tokenizer".padding(toLength: width, withPad: " ", startingAt: 0))  \(tokenizer.visible)")
      if let text = invocation(inspection) {
        try say("  \("as text".padding(toLength: width, withPad: " ", startingAt: 0))  \(text)")
      }
      guard !inspection.problems.isEmpty else { return }
      try present("not supported")
      for problem in inspection.problems { try present("  \(problem)") }
      throw ExitCode(2)
    }
  }

  /// What turns texts into tokens, and what the files beside it add.
  private var tokenizer: String {
    do { return try ModelTokenizer(path: path).summary } catch is WrongInput { return "none" } catch {
      return "not supported: \(error)"
    }
  }

  /// The text of the invocation tokens; nil where there are none.
  private func invocation(_ inspection: FolderInspection) -> String? {
    guard let tokens = inspection.invocationTokens else { return nil }
    let folders = [path] + [inspection.baseName].compactMap(\.self)
    let files = folders.compactMap { try? modelFolder($0).appendingPathComponent("tokenizer.json") }
    guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      return "not known: there is no tokenizer.json in \(folders.joined(separator: " or ").visible)"
    }
    do {
      return
        "“\(try ModelTokenizer(path: file.deletingLastPathComponent().relativePath).tokenizer.texts(of: tokens).joined().visible)”"
    } catch { return "not known: \("\(error)".visible)" }
  }
}
