/// A text of a file as a key, told apart by its UTF-8 bytes: `String` itself takes é written as one scalar and as two for
/// the same, where files mean two tensors, two members or two files.
public struct Name: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// The text.
  public let text: String

  /// A key.
  public init(_ text: String) { self.text = text }

  /// A key of our own.
  public init(stringLiteral text: String) { self.text = text }

  /// The text.
  public var description: String { text }

  /// Whether both have the same bytes.
  public static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

  /// The order of the bytes, which is that of the scalars.
  public static func < (left: Name, right: Name) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  /// Feeds the bytes.
  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
