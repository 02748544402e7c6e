import Attribution
import LinearAlgebra
import Testing

/// The stream's statistics on tokens whose answers are known.
@Suite struct StreamSumsTests {
  private func sums(_ tokens: [(x: [Float], dx: [Float]?)]) -> StreamSums {
    tokens.reduce(into: StreamSums()) { sums, token in sums.add(token.x, token.dx, count: token.x.count) }
  }

  @Test func `One token of huge norm hides the others from the ratio of sums, not from the median`() throws {
    let row = try #require(
      sums([([3000, 4000], [0, 0]), ([3, 4], [3, 4]), ([3, 4], [-4, 3]), ([3, 4], [1.5, 2])]).row(layer: 2, region: "a")
    )
    #expect(row.layer == 2 && row.region == "a")
    #expect(row.relative < 0.01)
    #expect(row.median == 0.75, "between ½ and 1")
    let cosine = try #require(row.cosine)
    #expect(abs(cosine - (1 + 1 + 0.5.squareRoot() + 1) / 4) <= 1e-9)
  }

  @Test func `Tokens without a change count as zeros that keep their direction`() throws {
    let row = try #require(sums([([1, 0], nil), ([1, 0], nil), ([1, 0], [0, 1])]).row(layer: 0, region: "a"))
    #expect(row.median == 0)
    #expect(row.relative == (1.0 / 3).squareRoot())
    #expect(abs(try #require(row.cosine) - (2 + 0.5.squareRoot()) / 3) <= 1e-9)
  }

  @Test func `A token of length zero has neither ratio nor direction`() throws {
    #expect(sums([([0, 0], [1, 0])]).row(layer: 0, region: "a") == nil)
    let row = try #require(sums([([0, 0], [1, 0]), ([2, 0], [-2, 0])]).row(layer: 0, region: "a"))
    #expect(row.median == 1)
    #expect(row.cosine == nil)
  }

  @Test func `Half turns and small turns keep their digits`() throws {
    let turned = try #require(sums([([1, 0], [-3, 0])]).row(layer: 0, region: "a"))
    #expect(turned.cosine == -1)
    let small = try #require(sums([([1, 0], [0, 1e-4])]).row(layer: 0, region: "a")?.cosine)
    #expect(abs((1 - small) / 5e-9 - 1) <= 1e-6)
  }
}
