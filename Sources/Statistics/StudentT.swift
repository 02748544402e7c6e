import Foundation

/// Student's distribution of t, for any positive number of degrees of freedom.
package enum StudentT {
  /// P(|T| > t) = I_x(ν/2, ½) with x = ν / (ν + t²), the regularised incomplete beta function (Abramowitz and Stegun 26.7.1).
  package static func chance(beyond t: Double, degrees: Double) -> Double {
    let square = t * t
    return regularizedBeta(degrees / (degrees + square), complement: square / (degrees + square), degrees / 2, 0.5)
  }

  /// The t with P(|T| > t) = chance. Newton's steps from 0 rise to it, since the chance falls and is convex.
  /// - Parameter chance: Between 0 and 1, both excluded.
  package static func quantile(chance: Double, degrees: Double) -> Double {
    let logPeak = lgamma((degrees + 1) / 2) - lgamma(degrees / 2) - log(degrees * .pi) / 2
    var t = 0.0
    for _ in 0..<200 {
      let density = exp(logPeak - (degrees + 1) / 2 * log1p(t * t / degrees))
      let step = (self.chance(beyond: t, degrees: degrees) - chance) / (2 * density)
      guard step > t * 1e-14 else { break }
      t += step
    }
    return t
  }

  /// I_x(a, b), by the continued fraction on the side where it converges fast (Abramowitz and Stegun 26.5.8).
  /// - Parameter complement: 1 − x, without its rounding.
  private static func regularizedBeta(_ x: Double, complement: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard complement > 0 else { return 1 }
    guard x < (a + 1) / (a + b + 2) else { return 1 - regularizedBeta(complement, complement: x, b, a) }
    let logFront = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(complement)
    return exp(logFront) / a * betaFraction(x, a, b)
  }

  /// The continued fraction 1/(1 + d₁/(1 + d₂/(1 + …))), by the modified Lentz method.
  private static func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func held(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var (numerator, denominator) = (1.0, 1 / held(1 - (a + b) * x / (a + 1)))
    var result = denominator
    for index in 1...1000 {
      let m = Double(index)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      var factor = 1.0
      for coefficient in [even, odd] {
        denominator = 1 / held(1 + coefficient * denominator)
        numerator = held(1 + coefficient / numerator)
        factor = numerator * denominator
        result *= factor
      }
      if abs(factor - 1) < 1e-15 { break }
    }
    return result
  }
}
