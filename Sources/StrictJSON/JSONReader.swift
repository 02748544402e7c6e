/// A member of a JSON file that is missing or not what it has to be.
public struct JSONMemberError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file, as the user named it.
  public var file: String
  /// Where in the file: "rope_parameters.factor".
  public var path: String
  /// What is wrong, what was expected and what to do.
  public var message: String

  /// An error about a member of a file.
  public init(file: String, path: String, message: String) {
    self.file = file
    self.path = path
    self.message = message
  }

  /// "config.json: hidden_size: an integer is expected, a string was found".
  public var description: String { path.isEmpty ? "\(file): \(message)" : "\(file): \(path): \(message)" }
}

/// Reads typed members of an object; an error names the file and the member.
///
/// A member that is `null` counts as absent, as it does in the files HuggingFace libraries write.
public struct JSONReader: Sendable {
  /// The file, for messages.
  public let file: String
  /// The object's own path inside the file, empty at the top.
  public let path: String
  /// The object.
  public let object: JSONObject

  /// A reader of an object.
  public init(file: String, path: String = "", object: JSONObject) {
    self.file = file
    self.path = path
    self.object = object
  }

  /// A reader of a whole text, which must be an object.
  /// - Throws: ``JSONMemberError`` naming the file, for malformed JSON too.
  public init(file: String, bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONMemberError) {
    let value: JSONValue
    do { value = try JSONValue.parse(bytes, limits: limits) } catch {
      throw JSONMemberError(file: file, path: "", message: encodingProblem(of: bytes) ?? "not valid JSON: \(error)")
    }
    try self.init(file: file, value: value)
  }

  /// A reader of a file's value, which must be an object.
  init(file: String, value: JSONValue) throws(JSONMemberError) {
    guard case .object(let object) = value else {
      throw JSONMemberError(file: file, path: "", message: "an object is expected, \(value.kind) was found")
    }
    self.init(file: file, object: object)
  }

  /// The member, unless absent or null.
  public subscript(name: String) -> JSONValue? {
    guard let value = object[name], value != .null else { return nil }
    return value
  }

  /// A string, or an integer as its digits.
  public func optionalName(_ name: String) throws(JSONMemberError) -> String? {
    if case .integer(let number) = self[name] { return String(number) }
    return try optionalString(name)
  }

  /// An error about a member of this object.
  public func error(_ name: String, _ message: String) -> JSONMemberError {
    JSONMemberError(file: file, path: place(of: name), message: message)
  }

  /// The path of a member of this object; the object's own for an empty name.
  private func place(of name: String) -> String { [path, name].filter { !$0.isEmpty }.joined(separator: ".") }

  private func mismatch(_ name: String, _ expected: String, _ found: JSONValue) -> JSONMemberError {
    error(name, "\(expected) is expected, \(found.kind) was found")
  }

  private func required<T>(_ name: String, _ value: T?) throws(JSONMemberError) -> T {
    guard let value else { throw error(name, "missing") }
    return value
  }

  /// An integer, or nil where absent. An integral floating-point number is not an integer.
  public func optionalInteger(_ name: String) throws(JSONMemberError) -> Int? {
    switch self[name] {
    case nil: return nil
    case .integer(let value): return value
    case .some(let other): throw mismatch(name, "an integer", other)
    }
  }

  /// An integer that must be there.
  public func integer(_ name: String) throws(JSONMemberError) -> Int { try required(name, optionalInteger(name)) }

  /// An integer within bounds that must be there.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws(JSONMemberError) -> Int {
    let value = try integer(name)
    guard range.contains(value) else {
      throw error(name, "\(value) lies outside \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A number of any spelling, or nil where absent.
  public func optionalNumber(_ name: String) throws(JSONMemberError) -> Double? {
    switch self[name] {
    case nil: return nil
    case .integer(let value): return Double(value)
    case .number(let value): return value
    case .some(let other): throw mismatch(name, "a number", other)
    }
  }

  /// A number that must be there.
  public func number(_ name: String) throws(JSONMemberError) -> Double { try required(name, optionalNumber(name)) }

  /// A boolean, or nil where absent.
  public func optionalBoolean(_ name: String) throws(JSONMemberError) -> Bool? {
    switch self[name] {
    case nil: return nil
    case .boolean(let value): return value
    case .some(let other): throw mismatch(name, "true or false", other)
    }
  }

  /// A string, or nil where absent.
  public func optionalString(_ name: String) throws(JSONMemberError) -> String? {
    switch self[name] {
    case nil: return nil
    case .string(let value): return value
    case .some(let other): throw mismatch(name, "a string", other)
    }
  }

  /// A string that must be there.
  public func string(_ name: String) throws(JSONMemberError) -> String { try required(name, optionalString(name)) }

  /// An array, or nil where absent.
  public func optionalArray(_ name: String) throws(JSONMemberError) -> [JSONValue]? {
    switch self[name] {
    case nil: return nil
    case .array(let value): return value
    case .some(let other): throw mismatch(name, "an array", other)
    }
  }

  /// An array of integers, or nil where absent.
  public func optionalIntegers(_ name: String) throws(JSONMemberError) -> [Int]? {
    guard let elements = try optionalArray(name) else { return nil }
    var integers: [Int] = []
    for element in elements {
      guard case .integer(let value) = element else { throw mismatch(name, "an array of integers", element) }
      integers.append(value)
    }
    return integers
  }

  /// An array of numbers, or nil where absent.
  public func optionalNumbers(_ name: String) throws(JSONMemberError) -> [Double]? {
    guard let elements = try optionalArray(name) else { return nil }
    var numbers: [Double] = []
    for element in elements {
      switch element {
      case .integer(let value): numbers.append(Double(value))
      case .number(let value): numbers.append(value)
      default: throw mismatch(name, "an array of numbers", element)
      }
    }
    return numbers
  }

  /// An array of strings, or nil where absent.
  public func optionalStrings(_ name: String) throws(JSONMemberError) -> [String]? {
    guard let elements = try optionalArray(name) else { return nil }
    var strings: [String] = []
    for element in elements {
      guard case .string(let value) = element else { throw mismatch(name, "an array of strings", element) }
      strings.append(value)
    }
    return strings
  }

  /// A nested object, or nil where absent.
  public func optionalObject(_ name: String) throws(JSONMemberError) -> JSONReader? {
    switch self[name] {
    case nil: return nil
    case .object(let value):
      return JSONReader(file: file, path: place(of: name), object: value)
    case .some(let other): throw mismatch(name, "an object", other)
    }
  }

  /// A nested object that must be there.
  public func object(_ name: String) throws(JSONMemberError) -> JSONReader { try required(name, optionalObject(name)) }

  /// The objects of an array, each of whose paths says where it stands ("blocks[3]"), or nil where absent.
  public func optionalObjects(_ name: String) throws(JSONMemberError) -> [JSONReader]? {
    guard let elements = try optionalArray(name) else { return nil }
    var objects: [JSONReader] = []
    objects.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      let position = "\(name)[\(index)]"
      guard case .object(let object) = element else { throw mismatch(position, "an object", element) }
      objects.append(JSONReader(file: file, path: place(of: position), object: object))
    }
    return objects
  }

  /// The objects of an array that must be there.
  public func objects(_ name: String) throws(JSONMemberError) -> [JSONReader] {
    try required(name, optionalObjects(name))
  }
}
