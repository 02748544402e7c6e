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

extension Excerpt {
  /// How many tokens on either side of a query or a key belong to its excerpt.
  static let margin = 8

  /// The tokens round the queries and keys of some pairs, each once.
  static func round(_ rows: [TokenPairs], in prompts: [Prompt], _ texts: TokenTexts?) -> [Excerpt] {
    var wanted: [Int: IndexSet] = [:]
    for pair in rows.flatMap(\.strongest) {
      let last = prompts[pair.prompt].tokens.count - 1
      for position in [pair.queryPosition, pair.keyPosition] {
        wanted[pair.prompt, default: []]
          .insert(integersIn: max(position - margin, 0)...min(position + margin, last))
      }
    }
    return wanted.keys.sorted().flatMap { prompt in
      let tokens = prompts[prompt].tokens
      // Characters are cut at the ends of the prompt alone.
      let all = texts?.of(tokens)
      return (wanted[prompt] ?? []).rangeView.map { run in
        Excerpt(prompt: prompt, start: run.lowerBound, ids: Array(tokens[run]), texts: all.map { Array($0[run]) })
      }
    }
  }
}
