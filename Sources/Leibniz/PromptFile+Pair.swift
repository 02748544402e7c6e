import Files
import Foundation
import Prompts
import Synchronization
import Tokenization

extension PromptFile {
  /// Reads the prompts of an analysis: within the base's vocabulary, text by the base's tokenizer, and where nothing else
  /// says so, the invocation sequence of an Activated LoRA as the separator.
  /// - Throws: ``AnalysisError/separatorNotFound(file:separator:)`` where the separator that was asked for is searched for and
  ///   found in no prompt, unless that is allowed.
  static func read(
    _ url: URL, for pair: ModelPair, separator: Separator, allowsMissingSeparator: Bool = false
  ) throws -> PromptFile {
    let tokenizer = LazyTokenizer(folder: pair.folder)
    let rule: SeparatorRule =
      switch separator {
      case .fromFile: pair.adaptation.invocationTokens.map { .tokens($0) } ?? .fromFile
      case .tokens(let ids): .tokens(ids)
      case .text(let text): .text(text, tokens: try tokenizer.loaded().encode(text, addsSpecialTokens: false))
      case .none: .none
      }
    let context = Context(vocabularySize: pair.model.description.vocabularySize, separator: rule) { text, separator in
      try tokenizer.loaded().encode(text, separator: separator)
    }
    let file = try PromptFile.read(url, context)
    if !allowsMissingSeparator, let name = separator.name, file.linesWithout > 0,
      file.linesWithout + file.linesWithOwn == file.prompts.count
    {
      throw AnalysisError.separatorNotFound(file: url.relativePath, separator: name)
    }
    return file
  }
}

extension Separator {
  /// What is searched for because somebody asked for it: “<sep>” or 15,7.
  fileprivate var name: String? {
    switch self {
    case .fromFile, .none: nil
    case .text(let text): "“\(text)”"
    case .tokens(let ids): "of tokens \(ids.map(String.init).joined(separator: ","))"
    }
  }
}

/// The tokenizer of a model's folder, read when it is first needed.
final class LazyTokenizer: Sendable {
  private let file: URL
  private let tokenizer = Mutex<Tokenizer?>(nil)

  /// The tokenizer of `folder/tokenizer.json`.
  init(folder: URL) { file = folder.appendingPathComponent("tokenizer.json") }

  /// Why there is no tokenizer.
  struct Missing: Error, CustomStringConvertible {
    var folder: String
    var description: String {
      """
      \(folder): there is no readable tokenizer.json, which text needs. Add the model's own, or give prompts as \
      "input_ids" and the separator as --separator-ids.
      """
    }
  }

  /// The tokenizer.
  /// - Throws: ``Missing`` or `TokenizationError`.
  func loaded() throws -> Tokenizer {
    try tokenizer.withLock { kept in
      if let kept { return kept }
      guard let bytes = try? readFile(file) else {
        throw Missing(folder: file.deletingLastPathComponent().relativePath)
      }
      let loaded = try Tokenizer(tokenizerJSON: bytes, file: file.relativePath)
      kept = loaded
      return loaded
    }
  }
}
