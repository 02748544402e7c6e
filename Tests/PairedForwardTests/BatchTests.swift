import Testing

@testable import PairedForward

/// How prompts are packed.
@Suite struct BatchTests {
  @Test(arguments: [1, 7, 8, 9, 17, 40, 8192]) func `Batches keep order and limit`(limit: Int) {
    let lengths = [1, 9, 8, 7, 17, 300, 1, 1, 8, 9]
    let prompts = lengths.map { ForwardPrompt(tokens: Array(repeating: 0, count: $0)) }
    let plan = Batch.plan(prompts, limit: limit)
    #expect(plan.flatMap(\.self) == Array(lengths.indices))
    for (place, batch) in plan.enumerated() {
      let tokens = batch.reduce(0) { $0 + lengths[$1] }
      #expect(batch.count == 1 || tokens <= limit)
      // The next prompt did not fit.
      if place + 1 < plan.count { #expect(tokens + lengths[plan[place + 1][0]] > limit) }
    }
    #expect(Batch.plan([], limit: limit).isEmpty)
  }

  @Test func `Every token has a row`() {
    let prompts = [[5, 6], [7], [8, 9, 10]].map { ForwardPrompt(tokens: $0) }
    let batch = Batch([2, 0], of: prompts)
    #expect(batch.spans.map(\.prompt) == [2, 0])
    #expect(batch.spans.map(\.rows) == [0..<3, 3..<5])
    #expect(batch.positions == [0, 1, 2, 0, 1] && batch.spanOfRow == [0, 0, 0, 1, 1])
    #expect((0..<batch.rows).map(batch.token) == [8, 9, 10, 5, 6])
  }
}
