import Foundation
import LongRuns
import Results

extension Excerpt {
  /// How many tokens on either side of a query or a key belong to its excerpt.
  static let margin = 8

  /// The tokens round the queries and keys of some pairs, each once.
  /// - Parameter tokens: The tokens of a prompt.
  static func round(_ rows: [TokenPairs], _ tokens: (_ prompt: Int) -> PromptTokens) -> [Excerpt] {
    var wanted: [Int: IndexSet] = [:]
    for pair in rows.flatMap(\.strongest) {
      for position in [pair.queryPosition, pair.keyPosition] {
        wanted[pair.prompt, default: []].insert(integersIn: max(position - margin, 0)...position + margin)
      }
    }
    return wanted.keys.sorted().flatMap { prompt in
      let own = tokens(prompt)
      let inside = (wanted[prompt] ?? []).intersection(IndexSet(integersIn: 0..<own.ids.count))
      return inside.rangeView.map { run in
        Excerpt(
          prompt: prompt, start: run.lowerBound, ids: Array(own.ids[run]), texts: own.texts.map { Array($0[run]) })
      }
    }
  }
}
