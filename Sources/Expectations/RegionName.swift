/// The name of a token region, as an analysis lists it.
///
/// ``before`` and ``after`` are the default regions on the two sides of the separator; any other name is written as
/// a string literal.
public struct RegionName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name.
  public var name: String
  /// Whether it is no region of tokens but what takes attention and is no key (``sink``).
  public let isSink: Bool

  /// A region of that name.
  public init(_ name: String) { self.init(name, isSink: false) }

  /// A region of that name.
  public init(stringLiteral name: String) { self.init(name) }

  private init(_ name: String, isSink: Bool) { (self.name, self.isSink) = (name, isSink) }

  /// Tokens before the separator.
  public static let before: RegionName = "before"
  /// Tokens from the separator on.
  public static let after: RegionName = "after"
  /// Every token, where the prompts have no separator.
  public static let all: RegionName = "all"

  /// In the place of a key: the attention sinks of a model that has some, whose rows have the key null. Without it no row of theirs is
  /// selected.
  public static let sink = RegionName("the sink", isSink: true)

  /// The name.
  public var description: String { name }
}
