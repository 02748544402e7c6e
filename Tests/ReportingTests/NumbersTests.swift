import Testing

@testable import Reporting

/// Numbers as the report writes them.
@Suite struct NumbersTests {
  @Test(arguments: [
    (0, "0"), (0.99996, "1.00"), (0.0099996, "0.0100"), (999.6, "1000"), (0.00012345, "1.23e-04"),
    (1.23e-8, "1.23e-08"), (0.00123, "0.00123"), (45.678, "45.7"), (1_234_567, "1.23e+06"), (-0.5, "-0.500"),
    (.nan, "–"), (.infinity, "–"),
  ]) func `Three digits`(_ value: Double, _ text: String) {
    #expect(Numbers.size(value) == text)
  }

  @Test(arguments: [(2.0, "2"), (0.001, "0.001"), (0.5, "0.5"), (100, "100"), (22.627, "22.6"), (1e-7, "1.00e-07")])
  func `A setting has no trailing zeros`(_ value: Double, _ text: String) {
    #expect(Numbers.setting(value) == text)
  }

  @Test(arguments: [
    (0.0, "0 %"), (0.574, "57 %"), (0.0039, "0.4 %"), (-0.12, "−12 %"), (-0.0001, "≈ 0 %"), (0.0996, "10 %"),
    (1, "100 %"),
  ]) func `A share in percent`(_ share: Double, _ text: String) {
    #expect(Numbers.percent(share) == text)
  }

  @Test(arguments: [
    (0.0, "0"), (0.574, "57.4"), (0.0039, "0.4"), (-0.12, "-12.0"), (-0.0001, "0.0"), (0.000025, "0.0"), (1, "100.0"),
    (.nan, "–"),
  ]) func `A percent in a table has one decimal, whatever its size`(_ share: Double, _ text: String) {
    #expect(Numbers.hundredth(share) == text)
  }

  @Test func `Things are counted`() {
    #expect(Numbers.count(1, "prompt") == "1 prompt")
    #expect(Numbers.count(12_345_678, "token") == "12\u{202F}345\u{202F}678 tokens")
    #expect(Markdown.runs([4, 0, 1, 2, 7, 9, 10]) == "0–2, 4, 7, 9–10")
  }

  @Test(arguments: [
    (0.0, 1.0, [0, 0.5, 1]), (-0.23, 1.23, [0, 0.5, 1]), (-0.6, 1.6, [0, 1]), (-5, 6, [-4, 0, 4]),
  ]) func `An axis of shares has its zero`(_ bottom: Double, _ top: Double, _ marks: [Double]) {
    #expect(ShareBars.marks(from: bottom, to: top) == marks)
  }

  @Test func `Names that are plain are code, others are escaped`() {
    #expect(Markdown.name("k_proj") == "`k_proj`")
    #expect(Markdown.name("my model") == "`my model`")
    #expect(Markdown.name("a`b|c") == "a\\`b\\|c")
    #expect(Markdown.name("") == "")
    #expect(Markdown.inline("~a & $b$") == "\\~a \\& \\$b\\$")
  }
}
