import Foundation
import LinearAlgebra
import Testing

@Suite struct ExponentialTests {
  /// Arguments over the whole range, dense around zero.
  private let arguments = (-200...200).map { Float($0) * 0.43 } + (-60...60).map { Float($0) * 0.0137 }

  @Test func exponentialIsAccurate() {
    for x in arguments {
      let expected = exp(Double(x))
      let error = abs(Double(exponential(Lanes(repeating: x))[3]) - expected) / expected
      #expect(!(error > 2e-7), "exp(\(x))")
    }
  }

  @Test func exponentialMinusOneIsAccurateInRelativeTerms() {
    for x in arguments + [1e-20, -1e-20, 1e-7, -1e-7] where x != 0 {
      let expected = expm1(Double(x))
      let error = abs((Double(exponentialMinusOne(Lanes(repeating: x))[5]) - expected) / expected)
      #expect(!(error > 4e-7), "expm1(\(x))")
    }
    #expect(exponentialMinusOne(Lanes()) == Lanes())
  }

  @Test func doublesAreAccurateInRelativeTerms() {
    let arguments = (-1600...1600).map { Double($0) * 0.43 } + (-60...60).map { Double($0) * 0.0137 }
    for x in arguments + [1e-20, -1e-20, 1e-7, -1e-7] where x != 0 {
      let found = exponentials(DoubleLanes(repeating: x))
      #expect(!(abs(found.exp[3] - exp(x)) > 1e-15 * exp(x)), "exp(\(x))")
      #expect(!(abs(found.expm1[5] - expm1(x)) > 1e-15 * abs(expm1(x))), "expm1(\(x))")
    }
    #expect(exponentials(DoubleLanes()) == (DoubleLanes(repeating: 1), DoubleLanes()))
    for x in [-1e300, -1000, 1000, 1e300] {
      let found = exponentials(DoubleLanes(repeating: x)).exp[0]
      #expect(found.isFinite && found > 0)
    }
    #expect(exponentials(DoubleLanes(repeating: .nan)).expm1[0].isNaN)
  }

  @Test func argumentsBeyondTheRangeStayFinite() {
    for x: Float in [-1e30, -1000, 1000, 1e30] {
      let value = exponential(Lanes(repeating: x))[0]
      #expect(value.isFinite && value > 0)
    }
  }
}
