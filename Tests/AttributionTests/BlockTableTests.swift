import Attribution
import Results
import Testing

@Suite struct BlockTableTests {
  private func sums(_ byKey: Double, _ byQuery: Double) -> BlockSums {
    var sums = BlockSums()
    sums.raw.sum = SIMD4(byKey, byQuery, 0, byKey + byQuery)
    sums.raw.square = SIMD4(byKey * byKey, byQuery * byQuery, 0, (byKey + byQuery) * (byKey + byQuery))
    sums.raw.shared = SIMD4(byKey, byQuery, 0, byKey + byQuery) * (byKey + byQuery)
    sums.raw.largest = SIMD4(abs(byKey), abs(byQuery), 0, abs(byKey + byQuery))
    return sums
  }

  /// One region, two layers, two heads, two prompts of one pair each.
  private func table(possible: [Bool]) -> BlockTable {
    var table = BlockTable(regions: ["all"], layers: 2, heads: 2)
    for layer in 0..<2 {
      for prompt in 0..<2 {
        let heads = [[sums(1, 3)], [sums(Double(prompt), 1)]]
        table.add(layer: layer, sums: heads, pairs: [1], isPossible: possible.map { [$0] })
      }
    }
    return table
  }

  @Test func pooledSharesComeFromSums() throws {
    let rows = table(possible: [true, true, true]).summaryRows()
    #expect(rows.map(\.layer) == [nil, 0, 1])
    let all = try #require(rows.first)
    #expect(all.pairs == 8)
    // Per layer: heads 0 give Δ = 4 twice with dKᵀQ 1; head 1 gives Δ = 1 and 2 with dKᵀQ 0 and 1.
    #expect(abs(all.raw[.dKtQ].share - (4 + 4 + 0 + 2) / 37.0) < 1e-12)
    #expect(all.raw[.dKtQ].shareInterval?.contains(all.raw[.dKtQ].share) == true)
  }

  @Test func zerosHaveTheirCauses() throws {
    let measured = try #require(table(possible: [true, true, true]).blockRows().first)
    #expect(measured.raw[.dKtdQ].zero == .measured)
    #expect(measured.raw[.dKtQ].zero == nil)
    let structural = try #require(table(possible: [false, true, false]).blockRows().first)
    #expect(structural.raw[.dKtdQ].zero == .structural)
    #expect(structural.raw[.dKtQ].zero == .leak)
  }
}
