import Foundation

/// Student's distribution of t, for whole degrees of freedom.
enum StudentT {
  /// P(|T| > t). Finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4; from 1,000 degrees on the normal distribution, which is
  /// the same to three digits.
  static func chance(beyond t: Double, degrees: Int) -> Double {
    guard degrees < 1000 else { return erfc(t / 2.0.squareRoot()) }
    let angle = atan(t / Double(degrees).squareRoot())
    let cosine = cos(angle)
    // Terms cos^k times the product of (j − 1)/j over every other j up to k.
    var (term, sum) = (degrees.isMultiple(of: 2) ? 1.0 : cosine, 0.0)
    var power = degrees.isMultiple(of: 2) ? 0 : 1
    while power <= degrees - 2 {
      sum += term
      power += 2
      term *= cosine * cosine * Double(power - 1) / Double(power)
    }
    let inside = degrees.isMultiple(of: 2) ? sin(angle) * sum : (angle + sin(angle) * sum) * 2 / .pi
    return max(0, 1 - inside)
  }

  /// The t with P(|T| > t) = chance, by bisection of a falling function.
  static func quantile(chance: Double, degrees: Int) -> Double {
    var (low, high) = (0.0, 1e9)
    for _ in 0..<120 {
      let middle = (low + high) / 2
      if self.chance(beyond: middle, degrees: degrees) > chance { low = middle } else { high = middle }
    }
    return high
  }
}
