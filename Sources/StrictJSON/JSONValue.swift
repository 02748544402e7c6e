/// A JSON value as a file states it (RFC 8259).
///
/// Integers, floating-point numbers and booleans stay apart: `1`, `1.0` and `true` are three different values.
public enum JSONValue: Sendable, Equatable {
  /// `null`.
  case null
  /// `true` or `false`.
  case boolean(Bool)
  /// A number without fraction and exponent that fits 64 bits.
  case integer(Int)
  /// Every other number.
  case number(Double)
  /// A string.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object.
  case object(JSONObject)

  /// What the value is, for messages: "an integer", "a string", ….
  public var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .integer: "an integer"
    case .number: "a number with a fraction or exponent"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// A JSON object: its members in file order. Names are told apart by their UTF-8 bytes, so that é written as one code
/// point and as two are two names, and no name stands twice.
public struct JSONObject: Sendable, Equatable {
  /// The members in file order.
  public private(set) var members: [(name: String, value: JSONValue)] = []
  private var positions: [Name: Int] = [:]

  /// A name by its bytes: `String` itself would compare canonically equivalent spellings as equal.
  private struct Name: Hashable, Sendable {
    var text: String

    static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  /// An empty object.
  public init() {}

  /// The value of the member, or nil if there is none of that name. O(length of the name).
  public subscript(name: String) -> JSONValue? {
    positions[Name(text: name)].map { members[$0].value }
  }

  /// Adds a member at the end.
  /// - Returns: False, adding nothing, when the name is taken.
  public mutating func append(_ name: String, _ value: JSONValue) -> Bool {
    let key = Name(text: name)
    guard positions[key] == nil else { return false }
    positions[key] = members.count
    members.append((name, value))
    return true
  }

  /// Whether both hold the same members in the same order.
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.count == right.members.count
      && zip(left.members, right.members).allSatisfy {
        $0.name.utf8.elementsEqual($1.name.utf8) && $0.value == $1.value
      }
  }
}
