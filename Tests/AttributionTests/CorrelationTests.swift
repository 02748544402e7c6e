import Attribution
import Testing

@Suite struct CorrelationTests {
  @Test func `Coefficients are those of the formulas`() throws {
    let (a, b) = ([1.0, 2, 3, 5], [2.0, 1, 4, 9])
    #expect(abs(try #require(Correlation.pearson(a, b)) - 17 / 332.5.squareRoot()) < 1e-12)
    #expect(abs(try #require(Correlation.spearman(a, b)) - 0.8) < 1e-12)
    #expect(Correlation.pearson(a, a.map { -3 * $0 + 1 }) == -1)
    #expect(abs(try #require(Correlation.spearman([1, 1, 2], [3, 3, 9])) - 1) < 1e-12, "equal numbers share a rank")
    #expect(Correlation.pearson(a, b) == Correlation.pearson(b, a))
    #expect(Correlation.pearson([0.1, 0.1, 0.1], [1, 2, 3]) == nil && Correlation.pearson([1], [2]) == nil)
    #expect(abs(try #require(Correlation.pearson([1e300, 2e300, 4e300], [1e-300, 2e-300, 4e-300])) - 1) < 1e-12)
  }

  @Test func `Paired intervals are of the difference, and turn with it`() throws {
    let bootstrap = Bootstrap(prompts: 8)
    let noise = [0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6]
    let first = noise.map { (part: $0 + 0.05, whole: 1.0) }
    let second = noise.map { (part: $0, whole: 1.0) }
    let difference = try #require(bootstrap.differenceInterval(first, second))
    #expect(
      abs(difference.lowerBound - 0.05) < 1e-12 && abs(difference.upperBound - 0.05) < 1e-12, "what is common cancels")
    let alone = try #require(bootstrap.ratioInterval(first))
    #expect(alone.upperBound - alone.lowerBound > 0.1)
    let halves = noise.map { (part: $0 / 2, whole: 1.0) }
    let (one, other) = (
      try #require(bootstrap.differenceInterval(first, halves)),
      try #require(bootstrap.differenceInterval(halves, first))
    )
    #expect(one.lowerBound == -other.upperBound && one.upperBound == -other.lowerBound)
  }
}
