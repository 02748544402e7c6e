import AnalysisFixtures
import Fingerprints
import Foundation
import Results
import Testing

@testable import Reporting

/// report.html as a text; the suite of the browser says what it does.
@Suite struct PageTests {
  @Test(arguments: Examples.all) func `A page loads nothing and runs its own script alone`(_ example: Examples) throws {
    let page = try PageText(example.analysis)
    let policy = try #require(page.text.firstMatch(of: #/Content-Security-Policy" content="([^"]*)"/#)?.output.1)
    #expect(policy.hasPrefix("default-src 'none'; script-src 'sha256-"))
    #expect(!policy.contains("unsafe"))
    for inline in page.scripts + page.styles {
      var fingerprint = Fingerprint()
      fingerprint.add(inline)
      #expect(policy.contains("'sha256-\(fingerprint.base64())'"))
    }
    #expect((page.scripts.count, page.styles.count) == (1, 2))
    #expect(!page.markup.contains(#/<[^>]*\s(on[a-z]+|style|src|srcdoc|action)=/#))
    let links = page.markup.matches(of: #/href="([^"]*)"/#).map(\.output.1)
    #expect(
      links.allSatisfy {
        $0.hasPrefix("#") || ["report.md", "analysis.json", "blocks.csv", "prompts.csv"].contains($0)
      })
    #expect(!page.scripts[0].contains("innerHTML") && !page.scripts[0].contains("eval("))
  }

  @Test(arguments: Examples.all) func `A page is well formed and its names are its own`(_ example: Examples) throws {
    let page = try PageText(example.analysis)
    let known: Set = [
      "html", "head", "meta", "title", "style", "body", "nav", "a", "aside", "p", "h1", "h2", "h3", "section", "strong",
      "code", "button", "div", "article", "dl", "dt", "dd", "details", "summary", "table", "thead", "tbody", "tr", "th",
      "td", "span", "form", "figure", "noscript", "svg", "desc", "rect", "text", "line", "polyline", "footer", "script",
    ]
    var open: [Substring] = []
    for tag in page.markup.matches(of: #/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/#) {
      let (closing, name, own) = (tag.output.1, tag.output.2, tag.output.3)
      #expect(known.contains(String(name)), "\(tag.output.0)")
      if !closing.isEmpty {
        #expect(open.popLast() == name)
      } else if own.isEmpty, name != "meta" {
        open.append(name)
      }
    }
    #expect(open.isEmpty)
    let ids = page.markup.matches(of: #/\sid="([^"]*)"/#).map(\.output.1)
    #expect(Set(ids).count == ids.count)
  }

  @Test(arguments: Examples.all) func `A page says what the report says first`(_ example: Examples) throws {
    let answer = Answer(example.analysis)
    let words = try PageText(example.analysis).words.replacing("&nbsp;", with: " ")
    let phrases =
      [answer.title, answer.headline] + answer.reading + answer.alerts.map(\.text)
      + answer.blocks.flatMap { $0.points.map(\.text) } + answer.provenance.map(\.text)
    for phrase in phrases { #expect(words.contains(HTML.text(phrase.plain)), "\(phrase.plain)") }
  }

  @Test func `Nothing of a file is taken for markup`() throws {
    let evil = "</script><!--<script>alert(1)</script>\"'&\u{202E}\u{0}"
    var analysis = Examples.markup.analysis.withPairs(words: [evil, "<!--", "]]>"])
    analysis.base.name = evil
    analysis.adapted.name = evil
    analysis.adapted.targets = [evil]
    analysis.command = "leibniz analyze \(evil)"
    analysis.warnings = [evil]
    for index in analysis.prompts.indices { analysis.prompts[index].id = evil }
    analysis.verification = Verification(
      prompts: 1, tolerance: 1e-3, worst: [.init(statistic: evil, difference: 1, place: evil)], passed: false)
    let names = ["a|b *c*": evil, "<script>\"&,\n# `x`": evil + "2"]
    analysis = analysis.renamingRegions(names)
    let page = try PageText(analysis)
    #expect((page.scripts.count, page.styles.count) == (1, 2))
    #expect(page.text.matches(of: #/<\/script/#).count == 2)
    #expect(page.text.matches(of: #/<!--/#).isEmpty)
    #expect(page.words.contains("&lt;script&gt;alert"))
    #expect(!page.text.unicodeScalars.contains("\u{202E}") && !page.text.unicodeScalars.contains("\u{0}"))
    #expect(page.data["adapted"] as? String == evil.visible)
    let pairs = try #require(page.data["pairs"] as? [[String: Any]])
    #expect(pairs.contains { $0["query"] as? String == evil.visible + "2" && $0["key"] as? String == evil.visible })
    let tokens = try #require(page.data["tokens"] as? [[Any]])
    #expect("\(tokens)".contains("</script>"))
    #expect((page.data["markdown"] as? String)?.contains("alert") == true)
  }

  @Test(arguments: [(30, 9), (80, 64)])
  func `A page of a large model is no more than two megabytes, layers first`(layers: Int, heads: Int) throws {
    let analysis = SyntheticAnalysis.whole(layers: layers, heads: heads)
    let page = try PageText(analysis)
    #expect(page.text.utf8.count <= 2_000_000)
    let groups = try #require(page.data["groups"] as? [[String: Any]])
    func count(_ kind: String, heads: Bool) -> Int {
      groups.filter { $0["kind"] as? String == kind }.flatMap { $0["rows"] as? [[Any]] ?? [] }
        .count { $0[0] is NSNull == false && ($0[1] is NSNull) != heads }
    }
    for kind in ["terms", "detail", "mass", "sources", "values"] {
      #expect(count(kind, heads: false) == 3 * layers, "\(kind)")
    }
    #expect(count("terms", heads: true) == 3 * layers * heads)
    let isWhole = layers == 30
    #expect((count("values", heads: true) == 3 * layers * heads) == isWhole)
    #expect((count("pairs", heads: true) > 0) == isWhole)
  }

  @Test func `Twelve regions are no more than two megabytes either`() throws {
    let analysis = SyntheticAnalysis.whole(layers: 30, heads: 9).withRegions(12)
    let page = try PageText(analysis)
    #expect(page.text.utf8.count <= 2_000_000)
    // Of 78 pairs those with most of the change are told.
    #expect(Findings.all(analysis).count == 64 && page.words.contains("14 others, with"))
  }

  @Test func `A page has what a report has beside the answer`() throws {
    var analysis = Examples.plain.analysis
    let plain = try PageText(analysis)
    #expect(!plain.words.contains("Chance") && !plain.markup.contains("href=\"prompts.csv\""))
    let words = plain.words.replacing("&nbsp;", with: " ")
    for point in GuideWords(analysis).points { #expect(words.contains(HTML.text(point.plain))) }
    analysis.null = [
      NullComparison(layer: nil, query: "after", key: "before", statistic: "rms", value: 4, nulls: [1, 1.5, 2])
    ]
    analysis.nulls = NullSetting(count: 3, match: nil)
    let number = Array(repeating: 1.0, count: analysis.prompts.count)
    analysis.byPrompt = [
      PromptContribution(
        layer: 0, query: "after", key: "before", queries: number.map { Int($0) }, moved: nil,
        raw: .init(delta: number, terms: [number, number, number]), centered: nil)
    ]
    let page = try PageText(analysis)
    #expect(
      page.words.contains(
        "after → before: rms ΔS is 2.67 times a random change's (z = 5.00, p = 0.250, the least that 3"))
    #expect(page.markup.contains("href=\"prompts.csv\"") && MarkdownReport(analysis).text.contains("(prompts.csv)"))
    #expect(try ReportFiles.all(analysis).contains { $0.path == "prompts.csv" })
  }

  @Test func `Layers are a bar where the term that leads differs among them`() throws {
    var analysis = Examples.plain.analysis
    for index in analysis.summary.indices where analysis.summary[index].layer == 2 {
      analysis.summary[index].raw.terms[1].share = 2
      analysis.summary[index].centered.terms[1].share = 2
    }
    let block = try #require(Answer(analysis).blocks.first { !$0.layers.isEmpty })
    let bar = LayerBar(block).html
    let widths = bar.matches(of: #/x="([0-9.]+)" width="([0-9.]+)"/#).map { (Double($0.output.1), Double($0.output.2)) }
    #expect(widths.count == analysis.base.layers && widths.allSatisfy { ($0.0 ?? -1) >= 0 && ($0.1 ?? -1) >= 0 })
    let last = try #require(widths.last)
    #expect(abs((last.0 ?? 0) + (last.1 ?? 0) - 99.7) < 0.1)
    #expect(bar.contains("class=\"KtdQ") && bar.contains("aria-label=\"\(HTML.text(block.layers.plain))\""))
    #expect(try PageText(analysis).markup.contains(bar))
    #expect(MarkdownReport(analysis).text.contains(block.layers.markdown))
  }

  @Test func `Knock-outs can be read without the script, and nothing of their names is markup`() throws {
    let evil = "</script><!--<b>\u{202E}"
    var ablation = SyntheticAblation.make { $0.heads = (2, 2) }
    ablation.knockouts[0].name = evil
    ablation.knockouts[0].query = evil
    ablation.lossRegion = evil
    ablation.warnings = [evil]
    let page = try PageText(Examples.parts.analysis, [ablation])
    #expect(page.scripts.count == 1 && page.text.matches(of: #/<!--/#).isEmpty)
    #expect(!page.text.unicodeScalars.contains("\u{202E}"))
    #expect(page.words.contains("Knock-outs") && page.words.contains("two views") && page.words.contains("&lt;b&gt;"))
    let knockouts = try #require(page.data["knockouts"] as? [String: Any])
    let rows = try #require(knockouts["rows"] as? [[Any]])
    #expect(rows.count == 6 + 2 + 3 + 4 && knockouts["left"] as? Int == 0)
    #expect(rows.contains { $0[0] as? String == evil.visible && $0[1] as? String == evil.visible })
    let head = try #require(rows.first { ($0[4] as? [[Int]]) == [[1, 1]] })
    #expect(head[0] as? String == "dKᵀQ after→before" && (head[5] as? Int).map { (85...95).contains($0) } == true)
    #expect(try PageText(Examples.parts.analysis).data["knockouts"] is NSNull)
  }

  @Test func `Knock-outs of a large model leave room for the rest`() throws {
    let analysis = SyntheticAnalysis.whole(layers: 80, heads: 64)
    let page = try PageText(analysis, [SyntheticAblation.make { $0.heads = (80, 64) }])
    #expect(page.text.utf8.count <= 2_000_000)
    let knockouts = try #require(page.data["knockouts"] as? [String: Any])
    let (rows, left) = (try #require(knockouts["rows"] as? [[Any]]), try #require(knockouts["left"] as? Int))
    #expect(rows.count + left == 6 + 2 + 3 + 80 * 64 && rows.count > 3000)
    let groups = try #require(page.data["groups"] as? [[String: Any]])
    #expect(groups.contains { $0["kind"] as? String == "terms" && ($0["rows"] as? [Any])?.count == 80 * 64 })
  }

  @Test func `Adapters that were analysed together lead to each other's pages`() throws {
    let (one, two) = (Examples.plain.analysis, Examples.masked.analysis)
    let comparison = AdapterComparison(
      version: "", base: one.base, regions: [], adapters: [], differences: [], notes: [], measure: .rms, blocks: [],
      pairs: [], layers: [], heads: [], profiles: [], knockouts: [])
    let files = try ReportFiles.all([one, two], comparison)
    let page = try #require(files.first { $0.path == "tiny-full/report.html" })
    let text = String(decoding: page.bytes, as: UTF8.self)
    #expect(text.contains("href=\"../tiny-masked/report.html\">tiny-masked</a>"))
    #expect(text.contains("aria-current=\"page\">tiny-full</a>"))
  }

  @Test func `Numbers of the data have five digits, and texts come back`() throws {
    let numbers: [(Double, String)] = [
      (0, "0"), (1, "1"), (0.3, "0.3"), (-0.123456, "-0.12346"), (0.123401, "0.12341"), (0.123459, "0.12346"),
      (99.999, "99.999"), (1234.5678, "1234.6"), (1e-7, "1e-07"), (123456, "123456"), (123456.78, "123456.7"),
      (1.5e20, "1.5e+20"),
      (.nan, "null"), (-.infinity, "null"),
    ]
    for (number, text) in numbers { #expect(ScriptJSON.number(number) == text) }
    let shares: [(Double, String)] = [
      (0.1234, "1234"), (0.5, "5000"), (-0.00001, "-1"), (1, "10000"), (0.99999, "9999"), (0.10001, "1001"),
      (1e300, "1000000000"), (.nan, "null"),
    ]
    for (share, text) in shares { #expect(ScriptJSON.share(share, isZero: false) == text, "\(share)") }
    #expect(ScriptJSON.share(0, isZero: true) == "null")
    let text = "a\"\\</script>\u{2028}\u{1}\n🙂é"
    let read = try JSONSerialization.jsonObject(with: Data(ScriptJSON.string(text).utf8), options: .fragmentsAllowed)
    #expect(read as? String == text)
  }
}
