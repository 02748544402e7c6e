import Architectures
import Foundation

/// A norm and its change in double, by the rules of docs/method.md, each value with the size of what it was summed from.
struct PlainNorm {
  var kind: Norm.Kind
  var width: Int
  var epsilon: Double
  /// One after the other over all groups; empty where the norm has none.
  var gain: [Float]
  var bias: [Float]
  var changes: [(gain: [Float], bias: [Float])]

  /// A value, and the sum of the magnitudes it is made of: rounding errors are a few times eps of that.
  typealias Sized = (value: Double, size: Double)

  /// Sums of `width` in eight lanes, and a few steps after them.
  var roundings: Double { (Double(width) / 8 + 16) * epsilonOfFloat }
  private let epsilonOfFloat = Double(Float.ulpOfOne)

  init(
    kind: Norm.Kind, width: Int, epsilon: Double, gain: [Float], bias: [Float],
    changes: [(gain: [Float], bias: [Float])]
  ) {
    (self.kind, self.width, self.epsilon) = (kind, width, epsilon)
    (self.gain, self.bias, self.changes) = (gain, bias, changes)
  }

  /// The norm with a change added to gain and bias.
  func changed(_ adaptation: Int, mask: Float) -> PlainNorm {
    var result = self
    result.gain = zip(gain, changes[adaptation].gain).map { $0 + mask * $1 }
    result.bias = zip(bias, changes[adaptation].bias).map { $0 + mask * $1 }
    return result
  }

  /// What a group's values are made of.
  private struct Group {
    var mean = 0.0
    var shift = 0.0
    var root: Double
    var changedRoot: Double
    /// 1/r′ − 1/r.
    var inverseChange: Double
    /// The same from magnitudes, and how much an error in r² counts in r′².
    var inverseSize: Double
    var condition: Double
    var meanSize: Double
    var shiftSize: Double
  }

  private func group(_ x: ArraySlice<Float>, _ dx: ArraySlice<Float>) -> Group {
    let n = Double(width)
    func sum(_ values: some Sequence<Double>) -> Double { values.reduce(0, +) / n }
    let isLayer = kind == .layer
    let mean = isLayer ? sum(x.map(Double.init)) : 0
    let shift = isLayer ? sum(dx.map(Double.init)) : 0
    let meanSize = isLayer ? sum(x.map { abs(Double($0)) }) : 0
    let shiftSize = isLayer ? sum(dx.map { abs(Double($0)) }) : 0
    let square = sum(x.map { (Double($0) - mean) * (Double($0) - mean) }) + epsilon
    let delta = sum(zip(x, dx).map { (Double($1) - shift) * (2 * (Double($0) - mean) + Double($1) - shift) })
    let deltaSize = sum(
      zip(x, dx).map {
        (abs(Double($1)) + shiftSize) * (2 * (abs(Double($0)) + meanSize) + abs(Double($1)) + shiftSize)
      })
    let (root, changedRoot) = (square.squareRoot(), (square + delta).squareRoot())
    let product = (root + changedRoot) * root * changedRoot
    let squareSize = sum(x.map { (abs(Double($0)) + meanSize) * (abs(Double($0)) + meanSize) }) + epsilon
    return Group(
      mean: mean, shift: shift, root: root, changedRoot: changedRoot, inverseChange: -delta / product,
      inverseSize: deltaSize / product,
      condition: 1 + squareSize / square + (squareSize + deltaSize) / (changedRoot * changedRoot),
      meanSize: meanSize, shiftSize: shiftSize)
  }

  private func forColumns(
    _ x: [Float], _ dx: [Float], _ body: (Int, Group, _ u: Sized, _ du: Sized) -> Void
  ) {
    for start in stride(from: 0, to: x.count, by: width) {
      let own = group(x[start..<start + width], dx[start..<start + width])
      for column in start..<start + width {
        let (value, change) = (Double(x[column]), Double(dx[column]))
        body(
          column, own, (value - own.mean, abs(value) + own.meanSize), (change - own.shift, abs(change) + own.shiftSize))
      }
    }
  }

  private func gain(_ column: Int) -> Double { gain.isEmpty ? 1 : Double(gain[column % gain.count]) }
  private func bias(_ column: Int) -> Double { bias.isEmpty ? 0 : Double(bias[column % bias.count]) }
  private func gainChange(_ column: Int, _ adaptation: Int) -> Double {
    let own = changes[adaptation].gain
    return own.isEmpty ? 0 : Double(own[column % own.count])
  }
  private func biasChange(_ column: Int, _ adaptation: Int) -> Double {
    let own = changes[adaptation].bias
    return own.isEmpty ? 0 : Double(own[column % own.count])
  }

  /// y.
  func rows(_ x: [Float]) -> [Sized] {
    var result: [Sized] = []
    forColumns(x, [Float](repeating: 0, count: x.count)) { column, own, u, _ in
      let (g, b) = (gain(column), bias(column))
      result.append((g * u.value / own.root + b, own.condition * abs(g) * u.size / own.root + abs(b)))
    }
    return result
  }

  /// dy.
  func changes(_ x: [Float], _ dx: [Float], _ adaptation: Int, _ mask: Float) -> [Sized] {
    var result: [Sized] = []
    forColumns(x, dx) { column, own, u, du in
      let (g, m) = (gain(column), Double(mask))
      let (dg, db) = (gainChange(column, adaptation), biasChange(column, adaptation))
      let value =
        g * (du.value / own.changedRoot + u.value * own.inverseChange)
        + m * (dg * (u.value + du.value) / own.changedRoot + db)
      let size =
        abs(g) * (du.size / own.changedRoot + u.size * own.inverseSize)
        + m * (abs(dg) * (u.size + du.size) / own.changedRoot + abs(db))
      result.append((value, own.condition * size))
    }
    return result
  }

  /// By source, its share of dy: what dW·x, W·dx and dW·dx turn into under the run's own r′, and the rest.
  func sources(_ x: [Float], _ dx: [Float], _ parts: [[Float]], _ adaptation: Int, _ mask: Float) -> [[Sized]] {
    var result = [[Sized]](repeating: [], count: 4)
    let means = parts.map { part in
      stride(from: 0, to: x.count, by: width).map { start in
        let own = part[start..<start + width].map(Double.init)
        return kind == .layer
          ? (own.reduce(0, +) / Double(width), own.reduce(0) { $0 + abs($1) } / Double(width)) : (0, 0)
      }
    }
    forColumns(x, dx) { column, own, u, du in
      let g = gain(column)
      for (source, part) in parts.enumerated() {
        let (mean, size) = means[source][column / width]
        let value = Double(part[column])
        result[source].append(
          (g * (value - mean) / own.changedRoot, own.condition * abs(g) * (abs(value) + size) / own.changedRoot))
      }
      // Changes of gain and bias are the layer's own.
      let (m, dg, db) = (Double(mask), gainChange(column, adaptation), biasChange(column, adaptation))
      result[0][column].value += m * (dg * (u.value + du.value) / own.changedRoot + db)
      result[0][column].size += own.condition * m * (abs(dg) * (u.size + du.size) / own.changedRoot + abs(db))
      result[3].append((g * u.value * own.inverseChange, own.condition * abs(g) * u.size * own.inverseSize))
    }
    return result
  }
}
