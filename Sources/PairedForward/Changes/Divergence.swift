import Architectures
import Vocabulary

/// Where a fork first differs from the run it forks from: the first layer, and from there on, by prompt of a batch, the
/// first token. What is left out and is a structural zero makes no difference.
struct Divergence: Sendable {
  /// The first layer in which anything differs; nil if nothing ever does.
  private(set) var layer: Int?
  /// By span, the first token that differs in any layer; the prompt's length if none does.
  private(set) var firstRow: [Int]

  /// - Parameters:
  ///   - filter: What the fork leaves out.
  ///   - reaches: The reach of the run it forks from, by span.
  init(_ filter: PartFilter, from reaches: [ChangeReach], batch: Batch, description: ModelDescription) {
    firstRow = batch.spans.map(\.count)
    for (span, reach) in reaches.enumerated() {
      for (number, flags) in reach.layers.enumerated() {
        let (attention, prompt) = (description.layers[number].attention, batch.spans[span].prompt)
        let mixed = flags.mixture.indices.first {
          flags.mixture[$0] && !filter.experts(layer: number, prompt: prompt, position: $0).isEmpty
        }
        let attended = Self.firstRow(
          filter, number, attention, reach, prompt: prompt, layerOfKeys: description.layerOfKeys(number))
        guard let row = [mixed, attended].compactMap(\.self).min() else { continue }
        layer = min(layer ?? number, number)
        firstRow[span] = min(firstRow[span], row)
      }
    }
  }

  private static func firstRow(
    _ filter: PartFilter, _ layer: Int, _ attention: AttentionDescription, _ reach: ChangeReach, prompt: Int,
    layerOfKeys: Int
  ) -> Int? {
    let flags = reach.layers[layer]
    let sources = flags.sources.map { $0.map(Counts.init) }
    let (keys, values) = (Counts(flags.key), Counts(flags.value))
    let clauses = filter.clauses.filter { clause in
      (0..<attention.queryHeads).contains { clause.covers(layer: layer, head: $0) }
    }
    guard !clauses.isEmpty else { return nil }
    let written = Operand.allCases.map { operand in
      Counts(
        reach.written(
          by: clauses.reduce(into: []) { $0.formUnion($1.written[operand] ?? []) },
          before: operand == .query ? layer : layerOfKeys))
    }
    let own = HeadFilter(
      clauses: clauses.map { .init(parts: $0.parts(in: layer), queries: $0.queries?[prompt], keys: $0.keys?[prompt]) })
    return flags.query.indices.first { query in
      let seen = attention.firstKey(of: query)..<query + 1
      let scores = flags.query[query] || flags.sink[query] || keys.any(in: seen)
      return own.segments(query: query, keys: seen).contains { segment in
        let (key, value) = (keys.any(in: segment.keys), values.any(in: segment.keys))
        let isPossible: [(PartSet, Bool)] = [
          (.dKtQ, key), (.KtdQ, flags.query[query]), (.dKtdQ, key && flags.query[query]), (.dPV, scores),
          (.PdV, value), (.dPdV, scores && value),
        ]
        return isPossible.contains { $1 && segment.dropped.contains($0) }
          || Operand.allCases.contains { operand in
            let keys = operand == .query ? query..<query + 1 : segment.keys
            if segment.dropped.contains(.written(into: operand)), written[operand.rawValue].any(in: keys) {
              return true
            }
            return Source.allCases.contains { source in
              segment.dropped.contains(.source(source, of: operand))
                && sources[operand.rawValue][source.rawValue].any(in: keys)
            }
          }
      }
    }
  }
}
