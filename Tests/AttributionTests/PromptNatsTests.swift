import Testing

@testable import Attribution

/// What is kept of prompts, few and many.
@Suite struct PromptNatsTests {
  private func prompts(_ count: Int, from first: Int = 0) -> [PromptNat] {
    (first..<first + count).map { index in
      let value = Double(index % 7)
      return PromptNat(SIMD4(value, 1, -value, value * 2), queries: Double(3 + index % 5))
    }
  }

  @Test func `Few prompts are kept apart, many as sums`() {
    let few = PromptNats(prompts(64))
    #expect(few.all == prompts(64) && few.many == PromptNats.Moments())
    let many = PromptNats(prompts(65))
    #expect(many.all.isEmpty && many.many.prompts == SIMD2(65, Double(prompts(65).count { $0.nats[3] > 0 })))
    let all = prompts(65)
    #expect(many.many.squares[0] == all.reduce(0) { $0 + $1.nats[0] * $1.nats[0] })
    #expect(many.many.shared[2] == all.reduce(0) { $0 + $1.nats[2] * $1.nats[3] })
    #expect(many.many.shared[3] == all.reduce(0) { $0 + $1.nats[3] * $1.queries })
    #expect(many.many.queriesSquare == all.reduce(0) { $0 + $1.queries * $1.queries })
  }

  @Test(arguments: [(10, 20), (40, 24), (40, 25), (0, 64), (64, 0), (70, 70), (3, 100)])
  func `Merged prompts are those of one row`(first: Int, second: Int) throws {
    var merged = PromptNats(prompts(first))
    merged.merge(PromptNats(prompts(second, from: first)))
    #expect(merged == PromptNats(prompts(first + second)))
    #expect(try PromptNats(merged.bytes(prompts: 0), prompts: 0, empty: PromptNats()) == merged)
  }
}
