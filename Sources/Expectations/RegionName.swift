/// The name of a token region, as an analysis lists it.
///
/// ``before`` and ``after`` are the default regions on the two sides of the separator; any other name is written as
/// a string literal.
public struct RegionName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name.
  public var name: String

  /// A region of that name.
  public init(_ name: String) { self.name = name }

  /// A region of that name.
  public init(stringLiteral name: String) { self.name = name }

  /// Tokens before the separator.
  public static let before: RegionName = "before"
  /// Tokens from the separator on.
  public static let after: RegionName = "after"
  /// Every token, where the prompts have no separator.
  public static let all: RegionName = "all"

  /// The name.
  public var description: String { name }
}
