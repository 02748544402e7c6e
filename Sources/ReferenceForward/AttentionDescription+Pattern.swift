import Architectures

extension AttentionDescription {
  /// The key-value head that a query head reads.
  func keyValueHead(of head: Int) -> Int { head / (queryHeads / keyValueHeads) }

  /// The key positions that a query sees.
  func visibleKeys(of query: Int) -> ClosedRange<Int> { firstKey(of: query)...query }

  /// c·kᵀq of one pair, before a cap.
  /// - Parameters:
  ///   - queries: (heads × tokens × d).
  ///   - keys: (key-value heads × tokens × d).
  func score(head: Int, query: Int, key: Int, queries: [Double], keys: [Double], tokens: Int) -> Double {
    let q = (head * tokens + query) * headDimension
    let k = (keyValueHead(of: head) * tokens + key) * headDimension
    return scale * dot(queries, from: q, keys, from: k, count: headDimension)
  }

  /// Softmax of one query's scores over the keys it sees, (visible keys).
  /// - Parameter sinks: The logits of sinks, (heads × tokens); empty where there are none.
  func pattern(
    head: Int, query: Int, queries: [Double], keys: [Double], sinks: [Double], tokens: Int
  ) -> [Double] {
    let scores = visibleKeys(of: query).map {
      score(head: head, query: query, key: $0, queries: queries, keys: keys, tokens: tokens)
    }
    return pattern(ofScores: scores, sink: sinks.isEmpty ? nil : sinks[head * tokens + query])
  }

  /// Softmax of one query's scores, which are capped first where the family does so, and of a sink's logit, whose own weight is not
  /// among them.
  func pattern(ofScores scores: [Double], sink: Double?) -> [Double] {
    let capped = scores.map { softCapped($0, softCap) }
    guard let sink else { return patternWeights(capped) }
    return patternWeights(capped + [sink]).dropLast()
  }

  /// z = P·V of every head, (tokens × heads·d) with d the values' width.
  func mix(_ operands: AttentionOperands, positions: Range<Int>) -> TokenVectors {
    let d = valueDimension
    var mixed = TokenVectors(positions: positions, width: queryHeads * d)
    for head in 0..<queryHeads {
      for query in 0..<positions.count {
        let pattern = pattern(
          head: head, query: query, queries: operands.queries, keys: operands.keys, sinks: operands.sinks,
          tokens: positions.count)
        for (weight, key) in zip(pattern, visibleKeys(of: query)) {
          let value = (keyValueHead(of: head) * positions.count + key) * d
          for index in 0..<d {
            mixed.values[query * mixed.width + head * d + index] += weight * operands.values[value + index]
          }
        }
      }
    }
    return mixed
  }
}
