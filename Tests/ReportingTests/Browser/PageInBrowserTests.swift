import AnalysisFixtures
import Foundation
import Results
import Testing

@testable import Reporting

/// report.html in Chromium, opened as a file. Skipped where there is no Chromium.
@Suite(.serialized, .enabled(if: Browser.program != nil, "there is no Chromium"))
struct PageInBrowserTests {
  @Test(arguments: Examples.all) func `Every page loads without a complaint`(_ example: Examples) throws {
    let browser = try visit(example.analysis)
    defer { browser.leave() }
    let isChanged = ![.unchanged, .unchangedParts, .itself].contains(example)
    #expect(try browser.evaluate("document.getElementById('explore')?.hidden === false") as? Bool == isChanged)
    #expect(try browser.evaluate("document.querySelectorAll('#map rect[data-head]').length > 0") as? Bool == isChanged)
    #expect(try browser.evaluate("document.body.innerText.includes('[object')") as? Bool == false)
    #expect(try browser.evaluate("document.body.innerText.includes('NaN')") as? Bool == false)
    #expect(try browser.evaluate("document.body.innerText.includes('undefined')") as? Bool == false)
  }

  @Test func `From the matrix to a head and its pairs of tokens by clicks`() throws {
    let analysis = SyntheticAnalysis.whole(layers: 6, heads: 4)
    let browser = try visit(analysis)
    defer { browser.leave() }
    #expect(try browser.text("#panel h3") == "All layers and heads, after → before")
    try browser.click(".matrix a[href='#query=after&key=after']")
    #expect(try browser.text("#panel h3") == "All layers and heads, after → after")
    try browser.click("#map [data-layer='2'][data-head='1']")
    #expect(try browser.text("#panel h3") == "L2H1, after → after")
    for part in ["of the change", "own", "moved", "dP·V"] {
      #expect(try browser.text("#panel").contains(part), "\(part)")
    }
    #expect(try browser.evaluate("document.querySelectorAll('#pairs li').length") as? Int == 8)
    #expect(try browser.evaluate("document.querySelectorAll('#pairs mark').length") as? Int == 16)
    #expect(try browser.evaluate("location.hash") as? String == "#query=after&key=after&layer=2&head=1")
    try browser.click("#panel .up a")
    #expect(try browser.text("#panel h3") == "All layers and heads, after → after")
    _ = try browser.evaluate("history.back()")
    try browser.wait(until: "document.querySelector('#panel h3').innerText.startsWith('L2H1')")
    try browser.choose("by", "size")
    try browser.choose("split", "raw")
    #expect(
      try browser.evaluate("location.hash") as? String == "#query=after&key=after&layer=2&head=1&by=size&split=raw")
    #expect(
      try browser.evaluate(
        "[...document.querySelectorAll('#map [data-head]')].every((cell) => cell.classList[0].startsWith('z'))")
        as? Bool == true)
  }

  @Test(arguments: [Examples.whole, Examples.parts.analysis])
  func `Card and panel have the same numbers`(_ analysis: Analysis) throws {
    let browser = try visit(analysis)
    defer { browser.leave() }
    let findings = Findings.all(analysis)
    for (number, block) in findings.enumerated() where block.isChanged {
      try browser.choose("pair", "\(number)")
      let panel = try browser.text("#panel").replacing("\u{A0}", with: " ")
      let title = "\(block.pair.query) → \(block.pair.key)"
      let card = try #require(Answer(analysis).blocks.first { $0.title.plain == title }?.points.first).text.plain
      if let change = card.firstMatch(of: #/which gets ([0-9.]+ %) where it got ([0-9.]+ %) (\([^)]*points:[^)]*\))/#) {
        let (adapted, base) = (change.output.1, change.output.2)
        #expect(panel.contains("gets \(adapted) where it got \(base)") && panel.contains(change.output.3), "\(panel)")
      } else {
        #expect(card.contains("keeps all of it"), "\(card)")
      }
      for term in Term.allCases {
        let felt = try #require(block.felt)
        #expect(panel.contains("\t\(Numbers.size(felt[term]))\t"), "\(term.name): \(panel)")
      }
    }
  }

  @Test func `The address keeps the view`() throws {
    let view = "query=after&key=after&layer=3&head=2&by=KtdQ&sort=rms&filter=L3"
    let browser = try visit(SyntheticAnalysis.whole(layers: 6, heads: 4), view)
    defer { browser.leave() }
    #expect(try browser.evaluate("document.querySelector('#panel h3').innerText") as? String == "L3H2, after → after")
    #expect(try browser.evaluate("document.querySelectorAll('#head-table tbody tr').length") as? Int == 4)
    #expect(try browser.evaluate("document.querySelector('select[name=by]').value") as? String == "KtdQ")
  }

  @Test func `A wrong address is no error`() throws {
    let wrong = "query=%3Cscript%3E&key=x&layer=99999&head=-1&by=__proto__&sort=constructor&filter=%25&split=9"
    let browser = try visit(Examples.plain.analysis, wrong)
    defer { browser.leave() }
    #expect(
      try browser.evaluate("document.querySelector('#panel h3').innerText") as? String
        == "All layers and heads, after → before")
  }

  @Test func `Keys move from head to head, and heads are sorted and filtered`() throws {
    let browser = try visit(SyntheticAnalysis.whole(layers: 6, heads: 4))
    defer { browser.leave() }
    func title() throws -> String? { try browser.evaluate("document.querySelector('#panel h3').innerText") as? String }
    _ = try browser.evaluate("document.querySelector('#map svg').focus()")
    for key in ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"] { try browser.press(key) }
    #expect(try title() == "L1H1, after → before")
    try browser.press("Escape")
    #expect(try title() == "All layers and heads, after → before")
    let first = "document.querySelector('#head-table tbody a').innerText"
    try browser.click("#head-table button[data-sort=name]")
    #expect(try browser.evaluate(first) as? String == "L0H0")
    try browser.click("#head-table button[data-sort=name]")
    #expect(try browser.evaluate(first) as? String == "L5H3")
    _ = try browser.evaluate(
      "(field => { field.value = 'H2'; field.dispatchEvent(new Event('input')); })(document.getElementById('head-filter'))"
    )
    #expect(try browser.evaluate("document.querySelectorAll('#head-table tbody tr').length") as? Int == 6)
    #expect(try browser.evaluate(first) as? String == "L5H2")
  }

  @Test func `The answer is copied and figures are saved as SVG and CSV`() throws {
    let browser = try visit(Examples.parts.analysis)
    defer { browser.leave() }
    _ = try browser.evaluate(
      "navigator.clipboard.writeText = async (text) => { window.copied = text; }; URL.createObjectURL = (blob) => { (window.saved ??= []).push(blob); return '#saved'; }"
    )
    try browser.click("#copy")
    let copied = try browser.evaluate("window.copied") as? String
    #expect(copied?.hasPrefix("# What `tiny-masked` changed in the attention of `tiny`\n\n## The answer\n") == true)
    let buttons = try browser.evaluate("document.querySelectorAll('[data-file]').length") as? Int ?? 0
    #expect(buttons >= 4)
    for button in 0..<buttons {
      _ = try browser.evaluate("document.querySelectorAll('[data-file]')[\(button)].click()")
    }
    let texts = try browser.evaluate("Promise.all(window.saved.map((blob) => blob.text()))") as? [String] ?? []
    #expect(texts.count == buttons)
    let drawings = texts.filter { $0.hasPrefix("<svg") }
    #expect(drawings.count * 2 == texts.count)
    for drawing in drawings {
      #expect(
        drawing.contains("xmlns=\"http://www.w3.org/2000/svg\"") && drawing.contains("prefers-color-scheme: dark"))
    }
    for table in texts where !table.hasPrefix("<svg") {
      let rows = table.split(separator: "\r\n").map { $0.count { $0 == "," } }
      #expect(rows.count > 5 && Set(rows).count == 1)
    }
  }

  @Test func `It prints, and nothing is wider than a phone`() throws {
    let browser = try visit(SyntheticAnalysis.whole(layers: 30, heads: 9))
    defer { browser.leave() }
    let printed = try browser.call("Page.printToPDF")["data"] as? String ?? ""
    #expect(Data(base64Encoded: printed)?.starts(with: Data("%PDF".utf8)) == true)
    try browser.call(
      "Emulation.setDeviceMetricsOverride", ["width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true])
    #expect(try browser.evaluate("document.documentElement.scrollWidth") as? Int == 390)
    for scheme in ["light", "dark"] {
      try browser.call("Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": scheme]]])
      let paper = try browser.evaluate("getComputedStyle(document.documentElement).backgroundColor") as? String
      #expect(paper == (scheme == "light" ? "rgb(255, 255, 255)" : "rgb(13, 17, 23)"))
    }
  }

  @Test func `Knock-outs stand where they were made, and heads are coloured and sorted by them`() throws {
    let ablation = SyntheticAblation.make { $0.heads = (6, 4) }
    let browser = try visit(SyntheticAnalysis.whole(layers: 6, heads: 4), "query=after&key=before", [ablation])
    defer { browser.leave() }
    #expect(try browser.text("#panel").contains("two views") && browser.text("#panel").contains("scores and values"))
    try browser.click("#map [data-layer='2']:not([data-head])")
    #expect(try browser.text("#panel h3") == "L2, after → before")
    #expect(try browser.text("#panel").contains("scores\t6.0\u{A0}%"))
    try browser.click("#map [data-layer='2'][data-head='3']")
    let head = try browser.text("#panel")
    #expect(head.contains("dKᵀQ after→before\t"), "\(head)")
    #expect(head.contains("dKᵀQ after→before, with 1 other head\t"))
    try browser.choose("by", "lost")
    #expect(try browser.text("#map .legend").contains("of the benefit lost"))
    try browser.click("#head-table button[data-sort=lost]")
    let losses = """
      [...document.querySelectorAll('#head-table tbody tr')].map((row) => Number(row.lastElementChild.innerText))
      """
    let shown = try browser.evaluate(losses) as? [Double] ?? []
    #expect(shown.count == 20 && shown == shown.sorted(by: >) && shown[0] > shown[19])
    try browser.choose("pair", "2")
    #expect(try browser.text("#panel").contains("Knock-outs") == false)
  }

  private func visit(_ analysis: Analysis, _ view: String = "", _ ablations: [Ablation] = []) throws -> Browser {
    try Browser.visit(ReportFiles.page(analysis, ablations: ablations), view)
  }
}
