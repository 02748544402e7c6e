import StrictJSON

extension Optional {
  /// `map` for a throwing reader.
  func reading<T>(_ body: (Wrapped) throws(JSONMemberError) -> T) throws(JSONMemberError) -> T? {
    guard let self else { return nil }
    return try body(self)
  }
}

extension [JSONReader] {
  /// `map` for a throwing reader.
  func reading<T>(_ body: (JSONReader) throws(JSONMemberError) -> T) throws(JSONMemberError) -> [T] {
    var result: [T] = []
    result.reserveCapacity(count)
    for reader in self { result.append(try body(reader)) }
    return result
  }
}

extension JSONReader {
  /// Strings that must be there, none of them twice.
  func names(_ name: String) throws(JSONMemberError) -> [String] {
    guard let names = try optionalStrings(name) else { throw error(name, "missing") }
    guard Set(names).count == names.count else { throw error(name, "a name stands twice") }
    return names
  }

  /// A number of things.
  func count(_ name: String) throws(JSONMemberError) -> Int { try integer(name, in: 0...Self.largestCount) }

  /// More than any run counts, and far from where sums of counts leave 64 bits.
  static var largestCount: Int { 1_000_000_000_000_000 }

  /// A layer or a head, null where they are pooled.
  func optionalIndex(_ name: String) throws(JSONMemberError) -> Int? {
    self[name] == nil ? nil : try index(name)
  }

  /// A layer or a head.
  func index(_ name: String) throws(JSONMemberError) -> Int { try integer(name, in: 0...Self.largestIndex) }

  /// Figures have a row for each layer, so that a damaged number must not become a million of them.
  static var largestIndex: Int { 9_999 }

  /// Numbers with nulls between them.
  func gappyNumbers(_ name: String) throws(JSONMemberError) -> [Double?] {
    guard let elements = try optionalArray(name) else { throw error(name, "missing") }
    var result: [Double?] = []
    for element in elements {
      switch element {
      case .null: result.append(nil)
      case .integer(let value): result.append(Double(value))
      case .number(let value): result.append(value)
      default: throw error(name, "numbers and nulls are expected, \(element.kind) was found")
      }
    }
    return result
  }

  /// Rows of a part that may be absent.
  func optionalRows<Row>(
    _ name: String, _ read: (JSONReader) throws(JSONMemberError) -> Row
  ) throws(JSONMemberError) -> [Row]? {
    guard let rows = try optionalObjects(name) else { return nil }
    return try rows.reading(read)
  }
}
