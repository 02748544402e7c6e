import AnalysisFixtures
import Results
import Testing

@testable import Reporting

/// The map of writers of report.html in Chromium. Skipped where there is no Chromium.
@Suite(.serialized, .enabled(if: Browser.program != nil, "there is no Chromium"))
struct WritersInBrowserTests {
  private static let analysis = SyntheticAnalysis.whole(layers: 6, heads: 4)

  @Test func `A reader shows its writers, and a writer its readers`() throws {
    let browser = try visit(Self.analysis.withWriters())
    defer { browser.leave() }
    #expect(try browser.count("#writers svg.map path") > 3 && browser.count("#writers .chosen") == 0)
    try browser.click("#map [data-layer='3'][data-head='1']")
    let panel = try browser.text("#panel")
    // (u + 1)(h + 1)/1000 of L2.mlp, a fifth of that against the change by its attention.
    #expect(panel.contains("L2.mlp\t+0.00600\t") && panel.contains("L2.attention\t−0.00120\t"), "\(panel)")
    #expect(panel.contains("previous → induction"))
    #expect(try browser.count("#writers .chosen") == 3, "a row in every panel")
    try browser.click("#panel a[href*='writer=L2.mlp']")
    #expect(try hash(browser) == "#query=after&key=before&layer=3&head=1&writer=L2.mlp")
    #expect(try browser.text("#writers .reads") == "Who reads what L2.mlp wrote")
    let readers = try browser.text("#writers .blocks")
    #expect(
      readers.contains("L3\t+0.00750") && readers.contains("L3H3\t+0.0120") && !readers.contains("L2\t"), "\(readers)")
    #expect(try browser.count("#writers .chosen") == 4)
    try browser.choose("read", "KtdQ")
    #expect(try browser.text("#writers .blocks").contains("L3H3\t+0.00300"))
    #expect(try browser.text("#panel").contains("Who wrote what queries (KᵀdQ) inherit"))
    try browser.click("#writers .up a[href*='by=written']")
    #expect(try browser.text("#map .legend").contains("of what L2.mlp wrote"))
    #expect(try browser.count("#map rect.none[data-layer=\"2\"]") == 4, "layers before it read nothing of it")
    #expect(try browser.count("#map rect.p20") >= 1)
    try browser.click("#writers .blocks a[href*='layer=4&head=3']")
    #expect(try browser.text("#panel h3") == "L4H3, after → before")
    try browser.click("#writers .up a")
    #expect(try browser.count("#writers .reads") == 0)
    #expect(try hash(browser) == "#query=after&key=before&layer=4&head=3&read=KtdQ")
  }

  @Test func `A click on the map chooses both, and keys move in it`() throws {
    let browser = try visit(Self.analysis.withWriters())
    defer { browser.leave() }
    try browser.clickWriters(layer: 4, writer: "L1.mlp")
    #expect(try hash(browser) == "#query=after&key=before&layer=4&writer=L1.mlp")
    #expect(try browser.text("#writer-caption") == "L4 reads +0.00500 nats a query and head of what L1.mlp wrote")
    _ = try browser.evaluate("document.querySelector('#writers svg.map').focus()")
    for key in ["ArrowUp", "ArrowRight", "ArrowRight", "ArrowLeft"] { try browser.press(key) }
    #expect(try hash(browser) == "#query=after&key=before&layer=3&writer=L2.mlp")
    #expect(try browser.evaluate("document.activeElement.closest('#writers') !== null") as? Bool == true)
    try browser.press("Escape")
    #expect(try hash(browser) == "#query=after&key=before")
  }

  @Test func `Heads as writers have readers too`() throws {
    let browser = try visit(Self.analysis.withWriters(byHead: true), "query=after&key=before&layer=5&head=3")
    defer { browser.leave() }
    #expect(try browser.text("#panel").contains("Of heads, most by L4H3 −0.00160"))
    try browser.click("#panel a[href*='writer=L4H3']")
    #expect(try browser.text("#writers .blocks").contains("L5H3\t−0.00160"))
    #expect(try browser.text("#writers .blocks").contains("L5\t−0.00100"))
    try browser.click("#map [data-layer='2'][data-head='1']")
    try browser.click("#panel a[href*='writer=L2H1']")
    #expect(try browser.text("#writers .reads") == "Who reads what L2H1 wrote")
  }

  @Test(arguments: [false, true]) func `The address keeps the writer, and a wrong one is no error`(byHead: Bool) throws
  {
    let view = "query=after&key=after&layer=3&by=written&writer=L1.attention&read=dKtQ&sort=role&filter=induction"
    let browser = try visit(Self.analysis.withWriters(byHead: byHead), view)
    defer { browser.leave() }
    #expect(try browser.text("#writers .reads") == "Who reads what L1.attention wrote")
    #expect(try browser.evaluate("document.querySelector('select[name=read]').value") as? String == "dKtQ")
    #expect(try browser.count("#head-table tbody tr") == 12, "heads that are or become induction heads")
    _ = try browser.evaluate("location.hash = 'by=written&writer=__proto__&read=constructor&layer=2'")
    try browser.wait(until: "document.querySelector('#panel h3').innerText === 'L2, after → before'")
    #expect(try browser.count("#writers .reads") == 0)
    #expect(try browser.evaluate("document.querySelector('select[name=by]').value") as? String == "leads")
  }

  @Test(arguments: [6, 30]) func `Nothing is wider than a phone`(layers: Int) throws {
    let analysis = SyntheticAnalysis.whole(layers: layers, heads: 9).withWriters()
    let browser = try visit(analysis)
    defer { browser.leave() }
    for width in [390, 700, 1200] {
      try browser.call(
        "Emulation.setDeviceMetricsOverride",
        ["width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width == 390])
      _ = try browser.evaluate("location.hash = 'query=after&key=before&layer=2&writer=L1.mlp&all=\(width)'")
      try browser.wait(until: "document.querySelectorAll('#writers .chosen').length > 1")
      // A bar to scroll by takes some of the room.
      #expect(try browser.evaluate("document.documentElement.scrollWidth <= innerWidth") as? Bool == true, "\(width)")
    }
  }

  private func visit(_ analysis: Analysis, _ view: String = "") throws -> Browser {
    try Browser.visit(ReportFiles.page(analysis, ablations: []), view)
  }

  private func hash(_ browser: Browser) throws -> String? { try browser.evaluate("location.hash") as? String }
}

extension Browser {
  /// Clicks on a cell of the map of writers, where the page itself says that it lies.
  fileprivate func clickWriters(layer: Int, writer: String) throws {
    _ = try evaluate(
      """
      (() => {
        const svg = document.querySelector('#writers svg.map');
        const layout = writerLayout();
        const panel = layout.panels.find(({ writers }) => writers.includes(data.writers.indexOf('\(writer)')));
        const box = svg.getBoundingClientRect();
        const scale = box.width / layout.width;
        const column = panel.writers.indexOf(data.writers.indexOf('\(writer)'));
        svg.dispatchEvent(new MouseEvent('click', {
          bubbles: true, clientX: box.left + scale * (panel.x + (column + 0.5) * panel.cell),
          clientY: box.top + scale * (panel.y + layout.top + (\(layer) + 0.5) * layout.side),
        }));
      })()
      """)
    try wait(until: "location.hash.includes('writer=')")
  }
}
