import LinearAlgebra
import Statistics
import Testing

@Suite struct HolmTests {
  @Test func `Chances are those of the procedure by hand, in whatever order`() {
    let adjusted = Holm.adjusted([0.01, 0.04, nil, 0.03, 0.005])
    let expected: [Double?] = [0.03, 0.06, nil, 0.06, 0.02]
    for (found, value) in zip(adjusted, expected) {
      #expect((found == nil) == (value == nil) && abs((found ?? 0) - (value ?? 0)) < 1e-15)
    }
    #expect(Holm.adjusted([0.5, 0.6]) == [1, 1] && Holm.adjusted([]) == [] && Holm.adjusted([nil]) == [nil])
    #expect(Holm.adjusted([0.02]) == [0.02], "one test is as it is")
  }

  @Test func `Of many true hypotheses any is rejected in one case of twenty at most`() {
    var random = SplitMix64(seed: 5)
    let trials = 4000
    let hits = (0..<trials).count { _ in
      Holm.adjusted((0..<30).map { _ in random.unit() }).contains { ($0 ?? 1) < 0.05 }
    }
    // 1 − 0.95^… of independent tests is 4.9 %; four standard errors above and below.
    #expect(abs(Double(hits) / Double(trials) - 0.0488) < 4 * (0.0488 * 0.9512 / Double(trials)).squareRoot())
  }
}

@Suite struct MeanEstimateTests {
  @Test func `A mean has Student's interval over its numbers`() throws {
    let estimate = try #require(MeanEstimate([1, 2, 6]))
    #expect(estimate.value == 3 && estimate.degrees == 2)
    #expect(abs(estimate.standardError - (7.0 / 3).squareRoot()) < 1e-15)
    // t of 2 degrees at 95 % is 4.30265.
    #expect(abs(estimate.interval.upperBound - 3 - 4.302652729911 * (7.0 / 3).squareRoot()) < 1e-9)
    #expect(abs(estimate.chance - StudentT.chance(beyond: 3 / (7.0 / 3).squareRoot(), degrees: 2)) < 1e-15)
    #expect(MeanEstimate([1]) == nil && MeanEstimate([]) == nil && MeanEstimate([1, .nan]) == nil)
    let equal = try #require(MeanEstimate([0.1, 0.1, 0.1]))
    #expect(equal.value == 0.1 && equal.standardError == 0 && equal.chance == 0)
    #expect(try #require(MeanEstimate([0, 0])).chance == 1)
  }

  @Test func `Means of other numbers differ by Welch`() throws {
    let (one, other) = (try #require(MeanEstimate([5.1, 4.9, 6.2, 5.8])), try #require(MeanEstimate([4.1, 4.4, 3.0])))
    let difference = one.less(other)
    #expect(abs(difference.value - 1.6666666666666665) < 1e-12)
    // Degrees by the formula and the chance by mpmath's betainc, in Python.
    #expect(abs(difference.degrees - 3.8750904151865355) < 1e-9 && abs(difference.chance - 0.03469877221089595) < 1e-9)
    #expect(difference.interval.contains(difference.value))
  }

  @Test func `Its interval covers the mean of normal numbers in 95 of 100 cases`() {
    var random = SplitMix64(seed: 8)
    func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + random.unit() } }
    let trials = 4000
    for count in [3, 5] {
      let hits = (0..<trials).count { _ in
        MeanEstimate((0..<count).map { _ in 2 + normal() })?.interval.contains(2) ?? false
      }
      #expect(abs(Double(hits) / Double(trials) - 0.95) < 0.015, "\(count) runs: \(hits)")
    }
  }
}
