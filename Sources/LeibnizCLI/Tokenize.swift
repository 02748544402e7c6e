import ArgumentParser
import Foundation
import StrictJSON
import Tokenization

/// `leibniz tokenize`.
struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn text into token ids as the model's tokenizer does.",
    discussion: """
      MODEL is a HuggingFace folder with a tokenizer.json, or such a file; an adapter's folder without one has its base's. Tokens \
      that tokenizer_config.json, special_tokens_map.json and added_tokens.json beside it add are found too, as \
      AutoTokenizer of transformers does. Writes a line {"input_ids": […], "tokens": […]} a TEXT; without one, or with - \
      alone, it reads lines {"text": "…"} on stdin. Nothing is added that the file's own post-processor would not add; \
      --no-special-tokens leaves that out too.

      EXAMPLES
        leibniz tokenize SmolLM2-135M-Instruct 'Hello world'
        echo '{"text": "Hello world"}' | leibniz tokenize SmolLM2-135M-Instruct
        leibniz tokenize base --no-special-tokens < texts.jsonl > tokens.jsonl

      Exit codes: 0 done, 2 an input is wrong, 64 usage.
      """)

  @Argument(help: "The model's folder or its tokenizer.json.", completion: .file(extensions: ["json"]))
  var model: String

  @Argument(help: "The texts; read from stdin where there is none, or -.")
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
      let tokenizer = try tokenizer(ofModelAt: model)
      for text in texts.isEmpty || texts == ["-"] ? try readTexts() : texts {
        let ids = tokenizer.encode(text, addsSpecialTokens: !omitsSpecialTokens)
        try say(jsonLine(Line(input_ids: ids, tokens: tokenizer.tokens(of: ids))))
      }
    }
  }

  private func readTexts() throws -> [String] {
    try JSONLine.lines(of: CommandFiles.standardInput()).map {
      try $0.reader(file: CommandFiles.standardInputName).string("text")
    }
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
