import Architectures
import Checkpoints
import LinearAlgebra

/// What a drawn adaptation changes.
struct DrawnParts: OptionSet, Sendable {
  var rawValue: Int
  static let lowRank = DrawnParts(rawValue: 1)
  static let dense = DrawnParts(rawValue: 2)
  static let biases = DrawnParts(rawValue: 4)
  static let norms = DrawnParts(rawValue: 8)
  static let tables = DrawnParts(rawValue: 16)
  static let head = DrawnParts(rawValue: 32)
  static let all: DrawnParts = [.lowRank, .dense, .biases, .norms, .tables, .head]
}

extension Adaptation {
  /// A seeded change of a model.
  /// - Parameters:
  ///   - size: About how large it is beside the base's weights.
  ///   - chosen: Which modules it changes, by name.
  static func drawn(
    for model: ModelDescription, seed: Int, size: Double = 0.1, _ parts: DrawnParts = .lowRank,
    where isChosen: (String) -> Bool = { _ in true }
  ) -> Adaptation {
    var samples = Samples(seed: seed)
    var result = Adaptation(name: "drawn \(seed)", kind: .lora, fingerprint: "")
    let linears = model.linears + (parts.contains(.head) ? [model.head.linear] : [])
    for linear in linears where isChosen(linear.module) {
      result.linears[linear.module] = LinearChange(drawnFor: linear, size: size, parts, &samples)
    }
    if parts.contains(.norms) {
      for norm in model.norms where !norm.modules.isEmpty && isChosen(norm.modules[0]) {
        let length = norm.shape.reduce(1, *)
        // Of several modules the last stays as it is.
        for module in norm.modules.dropLast(norm.modules.count > 1 ? 1 : 0) {
          result.norms[module] = NormChange(
            gain: samples.floats(length, scale: size), bias: norm.hasBias ? samples.floats(length, scale: size) : nil)
        }
      }
    }
    if parts.contains(.norms) {
      // A sink's logit is about as large as a score.
      for attention in model.layers.map(\.attention) where attention.sinks.map(isChosen) ?? false {
        result.sinks[attention.sinks ?? ""] = samples.floats(attention.queryHeads, scale: 4 * size)
      }
    }
    if parts.contains(.tables) {
      for (index, table) in model.tables.enumerated() where isChosen(table.module) {
        let values = samples.floats(table.rows * table.columns, scale: size)
        let columns = table.columns
        result.embeddings[table.module] = EmbeddingChange(
          isLowRank: index == 0, rows: index == 0 ? Set((0..<table.rows).filter { $0 % 3 != 1 }) : nil
        ) { row, target in
          for column in 0..<columns { target[column] = values[row * columns + column] }
        }
      }
    }
    return result
  }
}

extension LinearChange {
  /// A seeded change of one layer.
  fileprivate init(drawnFor linear: Linear, size: Double, _ parts: DrawnParts, _ samples: inout Samples) {
    self.init()
    let scale = 1 / Double(linear.inputs).squareRoot()
    if parts.contains(.lowRank) {
      let rank = 3
      let a = samples.floats(rank * linear.inputs, scale: 2 * scale)
      let b = samples.floats(linear.outputs * rank, scale: size)
      let bias = parts.contains(.biases) ? samples.floats(linear.outputs, scale: size) : nil
      lowRank = [LowRank(rank: rank, scale: 0.75, a: a, b: b, bias: bias)]
    }
    if parts.contains(.dense) {
      let values = samples.floats(linear.outputs * linear.inputs, scale: size * scale)
      let inputs = linear.inputs
      dense = DenseChange { rows, target in
        var next = target
        for run in rows.runs {
          for index in run.lowerBound * inputs..<run.upperBound * inputs {
            next.pointee = values[index]
            next += 1
          }
        }
      }
    }
    if parts.contains(.biases) { bias = samples.floats(linear.outputs, scale: size) }
  }
}
