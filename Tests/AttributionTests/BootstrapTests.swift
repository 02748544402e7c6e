import Attribution
import Testing

@Suite struct BootstrapTests {
  @Test func theIntervalHoldsTheShareAndIsTheSameEveryTime() throws {
    let prompts = (0..<40).map { (shared: Double($0 % 7), square: 10.0) }
    let share = prompts.reduce(0) { $0 + $1.shared } / 400
    let interval = try #require(Bootstrap(prompts: 40).shareInterval(prompts))
    #expect(interval.contains(share))
    #expect(interval.upperBound - interval.lowerBound > 0.02)
    #expect(interval.upperBound - interval.lowerBound < 0.3)
    #expect(Bootstrap(prompts: 40).shareInterval(prompts) == interval)
  }

  @Test func onePromptLeavesNoDoubt() {
    #expect(Bootstrap(prompts: 1).shareInterval([(shared: 3, square: 4)]) == 0.75...0.75)
  }

  @Test func withoutChangeThereIsNoInterval() {
    #expect(Bootstrap(prompts: 3).shareInterval(Array(repeating: (0, 0), count: 3)) == nil)
  }
}
