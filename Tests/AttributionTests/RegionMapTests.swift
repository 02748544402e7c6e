import Attribution
import Testing

@Suite struct RegionMapTests {
  private let map = RegionMap(runs: [[0..<3], [3..<5]], count: 6)

  @Test func pairsAreCountedUnderTheMask() {
    #expect(map.pairs { _ in 0 } == [6, 0, 6, 3])
    #expect(map.pairs { max(0, $0 - 1) } == [5, 0, 1, 3])
  }

  @Test func pairsWithPropertiesAreFound() {
    let found = map.hasPair(query: { $0 == 4 }, key: { $0 == 2 }, firstKey: { _ in 0 })
    #expect(found == [false, false, true, false])
    let unseen = map.hasPair(query: { $0 == 4 }, key: { $0 == 2 }, firstKey: { max(0, $0 - 1) })
    #expect(!unseen.contains(true))
  }
}
