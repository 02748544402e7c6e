import Architectures
import Checkpoints
import Foundation

/// The attention of one layer, head by head, with its operands kept.
struct ReferenceAttention {
  /// (heads × tokens × d).
  var queries: [Double]
  /// (key-value heads × tokens × d).
  var keys: [Double]
  /// (heads × tokens × tokens).
  var patterns: [Double]
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

    var patterns = [Double](repeating: 0, count: attention.queryHeads * tokens * tokens)
    var mixed = Activations(positions: x.positions, width: attention.queryHeads * d)
    for head in 0..<attention.queryHeads {
      let group = head / (attention.queryHeads / attention.keyValueHeads)
      for query in 0..<tokens {
        let visible = attention.firstKey(of: query)...query
        var row = visible.map { key in
          softCapped(
            attention.scale
              * Self.dot(queries, (head * tokens + query) * d, keys, (group * tokens + key) * d, d),
            attention.softCap)
        }
        softmax(&row)
        for (key, weight) in zip(visible, row) {
          patterns[(head * tokens + query) * tokens + key] = weight
          for index in 0..<d {
            mixed.values[query * mixed.width + head * d + index] +=
              weight * values[(group * tokens + key) * d + index]
          }
        }
      }
    }
    output = try model.apply(Projection(attention.output), to: mixed)
    (self.queries, self.keys, self.patterns) = (queries, keys, patterns)
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

  private static func dot(_ a: [Double], _ i: Int, _ b: [Double], _ j: Int, _ count: Int) -> Double {
    var sum = 0.0
    for index in 0..<count { sum += a[i + index] * b[j + index] }
    return sum
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
