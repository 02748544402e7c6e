import AnalysisFixtures
import Foundation
import Reporting
import Results
import Testing

/// report.md.
@Suite struct MarkdownReportTests {
  @Test(arguments: [Examples.masked, .failed, .markup, .singleRegion, .itself, .parts])
  func `The report reads as it was read last`(_ example: Examples) throws {
    let text = MarkdownReport(example.analysis).text
    #expect(try Golden("\(example).md").difference(from: text) == nil)
  }

  @Test(arguments: Examples.all) func `No text holds what is not a number`(_ example: Examples) throws {
    let page = try PageText(example.analysis).words
    for file in try ReportFiles.all(example.analysis) where file.path != "analysis.json" {
      let words = (file.path == "report.html" ? page : String(decoding: file.bytes, as: UTF8.self)).lowercased()
        .split { !($0.isLetter || $0.isNumber) }.map(String.init)
      #expect(words.isEmpty == false)
      for word in ["nan", "inf", "infinity", "nil", "optional", "null"] {
        #expect(!words.contains(word), "\(word) in \(file.path)")
      }
    }
  }

  @Test func `The report starts with the answer`() throws {
    let text = MarkdownReport(Examples.masked.analysis).text
    let lines = text.split(separator: "\n")
    #expect(lines.prefix(2) == ["# What `tiny-masked` changed in the attention of `tiny`", "## The answer"])
    #expect(lines[2].hasPrefix("Scores of “after” on “before” changed by **"))
    let answer = try section("The answer", of: text)
    #expect(
      answer.contains(
        "- Which term: **The scores change through KᵀdQ alone.** dKᵀQ and dKᵀdQ are **structurally zero**"))
    #expect(answer.contains("### before → before\n\n- How much: Nothing changes. Neither keys nor queries can differ"))
  }

  @Test func `What moved stands at the top of the answer, where it is known`() throws {
    let answer = try section("The answer", of: MarkdownReport(Examples.parts.analysis).text)
    #expect(answer.hasPrefix("\n**9.0 % of all attention of “after”** moved to or from “before”; "))
    #expect(
      answer.contains(
        """
        - How much: **9.0 % of all attention of “after”** moved to or from “before”, which gets 58.9 % where it got 62.5 % \
        (−3.6 points: −0.9 by changed keys, −2.7 by changed queries); **0.0810 nats** a query and head \\[0.0709 to 0.0911\\]; rms \
        ΔS is
        """))
    let still = try section("The answer", of: MarkdownReport(Examples.unchangedParts.analysis).text)
    #expect(still.hasPrefix("\nNo attention score changed on these prompts."))
    for example in [Examples.masked, .itself] {
      #expect(!MarkdownReport(example.analysis).text.contains("of all attention of"))
    }
  }

  @Test func `Values are told where they were asked for`() throws {
    let values = try section("What the heads write", of: MarkdownReport(Examples.parts.analysis).text)
    #expect(values.contains("- **after → before**: dP·V 100 % of a change of 0.720. P·dV and dP·dV are exactly zero."))
    #expect(values.contains("- **before → before**: nothing changes."))
    #expect(!MarkdownReport(Examples.masked.analysis).text.contains("What the heads write"))
  }

  @Test func `A failed verification tops the report`() throws {
    let failed = MarkdownReport(Examples.failed.analysis).text
    #expect(failed.hasPrefix("> [!CAUTION]\n> **The verification failed: do not use these numbers.**"))
    let caution = try #require(failed.split(separator: "\n").dropFirst().first)
    #expect(caution.contains("`KtdQ.rms` by 0.0123 at L3H2 after→before"))
    #expect(!caution.contains("`stream`"))
    #expect(failed.contains("It **failed**."))
    let passed = MarkdownReport(Examples.verified.analysis).text
    #expect(passed.hasPrefix("# What"))
    #expect(passed.contains("It **passed**."))
  }

  @Test func `A leak is called an error`() throws {
    let text = MarkdownReport(Examples.leak.analysis).text
    let answer = try section("The answer", of: text)
    #expect(answer.contains("**dKᵀQ should be zero by the mask and is not: a leak, which is an error.**"))
    #expect(text.contains("| after → before, dKᵀQ | 0 | 0 | 24 | 24 |"))
    #expect(text.hasPrefix("> [!CAUTION]\n> **A term that the mask promises to be zero is not"))
    let masked = MarkdownReport(Examples.masked.analysis).text
    #expect(!masked.contains("a leak, which is an error"))
    #expect(!masked.contains("[!CAUTION]"))
  }

  @Test func `Zeros are counted with their cause`() throws {
    let zeros = try section("Zeros and their causes", of: MarkdownReport(Examples.masked.analysis).text)
    #expect(zeros.contains("| after → before, dKᵀQ | 24 | 0 | 0 | 24 |"))
    #expect(!zeros.contains("| after → before, KᵀdQ |"))
    #expect(!MarkdownReport(Examples.plain.analysis).text.contains("## Zeros and their causes"))
  }

  @Test func `Losses are told where there are any`() throws {
    let text = MarkdownReport(Examples.verified.analysis).text
    let loss = try section("The answer", of: text)
    #expect(loss.contains("over 4 tokens after the separator, of 2 prompts: base 1.62, adapted 1.56 nats."))
    #expect(loss.contains("lower in the adapted model for 1 of 2 prompts."))
    #expect(try section("Predictions", of: text).contains("0.125 in after"))
    #expect(!MarkdownReport(Examples.plain.analysis).text.contains("next-token loss"))
  }

  @Test func `What attention felt is the yardstick, and the scores' energy stands beside it where it says otherwise`()
    throws
  {
    var analysis = Examples.whole
    // By energy dKᵀQ leads, and L3 and L1 come first; in nats nearly all is KᵀdQ in one head.
    let felt = try #require(analysis.attention).map { row in
      var row = row
      row.terms = [0.25, 0.75, 0].map { $0 * row.divergence }
      if row.place.isPooled { row.shareIntervals = [0.2...0.3, 0.7...0.8, 0...0] }
      guard row.head == 2, row.layer == 4, row.query == "after" else { return row }
      row.divergence *= 100
      row.terms = row.terms.map { $0 * 100 }
      return row
    }
    analysis.attention = felt
    let text = MarkdownReport(analysis).text
    let answer = try section("The answer", of: text)
    #expect(answer.contains("; **KᵀdQ leads** (75 % of what attention felt)"))
    #expect(answer.contains("; most in **L4H2** ("))
    #expect(
      answer.contains("By the scores' energy, which also counts pairs that nobody attends to, dKᵀQ leads: dKᵀQ 6"))
    #expect(
      try section("The heads that changed most", of: text).split(separator: "\n").contains { $0.hasPrefix("| L4H2 |") })
    #expect(text.contains("Heads, after → before: L4H2 changed most"))
  }

  @Test func `What matters is told, or the command that tells it`() throws {
    var analysis = Examples.whole
    analysis.ablateCommand = "leibniz ablate base full --drop scores"
    let told = try section("The answer", of: MarkdownReport(analysis).text)
    #expect(
      told.contains(
        "How much of that the change of the scores does is told by `leibniz ablate base full --drop scores`."))
    #expect(told.contains("`--drop dK.own,dK.joint`"))
    analysis.loss = nil
    let untold = try section("The answer", of: MarkdownReport(analysis).text)
    #expect(untold.contains("How much the change of the scores is good for is told by `leibniz ablate"))
  }

  @Test func `Nothing of a name is taken for markup`() {
    let text = MarkdownReport(Examples.markup.analysis).text
    #expect(text.contains("\\<script\\>"))
    #expect(text.contains("<summary>&lt;script&gt;&quot;&amp;, # `x` → a|b *c*</summary>"))
    let unescaped = text.replacing(/\\./, with: "")
    for markup in ["<script", "<img", "[v1]", "*c*\n", "*warning*"] { #expect(!unescaped.contains(markup)) }
    for hidden in ["\u{202E}", "\u{0}"] as [Unicode.Scalar] { #expect(!text.unicodeScalars.contains(hidden)) }
    #expect(text.contains("http\\://x.org") && text.contains("\\@me"))
    let paragraphs = unescaped.split(separator: "\n\n").map { $0.split(separator: "\n") }
    let tables = paragraphs.filter { $0.first?.hasPrefix("|") == true }
    #expect(tables.count > 5)
    for table in tables { #expect(Set(table.map { $0.filter { $0 == "|" }.count }).count == 1, "\(table)") }
  }

  @Test func `One prompt has no interval, and few have a rough one`() throws {
    let one = MarkdownReport(Examples.tiny.analysis).text
    #expect(one.contains("> One prompt alone: there is no interval"))
    #expect(!(try section("The answer", of: one).contains("\\[")))
    let few = SyntheticAnalysis.make { $0.prompts = 4 }
    #expect(MarkdownReport(few).text.contains("> Only 4 prompts: take the intervals as rough."))
    let many = try section("The answer", of: MarkdownReport(Examples.plain.analysis).text)
    #expect(many.contains("95 % intervals over the prompts."))
    #expect(many.contains("% \\["))
  }

  @Test func `The answer tells how layers differ`() throws {
    var analysis = Examples.plain.analysis
    for index in analysis.summary.indices where analysis.summary[index].layer == 2 {
      for (term, share) in zip(Term.allCases, [-0.1, 1.05, 0.05]) {
        analysis.summary[index].centered.terms[term.rawValue].share = share
        analysis.summary[index].centered.terms[term.rawValue].shareInterval = share - 0.01...share + 0.01
      }
    }
    let answer = try section("The answer", of: MarkdownReport(analysis).text)
    #expect(answer.contains("Of 6 layers, with their part of the scores' change: dKᵀQ leads in 5 ("))
    #expect(answer.contains(", KᵀdQ leads in 1 ("))
    let same = try section("The answer", of: MarkdownReport(Examples.masked.analysis).text)
    #expect(same.contains("It leads in every layer."))
  }

  @Test func `Layers whose first two terms cannot be told apart are marked`() throws {
    var analysis = Examples.plain.analysis
    for index in analysis.summary.indices where analysis.summary[index].layer == 2 {
      for term in Term.allCases { analysis.summary[index].centered.terms[term.rawValue].shareInterval = -1...2 }
    }
    let text = MarkdownReport(analysis).text
    #expect(
      try section("The answer", of: text).contains(
        "In 1 layer the intervals of the first two terms overlap: undecided."))
    #expect(try section("By layer", of: text).contains(" ? |"))
    #expect(!MarkdownReport(Examples.plain.analysis).text.contains("undecided"))
  }

  @Test func `Raw shares are told where they say otherwise, and cancelling terms are flagged`() throws {
    var analysis = Examples.plain.analysis
    #expect(!MarkdownReport(analysis).text.contains("Raw, with what moves no attention"))
    #expect(!MarkdownReport(analysis).text.contains("The terms cancel"))
    for index in analysis.summary.indices where analysis.summary[index].layer == nil {
      for (term, share) in zip(Term.allCases, [-0.5, 1.45, 0.05]) {
        analysis.summary[index].raw.terms[term.rawValue].share = share
      }
      for (term, share) in zip(Term.allCases, [1.4, -0.5, 0.1]) {
        analysis.summary[index].centered.terms[term.rawValue].share = share
      }
    }
    let answer = try section("The answer", of: MarkdownReport(analysis).text)
    #expect(answer.contains("Raw, with what moves no attention, KᵀdQ leads: KᵀdQ 145 %"))
    #expect(answer.contains("The terms cancel: their shares' sizes add up to 200 %."))
  }

  @Test func `Of many pairs of regions three are put in words and the others stand in a table, once`() throws {
    var analysis = Examples.plain.analysis
    for name in ["c", "d", "e"] {
      analysis.regions.append(name)
      for row in analysis.summary where row.query == "after" && row.key == "after" {
        var copy = row
        (copy.query, copy.key) = (name, "before")
        analysis.summary.append(copy)
      }
    }
    let answer = try section("The answer", of: MarkdownReport(analysis).text)
    let others = Answer(analysis).blocks.filter(\.isFolded)
    #expect(answer.split(separator: "\n").count { $0.hasPrefix("### ") } == 4 && others.count == 3)
    let rest = try #require(answer.components(separatedBy: "### The other pairs of regions").last)
    for block in others {
      #expect(rest.split(separator: "\n").count { $0.hasPrefix("| \(block.title.plain) |") } == 1)
    }
    #expect(answer.contains("Of 6 pairs of regions those are told first that have most of the scores' change"))
    #expect(answer.contains("| queries ╲ keys | before | after |"))
    #expect(Answer(analysis).lines(isColored: false).count == 3)
  }

  /// Twelve regions have 78 pairs of regions; with three in words the report stays one that can be read.
  @Test func `A report of many regions is bounded`() {
    func words(_ regions: Int) -> Int {
      MarkdownReport(SyntheticAnalysis.whole(layers: 30, heads: 9).withRegions(regions)).text.split(separator: " ")
        .count
    }
    let (few, many) = (words(3), words(12))
    #expect(many < few + 2_500, "\(few) and \(many) words")
  }

  @Test func `A terminal shows names with nothing to obey in them`() {
    var analysis = Examples.plain.analysis
    analysis.regions = analysis.regions.map { "\u{1B}[31m\($0)\u{202E}" }
    for index in analysis.summary.indices {
      analysis.summary[index].query = "\u{1B}[31m\(analysis.summary[index].query)\u{202E}"
      analysis.summary[index].key = "\u{1B}[31m\(analysis.summary[index].key)\u{202E}"
    }
    let lines = Answer(analysis).lines(isColored: false)
    #expect(!lines.isEmpty && lines.allSatisfy { $0.contains("\\u{1B}[31mafter\\u{202E}") || $0.contains("before") })
    #expect(lines.allSatisfy { line in !line.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" } })
  }

  @Test func `How it was made is told without paths`() throws {
    var analysis = Examples.plain.analysis
    analysis.command = "leibniz analyze base full --prompts p.jsonl"
    let made = try section("How this was made", of: MarkdownReport(analysis).text)
    #expect(made.contains("```sh\nleibniz analyze base full --prompts p.jsonl\n```"))
  }

  @Test func `Masks by projection are not told as one place`() throws {
    var analysis = Examples.plain.analysis
    for mask in ["after; q:none", "two views"] {
      analysis.mask = mask
      #expect(MarkdownReport(analysis).text.contains("`\(mask)`: projections have masks of their own"))
    }
  }

  @Test func `A pair of regions in one prompt has no interval`() throws {
    var analysis = Examples.plain.analysis
    for index in analysis.summary.indices {
      for term in 0..<3 {
        analysis.summary[index].raw.terms[term].shareInterval = nil
        analysis.summary[index].centered.terms[term].shareInterval = nil
      }
    }
    #expect(
      MarkdownReport(analysis).text.contains("Only one prompt has this pair of regions, so there is no interval."))
  }

  @Test func `Of a change that nothing is left of once centred the raw shares are told as such`() throws {
    var analysis = Examples.plain.analysis
    for index in analysis.summary.indices { analysis.summary[index].centered.delta.rms = 0 }
    #expect(MarkdownReport(analysis).text.contains(" leads the raw change**: "))
  }

  @Test func `A centred form of a structural zero is called no leak`() throws {
    var analysis = Examples.masked.analysis
    #expect(!MarkdownReport(analysis).text.contains("it is no leak"))
    for index in analysis.summary.indices where analysis.summary[index].key == "before" {
      analysis.summary[index].centered.terms[Term.dKtQ.rawValue].magnitude.rms = 0.01
    }
    let answer = try section("The answer", of: MarkdownReport(analysis).text)
    #expect(answer.contains("a structural zero's centred form is what the row's other keys gained; it is no leak"))
  }

  @Test func `Warnings stand above the answer`() throws {
    var analysis = Examples.plain.analysis
    analysis.warnings = ["3 of 12 prompts have no separator."]
    let text = MarkdownReport(analysis).text
    let answer = try #require(text.range(of: "## The answer"))
    let warning = try #require(text.range(of: "> [!WARNING]\n> 3 of 12 prompts have no separator."))
    #expect(warning.upperBound < answer.lowerBound)
  }

  @Test func `The answer says what the terms are made of`() throws {
    let trained = try section("The answer", of: MarkdownReport(Examples.masked.analysis).text)
    #expect(trained.contains("dKᵀQ is 50 % inherited and 46 % own."))
    #expect(!trained.contains("does not change"))
    let text = MarkdownReport(Examples.verified.analysis).text
    let answer = try section("The answer", of: text)
    #expect(
      answer.contains(
        "dKᵀQ is 100 % inherited: this adapter does not change the key projection, its keys move because the stream does."
      ))
    let table = try section("What the terms are made of", of: text)
    #expect(table.contains("| after → before | 0 | 100.0 | 0 | 46.0 | 50.0 | 4.0 |"))
    #expect(table.contains("KᵀdQ: own leads in 3 layers (0–2), inherited leads in 3 layers (3–5)."))
    var named = Examples.verified.analysis
    named.adapted.targets = ["q_proj", "v_proj"]
    #expect(MarkdownReport(named).text.contains("this adapter does not change `k_proj`, its keys"))
    #expect(!MarkdownReport(Examples.plain.analysis).text.contains("What the terms are made of"))
  }

  @Test func `The strongest pairs of all layers stand in one table, by ids without a tokenizer`() throws {
    let text = try section(
      "The pairs of tokens between which attention changed most", of: MarkdownReport(Examples.pairs.analysis).text)
    #expect(text.contains("shown by their ids"))
    #expect(!text.contains("before → before"))
    let rows = text.split(separator: "\n").filter { $0.contains(", prompt ") }
    #expect(
      rows.first == """
        | …31 6 13 20 27 «2» 9 16… | 0 7 14 «21» 28 3… | L5H1, prompt 0 at 14 and 3 | 0.750 | 12 % to 88 % | +3.00 | 0 | +3.00 | 0 |
        """)
    #expect(rows.count == 4)
    let texts = try section(
      "The pairs of tokens between which attention changed most",
      of: MarkdownReport(Examples.pairs.analysis.withPairs(words: [" a", "b", "."])).text)
    #expect(!texts.contains("shown by their ids") && texts.contains("«"))
    #expect(!MarkdownReport(Examples.plain.analysis).text.contains("## The pairs of tokens"))
  }

  @Test func `Products say where the change grows`() throws {
    let products = try section("Where the change grows or dies", of: MarkdownReport(Examples.verified.analysis).text)
    #expect(products.contains("| layer | q | k | v | o | gate | up | gate × up | down |"))
    #expect(products.contains("| L5 | 0.120 (67 %) |"))
    #expect(
      products.contains("What `down` adds changes by 0.160 in L0 and 0.960 in L5; 67 % of the latter is handed on."))
    let masked = try section("Where the change grows or dies", of: MarkdownReport(Examples.masked.analysis).text)
    #expect(masked.contains("on the tokens of after"))
  }

  @Test func `The stream is told by its median`() throws {
    let stream = try section("How far the residual stream moved", of: MarkdownReport(Examples.verified.analysis).text)
    #expect(stream.contains("| layer | before, median | all | turn | after, median | all | turn |"))
    #expect(stream.contains("| L5 | 0.0750 | 0.0500 | 0.00500 |"))
    #expect(stream.contains("the median is 7.5 % in before and 7.5 % in after."))
    let old = try section("How far the residual stream moved", of: MarkdownReport(Examples.plain.analysis).text)
    #expect(old.contains("| layer | before | after |"))
  }

  @Test func `A report without blocks says so`() throws {
    var analysis = Examples.plain.analysis
    (analysis.blocks, analysis.summary, analysis.stream) = ([], [], [])
    let text = MarkdownReport(analysis).text
    #expect(text.contains("No region of these prompts has a pair of tokens to look at."))
    #expect(!text.contains("## All layers and heads"))
    #expect(try ReportFiles.all(analysis).map(\.path) == ["analysis.json", "blocks.csv", "report.md", "report.html"])
  }

  @Test func `A model of thirty layers fits three hundred lines`() {
    var analysis = SyntheticAnalysis.make {
      $0.layers = 30
      $0.heads = 9
    }
    analysis.loss = Losses(base: [1, 2], adapted: [1, 1])
    let lines = MarkdownReport(analysis).text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 300)
  }

  private func section(_ name: String, of text: String) throws -> String {
    let parts = text.components(separatedBy: "## \(name)\n")
    try #require(parts.count == 2)
    return parts[1].components(separatedBy: "\n## ")[0]
  }
}
