import Architectures
import Checkpoints
import Foundation

/// The attention of one layer, head by head, with its operands kept.
struct ReferenceAttention {
  /// (heads × tokens × d).
  var queries: [Double]
  /// (key-value heads × tokens × d).
  var keys: [Double]
  /// What goes to the stream.
  var output: Activations

  init(
    _ attention: AttentionDescription, of model: ReferenceModel, reading x: Activations
  ) throws(CheckpointError) {
    let tokens = x.positions.count
    let d = attention.headDimension
    var q = try model.normalize(model.apply(attention.query, to: x), attention.queryNorm)
    var k = try model.normalize(model.apply(attention.key, to: x), attention.keyNorm)
    if let rotary = attention.rotary {
      rotary.turn(&q, headDimension: d)
      rotary.turn(&k, headDimension: d)
    }
    let queries = Self.byHead(q, headDimension: d)
    let keys = Self.byHead(k, headDimension: d)
    let values = Self.byHead(try model.apply(attention.value, to: x), headDimension: d)

    var mixed = Activations(positions: x.positions, width: attention.queryHeads * d)
    for head in 0..<attention.queryHeads {
      for query in 0..<tokens {
        let pattern = attention.pattern(
          head: head, query: query, queries: queries, keys: keys, tokens: tokens)
        for (weight, key) in zip(pattern, attention.visibleKeys(of: query)) {
          let value = (attention.keyValueHead(of: head) * tokens + key) * d
          for index in 0..<d {
            mixed.values[query * mixed.width + head * d + index] += weight * values[value + index]
          }
        }
      }
    }
    output = try model.apply(Projection(attention.output), to: mixed)
    (self.queries, self.keys) = (queries, keys)
  }

  /// From (tokens × heads·d) to (heads × tokens × d).
  private static func byHead(_ x: Activations, headDimension d: Int) -> [Double] {
    var result: [Double] = []
    for head in 0..<x.width / d {
      for token in 0..<x.positions.count {
        result += x.values[token * x.width + head * d..<token * x.width + (head + 1) * d]
      }
    }
    return result
  }
}

extension AttentionDescription {
  /// The key-value head that a query head reads.
  func keyValueHead(of head: Int) -> Int { head / (queryHeads / keyValueHeads) }

  /// The key positions that a query sees.
  func visibleKeys(of query: Int) -> ClosedRange<Int> { firstKey(of: query)...query }

  /// Softmax of one query's scores over the keys it sees.
  /// - Parameters:
  ///   - queries: (heads × tokens × d).
  ///   - keys: (key-value heads × tokens × d).
  func pattern(head: Int, query: Int, queries: [Double], keys: [Double], tokens: Int) -> [Double] {
    let q = (head * tokens + query) * headDimension
    var row = visibleKeys(of: query).map { key in
      let k = (keyValueHead(of: head) * tokens + key) * headDimension
      var score = 0.0
      for index in 0..<headDimension { score += queries[q + index] * keys[k + index] }
      return softCapped(scale * score, softCap)
    }
    softmax(&row)
    return row
  }
}

extension Rotary {
  /// Turns the leading coordinates of every head by the angles of each position.
  func turn(_ x: inout Activations, headDimension: Int) {
    let table = frequencies.table(promptLength: x.positions.upperBound)
    for (row, position) in x.positions.enumerated() {
      for (pair, frequency) in table.inverseFrequencies.enumerated() {
        let angle = Double(position) * Double(frequency)
        let (c, s) = (cos(angle) * table.attentionFactor, sin(angle) * table.attentionFactor)
        for head in stride(from: row * x.width, to: (row + 1) * x.width, by: headDimension) {
          let (i, j) =
            switch layout {
            case .halves: (head + pair, head + pair + dimensions / 2)
            case .interleaved: (head + 2 * pair, head + 2 * pair + 1)
            }
          let (a, b) = (x.values[i], x.values[j])
          x.values[i] = a * c - b * s
          x.values[j] = b * c + a * s
        }
      }
    }
  }
}
