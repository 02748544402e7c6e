import Foundation
import Prompts
import Results
import Tokenization

/// The texts of tokens by the base's tokenizer, where it has one that can be read.
struct TokenTexts {
  private let tokenizer: Tokenizer?
  /// Why there are no texts although there is a tokenizer.json.
  let warnings: [String]

  /// - Parameter folder: The base model's folder.
  init(folder: URL) {
    do {
      (tokenizer, warnings) = (try LazyTokenizer(folder: folder).loaded(), [])
    } catch is LazyTokenizer.Missing {
      (tokenizer, warnings) = (nil, [])
    } catch {
      (tokenizer, warnings) = (nil, ["Pairs of tokens are shown by their ids: \(error)"])
    }
  }

  /// The texts of consecutive tokens; nil without a tokenizer.
  func of(_ tokens: [Int]) -> [String]? { tokenizer?.texts(of: tokens) }
}
