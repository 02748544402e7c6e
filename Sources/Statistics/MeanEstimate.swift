/// A mean of numbers that were drawn alike, as of several training runs, and how far it may be from that of all such runs.
package struct MeanEstimate: Sendable, Equatable {
  /// The mean.
  package let value: Double
  /// The standard error.
  package let standardError: Double
  /// Degrees of freedom of the standard error.
  package let degrees: Double

  /// The mean, with s/√n and n − 1 degrees of freedom; nil for fewer than two numbers, or where one is none.
  package init?(_ numbers: [Double]) {
    guard numbers.count > 1, numbers.allSatisfy(\.isFinite) else { return nil }
    let count = Double(numbers.count)
    // Equal numbers have themselves as their mean, to the bit.
    let areEqual = numbers.allSatisfy { $0 == numbers[0] }
    let mean = areEqual ? numbers[0] : numbers.reduce(0, +) / count
    let squares = areEqual ? 0 : numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    (value, degrees) = (mean, count - 1)
    standardError = (squares / (count - 1) / count).squareRoot()
  }

  private init(value: Double, standardError: Double, degrees: Double) {
    (self.value, self.standardError, self.degrees) = (value, standardError, degrees)
  }

  /// The difference to a mean over other, unrelated numbers, with degrees of freedom by Welch and Satterthwaite.
  package func less(_ other: MeanEstimate) -> MeanEstimate {
    let (a, b) = (standardError * standardError, other.standardError * other.standardError)
    let degrees = a + b > 0 ? (a + b) * (a + b) / (a * a / degrees + b * b / other.degrees) : degrees + other.degrees
    return MeanEstimate(value: value - other.value, standardError: (a + b).squareRoot(), degrees: degrees)
  }

  /// The 95 % interval.
  package var interval: ClosedRange<Double> {
    let half = standardError * StudentT.quantile(chance: 0.05, degrees: degrees)
    return value - half...value + half
  }

  /// The two-sided chance of a mean as far from 0 where it truly is 0.
  package var chance: Double { StudentT.chance(of: value, standardError: standardError, degrees: degrees) }
}

extension StudentT {
  /// The two-sided chance of a number as far from 0 where it truly is 0; 1 for 0 itself.
  static func chance(of value: Double, standardError: Double, degrees: Double) -> Double {
    if value == 0 { return 1 }
    return standardError > 0 ? chance(beyond: abs(value) / standardError, degrees: degrees) : 0
  }
}
