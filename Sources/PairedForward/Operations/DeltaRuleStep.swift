import Foundation

/// A vector that is as long as 1, x/√(Σx² + ε), times a factor, and its change:
/// (dx + x·loss)/r′ with 1/r′ − 1/r = loss/r′ = −Σ dx(2x + dx)/((r + r′)·r·r′).
struct PairedLength {
  static let epsilon = 1e-6

  static func normalize(_ x: Doubles, _ dx: [Doubles], factor: Double) {
    var squares = 0.0
    for index in 0..<x.count { squares += x[index] * x[index] }
    let root = (squares + epsilon).squareRoot()
    for dx in dx {
      var step = 0.0
      for index in 0..<x.count { step += dx[index] * (2 * x[index] + dx[index]) }
      let changed = max(squares + step, 0) + epsilon
      let inverse = 1 / changed.squareRoot()
      let loss = -step / ((root + changed.squareRoot()) * root)
      for index in 0..<x.count { dx[index] = factor * (dx[index] + x[index] * loss) * inverse }
    }
    for index in 0..<x.count { x[index] *= factor / root }
  }
}

/// The state of one head of a gated delta rule, (keys, values), as it goes from token to token.
final class DeltaRuleState {
  let keys: Int
  let values: Int
  let state: Doubles
  /// S̃ᵀk, β(v − S̃ᵀk), and what is read.
  let recalled: Doubles
  let written: Doubles
  let output: Doubles

  init(keys: Int, values: Int) {
    (self.keys, self.values) = (keys, values)
    state = Doubles(keys * values)
    (recalled, written, output) = (Doubles(values), Doubles(values), Doubles(values))
  }

  /// S̃ = e^g·S, and what is to be written.
  func decay(by g: Double, key: Doubles, value: Doubles, strength: Double) {
    let factor = exp(g)
    for index in 0..<state.count { state[index] *= factor }
    recalled.clear()
    add(state, key, to: recalled)
    for column in 0..<values { written[column] = strength * (value[column] - recalled[column]) }
  }

  /// S = S̃ + k ⊗ r; o = Sᵀq.
  func finish(query: Doubles, key: Doubles) {
    addOuter(key, written, to: state)
    output.clear()
    add(state, query, to: output)
  }

  /// Adds Mᵀx.
  fileprivate func add(_ matrix: Doubles, _ x: Doubles, to y: Doubles) {
    let (rows, target) = (matrix.elements, y.elements)
    for row in 0..<keys {
      let (factor, source) = (x[row], rows + row * values)
      for column in 0..<values { target[column] += factor * source[column] }
    }
  }

  /// Adds x ⊗ y.
  fileprivate func addOuter(_ x: Doubles, _ y: Doubles, to matrix: Doubles) {
    let (rows, source) = (matrix.elements, y.elements)
    for row in 0..<keys {
      let (factor, target) = (x[row], rows + row * values)
      for column in 0..<values { target[column] += factor * source[column] }
    }
  }
}

/// What a run changes in such a state, never as a difference of two states:
/// dS̃ = e^(g + dg)·dS + expm1(dg)·S̃;  dr = dβ(v − S̃ᵀk) + (β + dβ)(dv − dS̃ᵀ(k + dk) − S̃ᵀdk);
/// dS = dS̃ + dk ⊗ r + (k + dk) ⊗ dr;  do = dSᵀq + Sᵀdq + dSᵀdq.
final class DeltaRuleChange {
  let base: DeltaRuleState
  private let state: Doubles
  private let changedKey: Doubles
  private let recalled: Doubles
  private let written: Doubles
  /// dSᵀq, Sᵀdq and dSᵀdq.
  let terms: [Doubles]

  init(of base: DeltaRuleState) {
    self.base = base
    state = Doubles(base.keys * base.values)
    changedKey = Doubles(base.keys)
    (recalled, written) = (Doubles(base.values), Doubles(base.values))
    terms = (0..<3).map { _ in Doubles(base.values) }
  }

  /// What a token changes, between the base's decay and its finish.
  struct Step {
    var (g, dg): (Double, Double)
    var (strength, dStrength): (Double, Double)
  }

  func advance(
    _ step: Step, key: Doubles, dKey: Doubles, value: Doubles, dValue: Doubles
  ) {
    let (kept, lost) = (exp(step.g + step.dg), expm1(step.dg))
    for index in 0..<state.count { state[index] = kept * state[index] + lost * base.state[index] }
    for row in 0..<base.keys { changedKey[row] = key[row] + dKey[row] }
    recalled.clear()
    base.add(state, changedKey, to: recalled)
    base.add(base.state, dKey, to: recalled)
    for column in 0..<base.values {
      written[column] =
        step.dStrength * (value[column] - base.recalled[column])
        + (step.strength + step.dStrength) * (dValue[column] - recalled[column])
    }
    base.addOuter(dKey, base.written, to: state)
    base.addOuter(changedKey, written, to: state)
  }

  /// Reads the change, after the base's finish.
  func finish(query: Doubles, dQuery: Doubles) {
    for term in terms { term.clear() }
    base.add(state, query, to: terms[0])
    base.add(base.state, dQuery, to: terms[1])
    base.add(state, dQuery, to: terms[2])
  }
}
