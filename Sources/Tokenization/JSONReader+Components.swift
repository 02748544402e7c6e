import RegularExpressions
import StrictJSON

extension JSONReader {
  /// The objects of an array, each with a path like `pre_tokenizer.pretokenizers[1]`; empty where the array is absent.
  func objects(_ name: String) throws(JSONMemberError) -> [JSONReader] {
    var readers: [JSONReader] = []
    for (index, element) in (try optionalArray(name) ?? []).enumerated() {
      guard case .object(let object) = element else {
        throw error(name, "an array of objects is expected, it holds \(element.kind)")
      }
      readers.append(
        JSONReader(file: file, path: "\(path.isEmpty ? name : "\(path).\(name)")[\(index)]", object: object))
    }
    return readers
  }

  /// A boolean that must be there.
  func boolean(_ name: String) throws(JSONMemberError) -> Bool {
    guard let value = try optionalBoolean(name) else { throw error(name, "missing") }
    return value
  }

  /// The refusal of a component's `type`.
  func unsupported(_ type: String, supported: String) -> JSONMemberError {
    error("type", "\(type) is not supported; supported are \(supported)")
  }

  /// The pattern of a `Split` or `Replace`: `{"String": "…"}` is taken literally, `{"Regex": "…"}` is an expression.
  /// - Parameter allowance: See ``RegularExpression/init(_:_:allowance:)``.
  func pattern(_ name: String, allowance: inout Int) throws(JSONMemberError) -> RegularExpression {
    guard let pattern = try optionalObject(name) else { throw error(name, "missing") }
    if let text = try pattern.optionalString("String") {
      do { return try RegularExpression(literal: text, allowance: &allowance) } catch {
        throw pattern.error("String", "a text to look for is not supported: \(error)")
      }
    }
    guard let text = try pattern.optionalString("Regex") else {
      throw error(name, "neither String nor Regex is there")
    }
    do { return try RegularExpression(text, .oniguruma, allowance: &allowance) } catch {
      throw pattern.error("Regex", "the expression \(text.prefix(200)) is not supported: \(error)")
    }
  }
}
