import Architectures
import Checkpoints
import Foundation
import LinearAlgebra
import Testing

@testable import PairedForward

/// Every delta rule that is more than products and sums, on random inputs whose sizes run from 1e-30 to 1e30, against double.
/// With optimisation there are 10⁶ inputs a rule, without it 20,000.
@Suite struct RandomScaleTests {
  #if DEBUG
    private static let inputs = 20_000
  #else
    private static let inputs = 1_000_000
  #endif

  /// A number of either sign and a size from 1e-30 to 1e30, or nearly the opposite of another, where rules cancel.
  private func draw(_ samples: inout Samples, against other: Double? = nil) -> Float {
    if let other, samples.below(8) == 0 {
      return Float(-other * (1 + samples.next() * pow(10, -4 * abs(samples.next()))))
    }
    // Half of the inputs have sizes that occur.
    let exponent = samples.below(2) == 0 ? samples.next() * 30 : samples.next() * 3
    return Float(samples.next() * pow(10, exponent))
  }

  /// σ(w), with the small side to full precision.
  private func sigmoid(_ w: Double) -> Double { w < 0 ? exp(w) / (1 + exp(w)) : 1 / (1 + exp(-w)) }

  /// σ(b) − σ(a), without cancellation for a small b − a.
  private func sigmoidChange(_ a: Double, _ b: Double, _ difference: Double) -> Double {
    difference < 0 ? sigmoid(a) * sigmoid(-b) * expm1(difference) : -sigmoid(b) * sigmoid(-a) * expm1(-difference)
  }

  /// a(x + dx) − a(x), and the magnitudes it is made of.
  private func change(_ activation: Activation, _ x: Double, _ dx: Double) -> (value: Double, size: Double) {
    let scale = 2 * (2 / Double.pi).squareRoot()
    func gated(_ w: (Double) -> Double, _ difference: Double) -> (value: Double, size: Double) {
      let (start, end) = (w(x), w(x + dx))
      let gate = sigmoidChange(start, end, difference)
      return (dx * sigmoid(end) + x * gate, abs(dx) * sigmoid(end) + abs(x * gate))
    }
    switch activation {
    case .silu: return gated({ $0 }, dx)
    case .quickGelu: return gated({ 1.702 * $0 }, 1.702 * dx)
    case .geluTanh:
      return gated(
        { scale * ($0 + 0.044715 * $0 * $0 * $0) }, scale * dx * (1 + 0.044715 * (3 * x * x + 3 * x * dx + dx * dx)))
    case .reluSquared:
      // max(x, 0)² changes by dr·(2r + dr).
      let r = max(x, 0)
      let dr = x > 0 && x + dx > 0 ? dx : max(x + dx, 0) - r
      return (dr * (2 * r + dr), abs(dr) * (2 * r + abs(dr)) + abs(dx) * 1e-30)
    case .xielu: return xielu(x, dx)
    case .relu: return (x > 0 && x + dx > 0 ? dx : max(x + dx, 0) - max(x, 0), abs(dx))
    case .gelu:
      let half = 0.5.squareRoot()
      let (start, end) = (0.5 * erfc(-x * half), 0.5 * erfc(-(x + dx) * half))
      let step =
        abs(dx) < 1e-5
        ? dx * exp(-0.5 * (x + 0.5 * dx) * (x + 0.5 * dx)) / (2 * Double.pi).squareRoot()
        : x + dx > 0 && x > 0 ? 0.5 * (erfc(x * half) - erfc((x + dx) * half)) : end - start
      return (dx * end + x * step, abs(dx) * end + abs(x * step))
    }
  }

  /// By case: both positive, neither, or across zero.
  private func xielu(_ x: Double, _ dx: Double) -> (value: Double, size: Double) {
    let numbers = ActivationNumbers.sample
    let (beta, bound) = (Double(numbers.beta), Double(numbers.epsilon))
    let positive = log1p(exp(Double(numbers.alphaP)))
    let negative = beta + log1p(exp(Double(numbers.alphaN)))
    let end = x + dx
    if x > 0, end > 0 {
      return (dx * (positive * (2 * x + dx) + beta), abs(dx) * (positive * (2 * abs(x) + abs(dx)) + beta))
    }
    if x <= 0, end <= 0 {
      let (low, next) = (min(x, bound), min(end, bound))
      let step = low == x && next == end ? dx : next - low
      let power = step < 0 ? exp(low) * expm1(step) : -exp(next) * expm1(-step)
      return (negative * power + (beta - negative) * dx, negative * abs(power) + 2 * abs(dx))
    }
    let (before, after) = (plainXIELU(x, numbers), plainXIELU(end, numbers))
    return (after - before, 2 * abs(after) + 2 * abs(before) + 2 * abs(x) + 2 * abs(dx))
  }

  @Test(arguments: Activation.allCases) func `Activations`(activation: Activation) {
    var samples = Samples(seed: 11)
    var agreement = Agreement()
    for _ in 0..<Self.inputs / 8 {
      var (x, dx) = (Lanes(), Lanes())
      for lane in 0..<8 {
        x[lane] = draw(&samples)
        dx[lane] = draw(&samples, against: Double(x[lane]))
        // Squares of larger numbers are beyond single precision.
        guard [.reluSquared, .xielu].contains(activation) else { continue }
        (x[lane], dx[lane]) = (min(max(x[lane], -1e15), 1e15), min(max(dx[lane], -1e15), 1e15))
      }
      let pair = PairedActivation.sample(activation).pair(x, dx)
      for lane in 0..<8 {
        let (a, da) = (Double(x[lane]), Double(dx[lane]))
        let expected = change(activation, a, da)
        // x and x + dx are rounded before their exponential is taken; e⁻⁸⁷ stands for all smaller powers.
        let rounding = 2e-6 + 4 * epsilon * min(abs(a) + abs(da), 100)
        agreement.check(
          pair.delta[lane], expected.value, within: rounding * expected.size + 2e-7 * min(abs(da), 1e-30 + abs(da)),
          "\(activation) of \(a) + \(da)")
      }
    }
    agreement.verify()
  }

  @Test func `Soft caps`() {
    var samples = Samples(seed: 12)
    var agreement = Agreement()
    for _ in 0..<Self.inputs / 8 {
      let cap = abs(draw(&samples)) + 1e-30
      let scores = (0..<8).map { _ in draw(&samples) }
      let changes = scores.map { draw(&samples, against: Double($0)) }
      var capped = changes
      softCapChange(scores, &capped, count: 8, cap: cap)
      for (index, score) in scores.enumerated() {
        let (a, d) = (Double(score) / Double(cap), Double(changes[index]) / Double(cap))
        let isOut = min(abs(a), abs(a + d)) > 40 && a * (a + d) > 0
        let far = max(abs(a), abs(a + d)) > 300
        let expected =
          isOut
          ? 0
          : far ? Double(cap) * (tanh(a + d) - tanh(a)) : Double(changes[index]) * ratio(d) / (cosh(a) * cosh(a + d))
        // Quotients are rounded before their exponential is taken.
        let rounding = 4e-6 + 4 * epsilon * min(abs(a) + abs(d), 100)
        agreement.check(
          capped[index], expected, within: rounding * abs(expected) + 1e-14 * Double(cap) * min(abs(d), 1) + 1e-37,
          "\(score) + \(changes[index]) under \(cap)")
      }
    }
    agreement.verify()
  }

  /// sinh d / d.
  private func ratio(_ d: Double) -> Double { abs(d) < 1e-4 ? 1 + d * d / 6 : sinh(d) / d }

  @Test(arguments: [Norm.Kind.rootMeanSquare, .layer]) func `Norms`(kind: Norm.Kind) throws {
    let width = 9
    try NormCase(kind: kind, width: width, modules: 0).with { norm, plain in
      var samples = Samples(seed: 13)
      var agreement = Agreement()
      for _ in 0..<Self.inputs / width {
        let scale = pow(10, samples.next() * 28)
        let x = samples.floats(width, scale: scale)
        let opposite = samples.below(4) == 0
        let size = opposite ? scale * pow(10, -3 * abs(samples.next())) : pow(10, samples.next() * 28)
        let dx = x.map { Float((opposite ? -Double($0) : 0) + samples.next() * size) }
        var dy = dx
        norm.applyDelta(x, dx, count: width, adaptation: 1, mask: 1, into: &dy)
        for (column, expected) in normChanges(x, dx, isLayer: kind == .layer, epsilon: plain.epsilon).enumerated() {
          agreement.check(dy[column], expected.value, within: 1e-5 * expected.size + 1e-37, "\(x) + \(dx)")
        }
      }
      agreement.verify()
    }
  }

  /// dy in double, and the magnitudes that it is made of.
  private func normChanges(_ x: [Float], _ dx: [Float], isLayer: Bool, epsilon: Double) -> [(
    value: Double, size: Double
  )] {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let (a, d) = (x.map(Double.init), dx.map(Double.init))
    let (centre, shift) = isLayer ? (mean(a), mean(d)) : (0, 0)
    let (u, du) = (a.map { $0 - centre }, d.map { $0 - shift })
    let changed = zip(a, d).map { $0 + $1 - (isLayer ? mean(zip(a, d).map(+)) : 0) }
    let root = (mean(u.map { $0 * $0 }) + epsilon).squareRoot()
    let changedRoot = (mean(changed.map { $0 * $0 }) + epsilon).squareRoot()
    let delta = mean(zip(u, du).map { $1 * (2 * $0 + $1) })
    let inverseChange = -delta / ((root + changedRoot) * root * changedRoot)
    // Means are rounded as the largest of their numbers.
    let (most, mostChange) = isLayer ? (mean(a.map(abs)), mean(d.map(abs))) : (0, 0)
    return u.indices.map { column in
      let isSteep = changedRoot < 0.9 * root
      let value =
        isSteep
        ? changed[column] / changedRoot - u[column] / root : du[column] / changedRoot + u[column] * inverseChange
      let size =
        isSteep
        ? abs(changed[column]) / changedRoot + abs(u[column]) / root + (most + mostChange) / changedRoot
        : (abs(du[column]) + mostChange) / changedRoot + (abs(u[column]) + most)
          * max(abs(inverseChange), mostChange / root / root)
      return (value, size)
    }
  }

  @Test func `Softmax`() {
    let count = 9
    var samples = Samples(seed: 14)
    var agreement = Agreement()
    for _ in 0..<Self.inputs / count {
      let scores = samples.floats(count, scale: pow(10, samples.next() * (samples.below(2) == 0 ? 30 : 2)))
      let change = samples.floats(count, scale: pow(10, samples.next() * (samples.below(2) == 0 ? 30 : 2)))
      let (s, d) = (scores.map(Double.init), change.map(Double.init))
      let largest = d.map(abs).max() ?? 0
      var (p, dp, spare) = (scores, change, change)
      pairedSoftmax(&p, &dp, count: count, spare: &spare)
      // A float's rounding of scores that large decides the pattern.
      let rounding = 4e-6 + 2 * epsilon * ((s.map(abs).max() ?? 0) + largest)
      let (before, after) = (pattern(s), pattern(zip(s, d).map(+)))
      let level = log1p(zip(before, d).reduce(0) { $0 + $1.0 * expm1($1.1) })
      for column in 0..<count {
        let expected = largest < 1 ? before[column] * expm1(d[column] - level) : after[column] - before[column]
        let size = largest < 1 ? before[column] * largest : max(before[column], after[column])
        agreement.check(
          dp[column], expected, within: min(rounding, 1) * (rounding < 1 ? size : 1) + 1e-36, "\(scores) + \(change)")
      }
    }
    agreement.verify()
  }

  private func pattern(_ scores: [Double]) -> [Double] {
    let top = scores.max() ?? 0
    let powers = scores.map { exp($0 - top) }
    return powers.map { $0 / powers.reduce(0, +) }
  }
}
