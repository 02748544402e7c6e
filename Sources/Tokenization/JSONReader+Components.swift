import RegularExpressions
import StrictJSON

extension JSONReader {
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
    let pattern = try object(name)
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
