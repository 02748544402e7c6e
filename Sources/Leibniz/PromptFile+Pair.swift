import Foundation
import Prompts

extension PromptFile {
  /// Reads the prompts of an analysis: within the base's vocabulary, text by the base's tokenizer, and where nothing else
  /// says so, the invocation sequence of an Activated LoRA as the separator.
  static func read(_ url: URL, for pair: ModelPair, separator: Separator) throws -> PromptFile {
    let rule: SeparatorRule =
      switch separator {
      case .fromFile: pair.adaptation.invocationTokens.map { .tokens($0) } ?? .fromFile
      case .tokens(let ids): .tokens(ids)
      case .text: .fromFile
      case .none: .none
      }
    return try PromptFile.read(
      url,
      Context(vocabularySize: pair.model.description.vocabularySize, separator: rule))
  }
}
