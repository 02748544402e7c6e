import Architectures
import Foundation

@testable import Checkpoints

extension Model {
  func floats(_ linear: Linear, rows: RowSelection? = nil) throws -> [Float] {
    let rows = rows ?? RowSelection(0..<linear.outputs)
    var values = [Float](repeating: .nan, count: rows.count * linear.inputs)
    try values.fill { target throws(CheckpointError) in try weight(linear, rows: rows, into: target) }
    return values
  }

  func floats(row: Int, of table: Embedding) throws -> [Float] {
    var values = [Float](repeating: .nan, count: table.columns)
    try values.fill { target throws(CheckpointError) in try self.row(row, of: table, into: target) }
    return values
  }

  func linear(_ module: String) -> Linear? {
    (description.linears + [description.head.linear]).first { $0.module == module }
  }
}

extension Adaptation {
  /// Everything that changes in a model, by the tensor's name.
  func changes(of description: ModelDescription) throws -> [String: [Double]] {
    var found: [String: [Double]] = [:]
    for linear in description.linears + [description.head.linear] {
      guard let change = try change(of: linear) else { continue }
      found["\(linear.module).weight"] = change.weight
      found["\(linear.module).bias"] = change.bias
    }
    for table in description.tables { found["\(table.module).weight"] = try change(of: table) }
    for (module, change) in norms {
      found["\(module).weight"] = change.gain?.map(Double.init)
      found["\(module).bias"] = change.bias?.map(Double.init)
    }
    return found
  }

  /// All of a linear layer's dW, formed naively; nil where it stays.
  func change(of linear: Linear) throws -> (weight: [Double], bias: [Double])? {
    guard let change = linears[linear.module] else { return nil }
    var weight = [Double](repeating: 0, count: linear.outputs * linear.inputs)
    var bias = [Double](repeating: 0, count: linear.outputs)
    if let dense = change.dense {
      var formed = [Float](repeating: .nan, count: weight.count)
      try formed.fill { target throws(CheckpointError) in try dense.form(RowSelection(0..<linear.outputs), target) }
      weight = formed.map(Double.init)
    }
    for part in change.lowRank {
      for row in 0..<linear.outputs {
        for column in 0..<linear.inputs {
          for inner in 0..<part.rank {
            weight[row * linear.inputs + column] +=
              part.scale * Double(part.b[row * part.rank + inner]) * Double(part.a[inner * linear.inputs + column])
          }
        }
      }
      for (row, value) in (part.bias ?? []).enumerated() { bias[row] += Double(value) }
    }
    for (row, value) in (change.bias ?? []).enumerated() { bias[row] += Double(value) }
    return (weight, bias)
  }

  /// All of a table's change; nil where it stays.
  func change(of table: Embedding) throws -> [Double]? {
    guard let change = embeddings[table.module] else { return nil }
    var result: [Double] = []
    for row in 0..<table.rows {
      var values = [Float](repeating: 0, count: table.columns)
      if change.rows?.contains(row) ?? true {
        try values.fill { target throws(CheckpointError) in try change.form(row, target) }
      }
      result += values.map(Double.init)
    }
    return result
  }
}

/// The largest |found − expected| over the largest |expected|; NaN where one is not finite.
func relativeError(_ found: [Double], _ expected: [Float]) -> Double {
  guard found.count == expected.count else { return .nan }
  let largest = expected.map { abs(Double($0)) }.max() ?? 0
  let error = zip(found, expected).reduce(0.0) { worst, pair in
    let difference = abs(pair.0 - Double(pair.1))
    return difference.isNaN ? .nan : max(worst, difference)
  }
  return largest == 0 ? error : error / largest
}
