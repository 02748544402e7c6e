import Architectures
import Checkpoints
import Foundation
import Prompts

extension PromptFile {
  /// Reads the prompts of an analysis: within the vocabulary that both models have, text by the pair's tokenizer, and where nothing else
  /// says so, the invocation sequence of an Activated LoRA as the separator.
  /// - Throws: ``AnalysisError/separatorNotFound(file:separator:)`` where the separator that was asked for is searched for and
  ///   found in no prompt, unless that is allowed.
  package static func read(
    _ bytes: [UInt8], file name: String, for pair: ModelPair, separator: Separator, allowsMissingSeparator: Bool = false
  ) throws -> PromptFile {
    let tokenizer = TextTokenizer(pair)
    let rule: SeparatorRule =
      switch separator {
      case .fromFile: pair.adaptation.invocationTokens.map { .tokens($0) } ?? .fromFile
      case .tokens(let ids): .tokens(ids)
      case .text(let text): .text(text, tokens: try tokenizer.loaded().tokenizer.encode(text, addsSpecialTokens: false))
      case .none: .none
      }
    let description = pair.model.description
    let context = Context(
      vocabularySize: pair.sharedTokens, separator: rule, tokenTypes: TokenTypes(description)
    ) { text, separator in
      try tokenizer.loaded().tokenizer.encode(text, separator: separator)
    }
    var file = try PromptFile.read(bytes, file: name, context)
    file.notes = tokenizer.notes
    if !allowsMissingSeparator, let wanted = separator.name, file.linesWithout > 0,
      file.linesWithout + file.linesWithOwn == file.prompts.count
    {
      throw AnalysisError.separatorNotFound(file: name, separator: wanted)
    }
    return file
  }
}

extension TokenTypes {
  /// What `transformers` does with them in the forward pass of a model's family.
  fileprivate init(_ description: ModelDescription) {
    switch description.family {
    case "gpt2", "gptj": self = .added
    case "gemma3": self = .images
    default: self = .unused
    }
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

extension TextTokenizer {
  /// The tokenizer of a pair's texts.
  package convenience init(_ pair: ModelPair) { self.init(base: pair.folder, adapted: pair.adaptedFolder) }
}
