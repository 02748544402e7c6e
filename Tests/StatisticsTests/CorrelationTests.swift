import Statistics
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
}
