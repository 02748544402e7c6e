import Foundation
import Vocabulary

@testable import PairedForward

/// One head of one prompt in double: scores, terms, pattern, and what a run changes in them, pair by pair.
struct PlainAttention {
  var dimension: Int
  var scale: Double
  var softCap: Double?
  var window: Int?
  /// (tokens, dimension) each.
  var query: [[Double]]
  var key: [[Double]]
  var value: [[Double]]

  /// The change of the operands under a run; zero rows where nothing changes.
  struct Change {
    var query: [[Double]]
    var key: [[Double]]
    var value: [[Double]]
    /// By operand and source, what the change is made of; empty where nobody asks.
    var sources: [[[[Double]]]] = []
    var filter = HeadFilter(clauses: [])

    /// The change of an operand's row less the sources that are left out.
    func kept(_ operand: Operand, _ row: Int, _ dropped: PartSet) -> [Double] {
      let whole = [key, query, value][operand.rawValue][row]
      guard dropped.hasSources else { return whole }
      return Source.allCases.reduce([Double](repeating: 0, count: whole.count)) { sum, source in
        dropped.contains(.source(source, of: operand))
          ? sum : zip(sum, sources[operand.rawValue][source.rawValue][row]).map { $0 + $1 }
      }
    }
  }

  /// A row of values, each with the sum of the magnitudes it is made of.
  struct Row {
    var value: [Double] = []
    var size: [Double] = []

    mutating func append(_ value: Double, _ size: Double) {
      self.value.append(value)
      self.size.append(size)
    }
  }

  /// What one query does.
  struct Result {
    var keys: Range<Int>
    /// Before a cap.
    var scores = Row()
    var dKtQ = Row()
    var KtdQ = Row()
    var dKtdQ = Row()
    /// With the error that a float's pattern may have.
    var pattern = Row()
    var patternChange = Row()
    /// z and dz.
    var output = Row()
    var outputChange = Row()
  }

  /// Steps of rounding in a score.
  private var roundings: Double { Double(dimension + 24) * Double(Float.ulpOfOne) }

  func attend(_ position: Int, _ change: Change) -> Result {
    let keys = (window.map { max(0, position - $0 + 1) } ?? 0)..<position + 1
    var result = Result(keys: keys)
    var (scores, changes): ([Double], [Double]) = ([], [])
    var (reach, moved) = (0.0, 0.0)
    var dropped: [PartSet] = []
    for other in keys {
      let own = change.filter.plainParts(position, other)
      let (s, sSize) = product(query[position], key[other])
      let byKey = product(query[position], change.key[other])
      let byQuery = product(change.query[position], key[other])
      let byBoth = product(change.query[position], change.key[other])
      result.scores.append(s, sSize)
      result.dKtQ.append(byKey.0, byKey.1)
      result.KtdQ.append(byQuery.0, byQuery.1)
      result.dKtdQ.append(byBoth.0, byBoth.1)
      let (dq, dk) = (change.kept(.query, position, own), change.kept(.key, other, own))
      let terms = [
        own.contains(.dKtQ) ? (0, 0) : product(query[position], dk),
        own.contains(.KtdQ) ? (0, 0) : product(dq, key[other]),
        own.contains(.dKtdQ) ? (0, 0) : product(dq, dk),
      ]
      scores.append(s)
      changes.append(terms.reduce(0) { $0 + $1.0 })
      reach = max(reach, sSize)
      // What is left out was computed with what stays, in one sum of the sources.
      moved = max(moved, terms.reduce(0) { $0 + $1.1 })
      dropped.append(own)
    }
    if let softCap {
      for index in scores.indices {
        let (a, d) = (scores[index] / softCap, changes[index] / softCap)
        scores[index] = softCap * tanh(a)
        changes[index] =
          abs(a) > 300 || abs(a + d) > 300
          ? softCap * (tanh(a + d) - tanh(a)) : softCap * sinh(d) / (cosh(a) * cosh(a + d))
      }
    }
    let (p, dp) = softmax(scores, changes)
    let rounding = roundings * (1 + reach + moved)
    for index in keys.indices.map({ $0 - keys.lowerBound }) {
      result.pattern.append(p[index], roundings * (1 + reach) * p[index] + 1e-36)
      result.patternChange.append(
        dp[index], rounding * min(1, moved) * max(p[index], p[index] + dp[index]) + 1e-36 * min(1, moved))
    }
    mix(&result, change, dropped, roundings * (1 + reach))
    return result
  }

  /// z and dz: dp·v + p·dv + dp·dv, but for what is left out.
  private func mix(_ result: inout Result, _ change: Change, _ dropped: [PartSet], _ rounding: Double) {
    let steps = Double(result.keys.count + 16) * Double(Float.ulpOfOne)
    for column in 0..<dimension {
      var (z, zSize, dz, dzSize) = (0.0, 0.0, 0.0, 0.0)
      for (index, other) in result.keys.enumerated() {
        let (p, dp) = (result.pattern.value[index], result.patternChange.value[index])
        let error = result.patternChange.size[index]
        let v = value[other][column]
        let dv = change.kept(.value, other, dropped[index])[column]
        z += p * v
        zSize += (rounding + steps) * p * abs(v)
        let own = dropped[index]
        if !own.contains(.dPV) { (dz, dzSize) = (dz + dp * v, dzSize + (steps * abs(dp) + error) * abs(v)) }
        if !own.contains(.PdV) { (dz, dzSize) = (dz + p * dv, dzSize + (rounding + steps) * p * abs(dv)) }
        // The sum v + dv is rounded, so that dp·v counts where dp·dv stays.
        if !own.contains(.dPdV) {
          (dz, dzSize) = (dz + dp * dv, dzSize + (steps * abs(dp) + error) * (abs(dv) + abs(v)))
        }
      }
      result.output.append(z, zSize + 1e-35)
      result.outputChange.append(dz, dzSize)
    }
  }

  private func product(_ a: [Double], _ b: [Double]) -> (Double, Double) {
    var (sum, size) = (0.0, 0.0)
    for index in 0..<dimension {
      let term = a[index] * b[index]
      sum += term
      size += abs(term)
    }
    return (scale * sum, abs(scale) * size)
  }

  /// The softmax of some scores, and how it changes: p·expm1(Δ − ℓ), with ℓ the change of the log-sum-exp.
  private func softmax(_ scores: [Double], _ changes: [Double]) -> (p: [Double], change: [Double]) {
    let top = scores.max() ?? 0
    let powers = scores.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    let p = powers.map { $0 / sum }
    let largest = changes.reduce(0) { max($0, abs($1)) }
    if largest < 1 {
      let level = log1p(zip(p, changes).reduce(0) { $0 + $1.0 * expm1($1.1) })
      return (p, zip(p, changes).map { $0 * expm1($1 - level) })
    }
    let changed = zip(scores, changes).map { $0 + $1 }
    let changedTop = changed.max() ?? 0
    let changedPowers = changed.map { exp($0 - changedTop) }
    let changedSum = changedPowers.reduce(0, +)
    return (p, zip(changedPowers, p).map { $0 / changedSum - $1 })
  }
}
