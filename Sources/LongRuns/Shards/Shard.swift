/// One of so many shares of a run's batches: every batch whose number is the shard's, counted from 1 and modulo their count.
public struct Shard: Sendable, Hashable, CustomStringConvertible {
  /// Which one, from 1.
  public let number: Int
  /// How many there are.
  public let count: Int

  /// More shards than anybody has machines.
  public static let most = 100_000

  /// A shard; nil where there is none of that number.
  public init?(_ number: Int, of count: Int) {
    guard (1...Self.most).contains(count), (1...count).contains(number) else { return nil }
    (self.number, self.count) = (number, count)
  }

  /// A shard as it is written: "3/8".
  public init?(_ text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1] else { return nil }
    self.init(number, of: count)
  }

  /// "3/8".
  public var description: String { "\(number)/\(count)" }

  /// How many of so many batches are its own.
  package func count(of all: Int) -> Int { max(0, (all - number + count) / count) }

  /// Which of so many batches are its own, from 0.
  package func batches(of all: Int) -> StrideTo<Int> { stride(from: number - 1, to: all, by: count) }
}
