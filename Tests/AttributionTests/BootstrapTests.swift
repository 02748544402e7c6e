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

  @Test func onePromptTellsNothingOfOthers() {
    #expect(Bootstrap(prompts: 1).shareInterval([(shared: 3, square: 4)]) == nil)
    #expect(Bootstrap(prompts: 3).ratioInterval([(0, 0), (3, 4), (0, 0)]) == nil)
    #expect(Bootstrap(prompts: 3).ratioInterval([(3, 4), (3, 4), (0, 0)]) == 0.75...0.75)
  }

  @Test func aDifferenceDoesNotTakeMissingForZero() {
    let bootstrap = Bootstrap(prompts: 4)
    let none = [(part: 0.0, whole: 0.0)] + Array(repeating: (part: 0.0, whole: 0.0), count: 3)
    #expect(bootstrap.differenceInterval([(1, 2), (1, 2), (0, 0), (0, 0)], none) == 0.5...0.5)
    #expect(bootstrap.differenceInterval([(1, 2), (0, 0), (0, 0), (0, 0)], none) == nil)
    #expect(bootstrap.differenceInterval([(1, 2), (1, 2), (0, 0), (0, 0)], [(1, 4), (0, 0), (0, 0), (0, 0)]) == nil)
    #expect(
      bootstrap.differenceInterval([(1, 2), (1, 2), (0, 0), (0, 0)], [(0, 0), (0, 0), (1, 4), (1, 4)]) == 0.25...0.25)
  }

  @Test func withoutChangeThereIsNoInterval() {
    #expect(Bootstrap(prompts: 3).shareInterval(Array(repeating: (0, 0), count: 3)) == nil)
  }
}
