import Architectures
import Checkpoints

/// A norm's gain and bias with what the adaptation changes in them; empty arrays where there is none.
struct NormParameters {
  var gain: [Double]
  var bias: [Float]
  var gainChange: [Float]
  var biasChange: [Float]
  /// The mask of both changes.
  var mask: [Double]?

  /// The base's gain of a feature.
  func baseGain(_ feature: Int) -> Double { Self.value(gain, feature, default: 1) }

  /// m·dg.
  func gainChange(_ feature: Int, at position: Int) -> Double {
    (mask?[position] ?? 1) * Self.value(gainChange, feature, default: 0)
  }

  /// b.
  func baseBias(_ feature: Int) -> Double { Self.value(bias, feature, default: 0) }

  /// m·db.
  func biasChange(_ feature: Int, at position: Int) -> Double {
    (mask?[position] ?? 1) * Self.value(biasChange, feature, default: 0)
  }

  private static func value(_ values: [some BinaryFloatingPoint], _ feature: Int, default absent: Double) -> Double {
    values.isEmpty ? absent : Double(values[feature % values.count])
  }
}

extension Norm {
  /// What is subtracted from a group of features, and what it is divided by.
  func moments(of group: ArraySlice<Double>) -> (mean: Double, root: Double) {
    let mean = kind == .layer ? group.reduce(0, +) / Double(width) : 0
    let variance = group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
    return (mean, (variance + epsilon).squareRoot())
  }
}

extension ReferenceModel {
  /// The norm of every group of `width` features of every position; x itself without a norm.
  func normalize(_ x: TokenVectors, _ norm: Norm?) throws(CheckpointError) -> TokenVectors {
    guard let norm else { return x }
    let parameters = try parameters(of: norm)
    var y = x
    for (row, position) in x.positions.enumerated() {
      for group in stride(from: 0, to: x.width, by: norm.width) {
        let start = row * x.width + group
        let (mean, root) = norm.moments(of: x.values[start..<start + norm.width])
        for index in 0..<norm.width {
          let feature = group + index
          let gain = parameters.baseGain(feature) + parameters.gainChange(feature, at: position)
          let bias = parameters.baseBias(feature) + parameters.biasChange(feature, at: position)
          y.values[start + index] = gain * (x.values[start + index] - mean) / root + bias
        }
      }
    }
    return y
  }

  /// A norm's gain and bias with their changes.
  func parameters(of norm: Norm) throws(CheckpointError) -> NormParameters {
    NormParameters(
      gain: try model.exactGain(norm), bias: try model.bias(norm), gainChange: change(of: norm, \.gain),
      biasChange: change(of: norm, \.bias), mask: masks.common.other)
  }

  /// The change of a norm's gain or bias over all its modules; empty where none changes.
  private func change(of norm: Norm, _ part: KeyPath<NormChange, [Float]?>) -> [Float] {
    let changes = norm.modules.map { adaptation?.norms[$0]?[keyPath: part] }
    guard changes.contains(where: { $0 != nil }) else { return [] }
    let length = norm.shape.reduce(1, *)
    return changes.flatMap { $0 ?? [Float](repeating: 0, count: length) }
  }
}
