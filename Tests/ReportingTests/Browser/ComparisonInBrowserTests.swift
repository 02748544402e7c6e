import AnalysisFixtures
import Foundation
import Results
import Testing

@testable import Reporting

/// compare.html in Chromium, opened as a file. Skipped where there is no Chromium.
@Suite(.serialized, .enabled(if: Browser.program != nil, "there is no Chromium"))
struct ComparisonInBrowserTests {
  @Test(arguments: ComparisonPageTests.examples) func `Every page loads without a complaint`(
    _ comparison: AdapterComparison
  ) throws {
    let browser = try visit(comparison)
    defer { browser.leave() }
    let isAnalysed = !comparison.blocks.isEmpty
    #expect(try browser.evaluate("document.getElementById('explore')?.hidden === false") as? Bool == isAnalysed)
    #expect(try browser.evaluate("document.querySelectorAll('#maps path').length > 0") as? Bool == isAnalysed)
    for wrong in ["[object", "NaN", "undefined"] {
      #expect(try browser.evaluate("document.body.innerText.includes('\(wrong)')") as? Bool == false)
    }
  }

  @Test(arguments: [AdapterComparison.Measure.divergence, .moved])
  func `From the map to a head and to its place in an adapter's page`(_ measure: AdapterComparison.Measure) throws {
    let browser = try visit(SyntheticComparison.make { $0.measure = measure }, pages: ["full/report.html"])
    defer { browser.leave() }
    #expect(try browser.text("#panel h3") == "All layers and heads, all tokens")
    #expect(try browser.text("#panel").contains("full less masked"))
    try browser.choose("pair", "1")
    #expect(try browser.text("#panel h3") == "All layers and heads, after → before")
    try browser.clickMap(1, layer: 4, head: 2)
    #expect(try browser.text("#panel h3") == "L4H2, after → before")
    let panel = try browser.text("#panel")
    #expect(panel.contains(" apart") && panel.contains("points apart") == (measure == .moved), "\(panel)")
    #expect(panel.contains(measure == .moved ? "Attention moved" : "What attention felt, in nats"))
    #expect(panel.contains("In the layer, L4"))
    #expect(try browser.count("#panel .bars tr") == 3)
    #expect(try browser.count("#maps .chosen") == 4, "in every map")
    let view = "#query=after&key=before&layer=4&head=2"
    #expect(try browser.evaluate("location.hash") as? String == view)
    for link in ["#panel .bars a", "#adapters a", "a.sibling:not([aria-current])"] {
      let address = try browser.evaluate("document.querySelector('\(link)').href") as? String
      #expect(address?.hasSuffix("/full/report.html\(view)") == true, "\(link)")
    }
    #expect(try browser.count("#panel .bars a") == 1, "the others have no page")
    try browser.clickMap(3, layer: 1, head: -1)
    #expect(try browser.text("#panel h3") == "L1, after → before")
    #expect(try browser.text("#panel").contains("["), "layers have intervals")
    try browser.click("#panel .up a")
    #expect(try browser.text("#panel h3") == "All layers and heads, after → before")
  }

  @Test func `The address keeps the view, and a wrong one is no error`() throws {
    let browser = try visit(
      SyntheticComparison.make(), "query=after&key=after&layer=3&head=1&sort=adapter1&filter=L3")
    defer { browser.leave() }
    for _ in 0..<2 {
      #expect(try browser.text("#panel h3") == "L3H1, after → after")
      #expect(try browser.count("#head-table tbody tr") == 4)
      #expect(
        try browser.evaluate("document.querySelector('[aria-sort] button').dataset.sort") as? String == "adapter1")
      try browser.call("Page.reload")
      try browser.wait(until: "document.readyState === 'complete' && document.querySelector('#panel h3') !== null")
    }
    _ = try browser.evaluate("location.hash = 'query=%3Cscript%3E&key=x&layer=99999&head=-1&sort=__proto__&filter=%25'")
    try browser.wait(until: "document.querySelector('#panel h3').innerText === 'All layers and heads, all tokens'")
  }

  @Test func `Keys move from head to head, and heads are sorted and filtered`() throws {
    let browser = try visit(SyntheticComparison.make())
    defer { browser.leave() }
    _ = try browser.evaluate("document.querySelector('#maps svg').focus()")
    for key in ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"] { try browser.press(key) }
    #expect(try browser.text("#panel h3") == "L1H1, all tokens")
    try browser.press("Escape")
    #expect(try browser.text("#panel h3") == "All layers and heads, all tokens")
    let points =
      "[...document.querySelectorAll('#head-table tbody tr')].map((row) => Number(row.children[1].innerText))"
    let apart = try browser.evaluate(points) as? [Double] ?? []
    #expect(apart.count == 20 && apart == apart.sorted(by: >))
    try browser.click("#heads p button")
    #expect(try browser.count("#head-table tbody tr") == 24)
    try browser.click("#head-table button[data-sort=name]")
    #expect(try browser.text("#head-table tbody a") == "L0H0")
    try browser.click("#head-table button[data-sort=name]")
    #expect(try browser.text("#head-table tbody a") == "L5H3")
    _ = try browser.evaluate(
      "(field => { field.value = 'H2'; field.dispatchEvent(new Event('input')); })(document.getElementById('head-filter'))"
    )
    #expect(try browser.count("#head-table tbody tr") == 6)
  }

  @Test func `The answer is copied, figures are saved as SVG and heads as CSV`() throws {
    let comparison = SyntheticComparison.make()
    let browser = try visit(comparison)
    defer { browser.leave() }
    _ = try browser.evaluate(
      "navigator.clipboard.writeText = async (text) => { window.copied = text; }; URL.createObjectURL = (blob) => { (window.saved ??= []).push(blob); return '#saved'; }"
    )
    try browser.click("#copy")
    let copied = try #require(try browser.evaluate("window.copied") as? String)
    #expect(copied.hasPrefix("# 3 adapters of `tiny` side by side\n\n- **`full` changes attention most"))
    #expect(ComparisonReport(comparison).text.hasPrefix(copied))
    _ = try browser.evaluate("document.querySelectorAll('[data-file]').forEach((button) => button.click())")
    let texts = try browser.evaluate("Promise.all(window.saved.map((blob) => blob.text()))") as? [String] ?? []
    let drawings = texts.filter { $0.hasPrefix("<svg") && $0.contains("xmlns=\"http://www.w3.org/2000/svg\"") }
    #expect(drawings.count == 3 && drawings.allSatisfy { $0.contains("prefers-color-scheme: dark") })
    let tables = texts.filter { !$0.hasPrefix("<svg") }
    #expect(tables.count == 2)
    for table in tables {
      let rows = table.split(separator: "\r\n").map { $0.count { $0 == "," } }
      #expect(rows.count > 20 && Set(rows).count == 1)
    }
    #expect(tables.contains { $0.hasPrefix("query,key,layer,head,apart,full,masked,keys\r\n") })
  }

  @Test func `It prints, nothing is wider than a phone, and there is a dark mode`() throws {
    let browser = try visit(SyntheticComparison.make { $0.adapters = (0..<8).map { "a long name of adapter \($0)" } })
    defer { browser.leave() }
    let printed = try browser.call("Page.printToPDF")["data"] as? String ?? ""
    #expect(Data(base64Encoded: printed)?.starts(with: Data("%PDF".utf8)) == true)
    try browser.call(
      "Emulation.setDeviceMetricsOverride", ["width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true])
    #expect(try browser.evaluate("document.documentElement.scrollWidth") as? Int == 390)
    try browser.call("Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": "dark"]]])
    let paper = try browser.evaluate("getComputedStyle(document.documentElement).backgroundColor") as? String
    #expect(paper == "rgb(13, 17, 23)")
  }

  @Test func `A large comparison says what is left out and still answers`() throws {
    let comparison = SyntheticComparison.make {
      $0.adapters = (0..<8).map { "adapter-\($0)" }
      $0.regions = (0..<6).map { "region \($0)" }
      ($0.layers, $0.heads) = (80, 64)
    }
    let browser = try visit(comparison)
    defer { browser.leave() }
    #expect(try browser.count("#head-table tbody tr") == 20)
    try browser.choose("pair", "21")
    #expect(try browser.text("#maps").contains("of 5120 heads here, those in which adapters lie furthest apart"))
    try browser.clickMap(8, layer: 79, head: 63)
    #expect(try browser.text("#panel h3").hasPrefix("L79H63"))
    #expect((9..<1000).contains(try browser.count("#maps path")), "a path a colour, not one a head")
  }

  private func visit(
    _ comparison: AdapterComparison, _ view: String = "", pages: [String?] = []
  ) throws -> Browser {
    // Without comparison.json, which takes its time where there are many heads.
    try Browser.visit(ComparisonPage(ComparisonReport(comparison), pages: pages).text, view)
  }
}

extension Browser {
  /// Clicks into the middle of a head's cell, or beside the map on a layer's name, as a pointer does.
  fileprivate func clickMap(_ map: Int, layer: Int, head: Int) throws {
    _ = try evaluate(
      """
      (() => {
        const layout = mapLayout();
        const svg = document.querySelector('#maps svg');
        const box = svg.getBoundingClientRect();
        const scale = box.width / layout.width;
        const [x, y] = layout.starts[\(map)];
        const clientX = box.left + scale * (\(head) < 0 ? x + 8 : x + layout.left + (\(head) + 0.5) * layout.cell);
        const clientY = box.top + scale * (y + layout.top + (\(layer) + 0.5) * layout.height);
        svg.dispatchEvent(new MouseEvent('click', { clientX, clientY, bubbles: true }));
        return new Promise((done) => setTimeout(done, 60));
      })()
      """)
  }
}
