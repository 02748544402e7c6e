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

  /// Whether both are the same value; strings by their bytes.
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.boolean(let left), .boolean(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): left.isSpelled(right)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }

  /// What the value is, for messages: "an integer", "a string", ….
  public var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .integer: "an integer"
    case .number(let value):
      abs(value) < 0x1p63 ? "a number with a fraction or exponent" : "a number beyond 64-bit integers"
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

  /// An empty object.
  public init() {}

  /// The value of the member, or nil if there is none of that name. O(length of the name).
  public subscript(name: String) -> JSONValue? {
    positions[Name(name)].map { members[$0].value }
  }

  /// Adds a member at the end.
  /// - Returns: False, adding nothing, when the name is taken.
  public mutating func append(_ name: String, _ value: JSONValue) -> Bool {
    let key = Name(name)
    guard positions[key] == nil else { return false }
    positions[key] = members.count
    members.append((name, value))
    return true
  }

  /// Whether both hold the same members in the same order.
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.count == right.members.count
      && zip(left.members, right.members).allSatisfy {
        $0.name.isSpelled($1.name) && $0.value == $1.value
      }
  }
}
