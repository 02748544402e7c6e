import Foundation
import LinearAlgebra
import Statistics
import Testing

@Suite struct RatioEstimateTests {
  @Test func `With equal wholes it is the interval of a mean`() throws {
    let values = [0.1, 0.9, 0.3, 0.7, 0.2]
    let estimate = try #require(RatioEstimate(values.map { (part: 2 * $0, whole: 2.0) }))
    let mean = values.reduce(0, +) / 5
    // h = 1/5, so that e = (A − θB)·5/4; its root sum of squares over ΣB is s/√n·√(n/(n − 1)).
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4
    #expect(abs(estimate.value - mean) < 1e-15)
    #expect(abs(estimate.standardError - (variance / 5).squareRoot() * (5.0 / 4).squareRoot()) < 1e-15)
    #expect(abs(estimate.degrees - 4) < 1e-12)
    let half = estimate.interval.upperBound - mean
    #expect(abs(half / estimate.standardError - 2.7764451052) < 1e-9, "t with four degrees of freedom")
  }

  @Test func `Sums alone give nearly the same interval`() throws {
    let prompts = (0..<40).map { index -> (part: Double, whole: Double) in
      (0.3 + 0.1 * Double(index % 7), 1 + 0.2 * Double(index % 5))
    }
    func moments(_ prompts: [(part: Double, whole: Double)]) -> ClosedRange<Double>? {
      var sums = RatioMoments(count: 0, part: 0, whole: 0, partSquare: 0, product: 0, wholeSquare: 0)
      for prompt in prompts {
        sums.count += prompt.whole == 0 ? 0 : 1
        sums.part += prompt.part
        sums.whole += prompt.whole
        sums.partSquare += prompt.part * prompt.part
        sums.product += prompt.part * prompt.whole
        sums.wholeSquare += prompt.whole * prompt.whole
      }
      return sums.interval
    }
    let (few, many) = (try #require(RatioEstimate.interval(prompts)), try #require(moments(prompts)))
    let width = few.upperBound - few.lowerBound
    #expect(
      abs(few.lowerBound - many.lowerBound) < 0.03 * width && abs(few.upperBound - many.upperBound) < 0.03 * width)
    #expect(moments([(3, 4)]) == nil && moments([(3, 4), (0, 0)]) == nil && moments([(1, 2), (1, -2)]) == nil)
    #expect(moments([(.nan, 1), (1, 1)]) == nil && moments([(3, 4), (3, 4)]) == 0.75...0.75)
  }

  @Test func `One prompt tells nothing of others`() {
    #expect(RatioEstimate([(3, 4)]) == nil)
    #expect(RatioEstimate([(0, 0), (3, 4), (0, 0)]) == nil)
    #expect(RatioEstimate([(1, 2), (1, -2)]) == nil, "the whole is nothing")
    #expect(RatioEstimate([(1, 5), (1, -1)]) == nil, "one prompt has more than all of the whole")
    #expect(RatioEstimate([(.nan, 1), (1, 1)]) == nil && RatioEstimate([(.infinity, 1), (1, 1)]) == nil)
    #expect(RatioEstimate.interval([(3, 4), (3, 4), (0, 0)]) == 0.75...0.75)
  }

  @Test func `A difference does not take missing for zero`() {
    let none = [(part: 0.0, whole: 0.0)] + Array(repeating: (part: 0.0, whole: 0.0), count: 3)
    let whole = [(part: 1.0, whole: 2.0), (1, 2), (0, 0), (0, 0)]
    #expect(RatioEstimate.differenceInterval(whole, none) == 0.5...0.5)
    #expect(RatioEstimate.differenceInterval([(1, 2), (0, 0), (0, 0), (0, 0)], none) == nil)
    #expect(RatioEstimate.differenceInterval(whole, [(1, 4), (0, 0), (0, 0), (0, 0)]) == nil)
    #expect(RatioEstimate.differenceInterval(whole, [(0, 0), (0, 0), (1, 4), (1, 4)]) == 0.25...0.25)
    #expect(RatioEstimate.differenceInterval(none, none) == nil)
  }

  @Test func `What two ratios have in common cancels, and the difference turns with them`() throws {
    let noise = [0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6]
    let second = noise.map { (part: $0, whole: 1.0) }
    let difference = try #require(RatioEstimate.differenceInterval(noise.map { ($0 + 0.05, 1.0) }, second))
    #expect(abs(difference.lowerBound - 0.05) < 1e-12 && abs(difference.upperBound - 0.05) < 1e-12)
    let alone = try #require(RatioEstimate.interval(second))
    #expect(alone.upperBound - alone.lowerBound > 0.1)
    let halves = noise.map { (part: $0 / 2, whole: 1.0) }
    let one = try #require(RatioEstimate.differenceInterval(second, halves))
    let other = try #require(RatioEstimate.differenceInterval(halves, second))
    #expect(one.lowerBound == -other.upperBound && one.upperBound == -other.lowerBound)
  }

  /// Prompts whose lengths differ by up to a factor of e⁴, whose shares vary with a standard deviation of 0.2 around 0.4.
  @Test(arguments: [5, 8, 20, 48]) func `Intervals cover 94 to 97 % of such prompts' ratios`(count: Int) throws {
    var generator = SplitMix64(seed: 7)
    for spread in [0.0, 1.0] {
      var covered = 0
      let runs = 2000
      for _ in 0..<runs {
        let prompts = (0..<count).map { _ -> (part: Double, whole: Double) in
          let whole = exp(spread * generator.nextGaussian())
          return (whole * (0.4 + 0.2 * generator.nextGaussian()), whole)
        }
        if try #require(RatioEstimate.interval(prompts)).contains(0.4) { covered += 1 }
      }
      #expect(
        (0.935...0.975).contains(Double(covered) / Double(runs)), "\(count) prompts, spread \(spread): \(covered)")
    }
  }
}

extension SplitMix64 {
  /// A standard normal number, by Box and Muller.
  fileprivate mutating func nextGaussian() -> Double {
    (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
  }
}
