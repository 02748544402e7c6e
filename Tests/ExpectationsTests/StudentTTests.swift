import Testing

@testable import Expectations

@Suite struct StudentTTests {
  /// Quantiles of scipy.stats.t.isf(chance / 2, degrees).
  @Test(arguments: [
    (0.05, 4, 2.7764451051977943), (0.05 / 3, 11, 2.8200336999976003), (1e-4, 4, 15.54410058154568),
    (1e-6, 29, 6.170056101418831), (0.01, 100, 2.6258905214380173), (0.05, 1, 12.706204736174705),
    (0.3, 2, 1.386206560167344), (0.05, 5000, 1.9599639845400545),
  ]) func quantilesAreThoseOfTheDistribution(chance: Double, degrees: Int, expected: Double) {
    #expect(abs(StudentT.quantile(chance: chance, degrees: degrees) / expected - 1) <= 1e-7)
    #expect(abs(StudentT.chance(beyond: expected, degrees: degrees) / chance - 1) <= 1e-7)
  }
}
