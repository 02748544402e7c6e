import Statistics
import Testing

@Suite struct StudentTTests {
  /// Quantiles of scipy.stats.t.isf(chance / 2, degrees).
  @Test(arguments: [
    (0.05, 4.0, 2.7764451051977943), (0.05 / 3, 11.0, 2.8200336999976003), (1e-4, 4.0, 15.54410058154568),
    (1e-6, 29.0, 6.170056101418831), (0.01, 100.0, 2.6258905214380173), (0.05, 1.0, 12.706204736174705),
    (0.3, 2.0, 1.386206560167344), (0.05, 5000.0, 1.9604385517065075), (0.05, 2.5, 3.5746548420036834),
    (0.001, 7.3, 5.283211758939399), (0.05, 46.2, 2.0126604778382102),
  ]) func quantilesAreThoseOfTheDistribution(chance: Double, degrees: Double, expected: Double) {
    #expect(abs(StudentT.quantile(chance: chance, degrees: degrees) / expected - 1) <= 1e-11)
    #expect(abs(StudentT.chance(beyond: expected, degrees: degrees) / chance - 1) <= 1e-11)
  }
}
