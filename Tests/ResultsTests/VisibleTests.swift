import Results
import Testing

/// One place makes texts of files visible, for every sink.
@Suite struct VisibleTests {
  static let hostile = "a\u{1B}[31m\u{202E}\u{2028}\u{85}\u{0}\u{FFFF}z"
  static let shown = "a\\u{1B}[31m\\u{202E}\\u{2028}\\u{85}\\u{0}\\u{FFFF}z"

  @Test func `What is obeyed is written out`() {
    #expect(Self.hostile.visible == Self.shown && "é ünï 漢字 👩‍👩‍👧 مرحبا".visible == "é ünï 漢字 👩‍👩‍👧 مرحبا")
    #expect("a\n\tb".visible == "a\\u{A}\\u{9}b" && "a\n\tb".visibleInLines == "a\n\tb")
  }

  @Test func `Markdown and XML build on it`() {
    #expect(Self.hostile.xmlEscaped == Self.shown)
    #expect(Self.hostile.markdownEscaped == Self.shown.markdownEscaped)
    #expect("a\nb|c".markdownEscaped == "a b\\|c")
    #expect("<\n>".xmlEscaped == "&lt;&#10;&gt;")
  }
}
