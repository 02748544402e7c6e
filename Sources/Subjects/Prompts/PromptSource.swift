import Checkpoints
import Foundation
import Prompts

/// Where prompts come from.
public enum PromptSource: Sendable {
  /// A JSON Lines file (docs/method.md says what a line holds).
  case file(URL)
  /// What such a file holds, under a name for messages: standard input.
  case lines([UInt8], name: String)
  /// Prompts as values. One without regions gets `before` and `after` its separator, or `all` where it has none.
  case values([Prompt])
}

extension PromptSource {
  /// The prompts for a pair, checked.
  /// - Throws: ``PromptError`` and the errors of the tokenizer.
  package func read(for pair: ModelPair, separator: Separator, allowsMissingSeparator: Bool) throws -> PromptFile {
    switch self {
    case .file: try loaded().read(for: pair, separator: separator, allowsMissingSeparator: allowsMissingSeparator)
    case .lines(let bytes, let name):
      try PromptFile.read(
        bytes, file: name, for: pair, separator: separator, allowsMissingSeparator: allowsMissingSeparator)
    case .values(let values):
      try PromptFile(checking: values, vocabularySize: pair.sharedTokens)
    }
  }

  /// The same with what a file holds, so that it is read once.
  func loaded() throws(PromptError) -> PromptSource {
    guard case .file(let url) = self else { return self }
    return .lines(try PromptFile.bytes(of: url), name: url.relativePath)
  }
}
