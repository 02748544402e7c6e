import LinearAlgebra
import StrictJSON
import Testing

/// What RFC 8259 allows, and what it forbids though common readers take it.
struct ParseTests {
  @Test(arguments: [
    ("null", JSONValue.null), (" true\n", .boolean(true)), ("false", .boolean(false)),
    ("1", .integer(1)), ("-0", .integer(0)), ("1.0", .number(1)), ("1e3", .number(1000)), ("-2.5E-1", .number(-0.25)),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1e-400", .number(0)),
    ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"", .string("a\"\\/\u{8}\u{c}\n\r\tA")),
    ("\"\\ud83d\\ude00 \u{1F600} é\"", .string("😀 😀 é")), ("\"\"", .string("")),
    ("[ ]", .array([])), ("[1, [2], \"x\"]", .array([.integer(1), .array([.integer(2)]), .string("x")])),
  ])
  func accepts(text: String, value: JSONValue) throws {
    #expect(try JSONValue.parse(text) == value)
  }

  @Test(arguments: [
    ("", 1, "ends where a value"), ("  ", 3, "ends where a value"), ("\u{FEFF}{}", 1, "byte order mark"),
    ("[1,]", 4, "value is expected"), ("[1 2]", 4, "',' or ']'"), ("[1", 3, "',' or ']'"), ("{", 2, "name in quotes"),
    ("{\"a\" 1}", 6, "':'"), ("{\"a\":1,}", 8, "name in quotes"), ("{\"a\":1 \"b\":2}", 8, "',' or '}'"),
    ("{a:1}", 2, "name in quotes"), ("{\"a\":1,\"a\":2}", 8, "stands twice: a"), ("1 2", 3, "after the end"),
    ("// x", 1, "value is expected"), ("'a'", 1, "value is expected"), ("NaN", 1, "value is expected"),
    ("Infinity", 1, "value is expected"), ("nul", 1, "value is expected"), ("+1", 1, "value is expected"),
    ("01", 2, "begins with 0"), ("-", 2, "digit"), ("1.", 3, "digit"), (".5", 1, "value is expected"),
    ("1e", 3, "digit"), ("1e400", 1, "too large"), ("\"abc", 1, "does not end"), ("\"a\\", 4, "does not end"),
    ("\"a\tb\"", 3, "control character"), ("\"\\x\"", 2, "unknown escape"), ("\"\\u12g4\"", 6, "four hexadecimal"),
    ("\"\\ud83d\"", 8, "surrogate"), ("\"\\ude00\"", 8, "surrogate"), ("\"\\ud83d\\u0041\"", 14, "surrogate"),
  ])
  func refuses(text: String, column: Int, message: String) {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
    #expect(error?.message.contains(message) == true, "\(text): \(error?.message ?? "")")
    #expect(error?.line == 1 && error?.column == column, "\(text): \(error?.description ?? "")")
  }

  @Test func invalidUTF8() {
    for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] {
      let error = #expect(throws: JSONError.self) { try JSONValue.parse(bytes) }
      #expect(error?.message.contains("UTF-8") == true)
    }
    // UTF-16, which other readers detect.
    #expect(throws: JSONError.self) { try JSONValue.parse([0x7B, 0x00, 0x7D, 0x00]) }
  }

  @Test func linesAndColumns() {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse("{\n  \"a\": 1,\n  \"b\": ?\n}") }
    #expect(error?.description == "line 3, column 8: a value is expected here")
  }

  @Test func depthIsBounded() throws {
    let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    _ = try JSONValue.parse(nested(64))
    for depth in [65, 1_000_000] {
      let error = #expect(throws: JSONError.self) { try JSONValue.parse(nested(depth)) }
      #expect(error?.message == "nested deeper than 64 levels")
    }
    let error = #expect(throws: JSONError.self) { try JSONValue.parse("[1, 2]", limits: JSONLimits(bytes: 5)) }
    #expect(error?.message == "the text has 6 bytes, more than 5")
  }

  /// String equality is canonical: é as one code point and as two would be one name.
  @Test func namesAreComparedByTheirBytes() throws {
    guard case .object(let object) = try JSONValue.parse("{\"\\u00e9\": 1, \"e\\u0301\": 2}") else {
      Issue.record("no object")
      return
    }
    #expect(object.members.count == 2)
    #expect(object["\u{E9}"] == .integer(1))
    #expect(object["e\u{301}"] == .integer(2))
  }

  @Test func membersKeepTheirOrder() throws {
    guard case .object(let object) = try JSONValue.parse("{\"z\": 1, \"a\": 2, \"m\": {\"k\": []}}") else {
      Issue.record("no object")
      return
    }
    #expect(object.members.map(\.name) == ["z", "a", "m"])
  }

  /// Whatever the bytes, there is a value or an error, and never a trap.
  @Test func damagedTextsNeverTrap() {
    let valid = Array(#"{"a": [1, -2.5e3, "x\u00e9\n", true, null], "b": {"c": "\ud83d\ude00"}}"#.utf8)
    var generator = SplitMix64(seed: 7)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = valid
      for _ in 0...generator.next(below: 3) {
        let place = generator.next(below: bytes.count)
        switch generator.next(below: 3) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes.remove(at: place)
        default: bytes.insert(bytes[generator.next(below: bytes.count)], at: place)
        }
      }
      do { _ = try JSONValue.parse(bytes) } catch {
        refused += 1
        #expect(error.line >= 1 && error.column >= 1)
      }
    }
    #expect(refused > 10_000)
  }
}
