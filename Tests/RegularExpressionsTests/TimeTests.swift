import Testing

@testable import RegularExpressions

/// Expressions that take for ever, or quadratic time, elsewhere.
@Suite(.timeLimit(.minutes(1))) struct TimeTests {
  @Test(
    arguments: [
      "(a|a)*b", "(a+)+b", "(?:a|aa)+b", "a*a*a*a*b", String(repeating: "a?", count: 50) + "b", "a*b", "(?=.*z)a",
      "(?=(?:a|aa)*b)a", ".*.*.*.*b",
      "(?:(?=(?:.|a){0,370}#).)*b", "(?=.*(?=.*(?=.*(?=.*(?=.*(?=.*(?=.*b)))))))",
      // Many ways that join before a long tail.
      "(?:\(Array(repeating: "a", count: 400).joined(separator: "|")))a{400}b", "(?:a{0,400})a{400}b",
    ], [RegularExpression.Syntax.oniguruma, .python])
  func nothingHangs(pattern: String, syntax: RegularExpression.Syntax) throws {
    let text = String(repeating: "a", count: 4000)
    var allowance = 10_000
    let expression = try RegularExpression(pattern, syntax, allowance: &allowance)
    #expect(expression.matches(in: Array(text.unicodeScalars)[...]).isEmpty)
    #expect(!expression.matchesWhole(text))
  }

  /// Runs without a way back, into which a match backs from the right.
  @Test func possessiveRunsAreFoundOnce() throws {
    let text = String(repeating: "a", count: 20_000)
    var allowance = 100
    let expression = try RegularExpression("a*a++b", .oniguruma, allowance: &allowance)
    #expect(expression.matches(in: Array(text.unicodeScalars)[...]).isEmpty)
  }

  @Test func aClassCountsByItsParts() throws {
    var allowance = 100
    _ = try RegularExpression("[abcdefghij]{2}", .python, allowance: &allowance)
    #expect(allowance == 100 - 2 * 10 - 1)
    #expect(throws: RegularExpressionError.self) {
      try RegularExpression("[abcdefghij]{8}", .python, allowance: &allowance)
    }
  }

  @Test func expressionsOfAFileShareAnAllowance() throws {
    var allowance = 100
    _ = try RegularExpression("a{40}", .python, allowance: &allowance)
    _ = try RegularExpression(literal: String(repeating: "a", count: 40), allowance: &allowance)
    #expect(allowance == 18)
    let error = #expect(throws: RegularExpressionError.self) {
      try RegularExpression("a{40}", .oniguruma, allowance: &allowance)
    }
    #expect(error?.description == "it is too long, by itself or with the file's other expressions")
  }
}
