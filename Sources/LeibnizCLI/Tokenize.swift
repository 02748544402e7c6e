import ArgumentParser
import Files
import Foundation
import StrictJSON
import Tokenization

/// `leibniz tokenize`.
struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn text into token ids as the model's tokenizer does.",
    discussion: """
      MODEL is a HuggingFace folder with a tokenizer.json, or such a file. Writes a line {"input_ids": […], "tokens": […]} a \
      TEXT; without one it reads lines {"text": "…"} on stdin. Nothing is added that the file's own post-processor would not \
      add; --no-special-tokens leaves that out too.

      EXAMPLES
        leibniz tokenize SmolLM2-135M-Instruct 'Hello world'
        echo '{"text": "Hello world"}' | leibniz tokenize SmolLM2-135M-Instruct
        leibniz tokenize base --no-special-tokens < texts.jsonl > tokens.jsonl

      Exit codes: 0 done, 2 an input is wrong, 64 usage.
      """)

  @Argument(help: "The model's folder or its tokenizer.json.", completion: .file(extensions: ["json"]))
  var model: String

  @Argument(help: "The texts; read from stdin where there is none.")
  var texts: [String] = []

  @Flag(name: .customLong("no-special-tokens"), help: "Without the tokens the post-processor adds.")
  var omitsSpecialTokens = false

  /// A line of the output.
  private struct Line: Encodable {
    var input_ids: [Int]
    var tokens: [String]
  }

  func run() throws {
    try reportingInputErrors {
      let tokenizer = try Tokenizer(modelPath: model)
      for text in texts.isEmpty ? try readTexts() : texts {
        let ids = tokenizer.encode(text, addsSpecialTokens: !omitsSpecialTokens)
        try say(jsonLine(Line(input_ids: ids, tokens: tokenizer.tokens(of: ids))))
      }
    }
  }

  private func readTexts() throws -> [String] {
    let text: Data
    do { text = try FileHandle.standardInput.readToEnd() ?? Data() } catch {
      throw WrongInput("stdin cannot be read: \(error.fileReason)")
    }
    let lines = JSONLine.lines(of: Array(text))
    return try lines.map { try $0.reader(file: "stdin").string("text") }
  }
}

extension Tokenizer {
  /// The tokenizer at a path that is a model's folder or a tokenizer.json itself.
  init(modelPath: String) throws {
    let path = URL(fileURLWithPath: modelPath)
    let file = CommandFiles.isFolder(modelPath) ? path.appendingPathComponent("tokenizer.json") : path
    let bytes: [UInt8]
    do { bytes = try readFile(file) } catch {
      throw WrongInput(
        """
        \(file.relativePath): cannot be read: \(error). MODEL is a folder with a tokenizer.json, or such a file.
        """)
    }
    try self.init(tokenizerJSON: bytes, file: file.relativePath)
  }
}

/// What is wrong with an input, and what to do.
struct WrongInput: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// A value as one line of JSON with sorted keys.
func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
