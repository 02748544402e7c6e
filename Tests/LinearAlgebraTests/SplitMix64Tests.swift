import LinearAlgebra
import Testing

/// The generator's numbers: fixtures and intervals depend on every bit of them.
@Suite struct SplitMix64Tests {
  @Test func `The numbers are the published ones`() {
    var generator = SplitMix64(seed: 1_234_567)
    let numbers = (0..<5).map { _ in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test func `Numbers below a bound and between 0 and 1 stay there`() {
    var generator = SplitMix64(seed: 1)
    var seen: Set<Int> = []
    for _ in 0..<1000 {
      seen.insert(generator.next(below: 7))
      #expect((0..<1).contains(generator.unit()))
    }
    #expect(seen == Set(0..<7))
    #expect(generator.next(below: 1) == 0)
  }
}
