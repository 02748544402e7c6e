import Checkpoints
import Prompts
import Results
import Tokenization

/// The texts of tokens by the tokenizer of a pair's texts, where there is one that can be read.
package struct TokenTexts {
  private let tokenizer: Tokenizer?
  /// Why there are no texts although there is a tokenizer.json.
  package let warnings: [String]

  package init(_ pair: ModelPair) {
    do {
      (tokenizer, warnings) = (try TextTokenizer(pair).loaded().tokenizer, [])
    } catch is TextTokenizer.Missing {
      (tokenizer, warnings) = (nil, [])
    } catch {
      (tokenizer, warnings) = (nil, ["Pairs of tokens are shown by their ids: \(error)"])
    }
  }

  /// The texts of consecutive tokens; nil without a tokenizer.
  package func of(_ tokens: [Int]) -> [String]? { tokenizer?.texts(of: tokens) }
}
