import AnalysisFixtures
import Expectations
import Foundation
import Results
import Testing

/// Quantities of the parts, of predictions and of ablations.
@Suite struct PartExpectationTests {
  let analysis = Examples.whole
  let ablation = SyntheticAblation.make()

  private func file(_ items: String) throws -> ExpectationFile {
    try ExpectationFile(yaml: "schema: 1\nexpectations:\n\(items)", file: "e.yaml")
  }

  /// The one value that an item reads, with what it claims and how many places it looks at.
  private func read(_ item: String) throws -> (value: Double?, subject: String, places: Int, problem: String?) {
    let results = try file("  - {\(item)}").check(analysis, ablation: ablation)
    #expect(results.count == 1, "\(item)")
    let comparison = try #require(results.first).comparison
    return (comparison.worst?.value, comparison.subject, comparison.places, comparison.problem)
  }

  @Test func `The sink is a key that is null`() throws {
    var analysis = analysis
    analysis.mass =
      [0, 1].map { head in
        var row = AttentionMass(at: Place(layer: 2, head: head, .pair(query: "after", key: nil)), count: 3)
        row.adapted = 0.25 + Double(head)
        return row
      } + (analysis.mass ?? [])
    func check(_ item: String) throws -> Comparison {
      let file = try file("  - {quantity: mass, of: adapted, \(item)}")
      return try #require(file.check(analysis, ablation: ablation).first).comparison
    }
    let own = try check("query: after, key: null, layers: 2, heads: 1, atMost: 9")
    #expect(own.worst?.value == 1.25 && own.places == 1 && own.subject.contains("after→the sink"))
    #expect(try check("key: ~, atMost: 9").places == 2)
    // In quotes it is a region's name, and where nothing is said of a key the sink is not meant.
    #expect(try check("key: \"null\", atMost: 9").problem?.contains("no region null") == true)
    #expect(try check("query: after, heads: 1, layers: 2, atMost: 1.2").places == 2)
    let none = try #require(file("  - {quantity: rms, term: delta, key: null, atMost: 1}").check(analysis).first)
    #expect(none.comparison.problem?.contains("rows of sinks") == true)
    let query = try #require(file("  - {quantity: moved, query: null, atMost: 1}").check(analysis).first)
    #expect(query.comparison.problem != nil)
  }

  @Test func `Every quantity reads its own number`() throws {
    let place = "query: after, key: before, layers: 2, heads: 3"
    let mass = try #require(
      analysis.mass?.first { $0.layer == 2 && $0.head == 3 && $0.query == "after" && $0.key == "before" })
    let source = try #require(
      analysis.sources?.first { $0.layer == 2 && $0.head == 3 && $0.query == "after" && $0.key == "before" })
    let value = try #require(
      analysis.values?.first { $0.layer == 2 && $0.head == 3 && $0.query == "after" && $0.key == "before" })
    let product = try #require(analysis.products?.first { $0.layer == 2 && $0.site == .gate && $0.region == "after" })
    let gated = try #require(analysis.products?.first { $0.layer == 2 && $0.site == .gateUp && $0.region == "after" })
    let products = "quantity: products, region: after, layers: 2"
    let felt = try #require(
      analysis.attention?.first { $0.layer == 2 && $0.head == 3 && $0.query == "after" && $0.key == "before" })
    let expected: [(String, Double)] = [
      ("quantity: attention, of: divergence, \(place), atMost: 9", felt.divergence),
      ("quantity: attention, of: terms.KtdQ, \(place), atMost: 9", felt[.KtdQ]),
      ("quantity: attention, of: shares.KtdQ, \(place), atMost: 9", felt[.KtdQ] / felt.divergence),
      ("quantity: moved, \(place), atMost: 9", mass.moved),
      ("quantity: mass, of: base, \(place), atMost: 9", mass.base),
      ("quantity: mass, of: adapted, \(place), atMost: 9", mass.adapted),
      ("quantity: mass, of: difference, \(place), atMost: 9", mass.adapted - mass.base),
      ("quantity: mass, of: byKey, \(place), atMost: 9", mass.byKey),
      ("quantity: mass, of: byQuery, \(place), atMost: 9", mass.byQuery),
      ("quantity: sources, term: dKtQ, source: inherited, \(place), atMost: 9", source.dKtQ.inherited.share),
      ("quantity: sources, term: KtdQ, source: own, statistic: rms, \(place), atMost: 9", source.KtdQ.own.rms),
      ("quantity: values, term: PdV, \(place), atMost: 9", value[.PdV].share),
      ("quantity: values, term: dPdV, statistic: rms, \(place), atMost: 9", value[.dPdV].rms),
      ("quantity: values, term: delta, statistic: rms, \(place), atMost: 9", value.delta),
      ("\(products), site: gate, term: dWx, atMost: 9", product.first.share),
      ("\(products), site: gate, term: Wdx, statistic: rms, atMost: 9", product.second.rms),
      ("\(products), site: gateUp, term: dGdU, statistic: share, atMost: 9", gated.both.share),
      ("\(products), site: gateUp, term: delta, statistic: rms, atMost: 9", gated.delta),
      ("quantity: median, region: after, layers: 5, atMost: 9", 1.5 * 0.05),
      ("quantity: kl, region: after, atMost: 9", 0.125),
      ("quantity: kl, knockout: dKtQ, atMost: 9", try #require(ablation.overview[3].pooled).kl),
      ("quantity: benefitLost, knockout: dKtQ after→before, atMost: 9", 0.0625),
      ("quantity: agreement, knockout: two views, atMost: 9", try #require(ablation.knockouts[1].pooled).agreement),
    ]
    for (item, value) in expected {
      let found = try read(item)
      #expect(found.value == value, "\(item): \(found)")
      #expect(found.places == 1, "\(item)")
    }
  }

  @Test func `Pooled rows and places are those that are named`() throws {
    for (item, places, subject) in [
      ("quantity: moved, atMost: 9", 72, "moved attention, every layer and head"),
      (
        "quantity: moved, pooled: heads, layers: 4-, atMost: 9", 6,
        "moved attention, layers 4 to the last, heads pooled"
      ),
      (
        "quantity: mass, of: byKey, pooled: all, query: after, atMost: 9", 2,
        "mass, byKey, after→any region, layers and heads pooled"
      ),
      (
        "quantity: sources, term: KtdQ, source: joint, pooled: all, atMost: 9", 3,
        "share of joint in KᵀdQ, layers and heads pooled"
      ),
      ("quantity: values, term: dPV, heads: 0, atMost: 9", 18, "share of dP·V in values, head 0"),
      ("quantity: products, site: down, term: Wdx, atMost: 9", 12, "share of Wdx at down, every layer"),
      ("quantity: benefitLost, atMost: 9", 11, "benefit lost"),
      ("quantity: kl, knockout: all, atMost: 9", 11, "KL(adapted ‖ intervened)"),
    ] {
      let found = try read(item)
      #expect(found.places == places && found.subject == subject && found.problem == nil, "\(item): \(found)")
    }
  }

  @Test func `Losses and verification are of both kinds of report`() throws {
    let file = try file(
      """
        - {name: helps, quantity: loss, of: difference, atMost: 1, reason: training}
        - {quantity: loss, of: base, atLeast: 0}
        - {quantity: verification}
        - {quantity: verification, atMost: 1e-9}
      """)
    let both = file.check(analysis, ablation: ablation)
    #expect(both.map(\.comparison.worst?.value) == [-0.0625, -0.5, 1.625, 2.5, 2.5e-7, 2e-7, 2.5e-7, 2e-7])
    #expect(both.map(\.comparison.passed) == [true, true, true, true, true, true, false, false])
    #expect(both[0].name == "helps" && both[1].name == "helps" && both[1].comparison.reason == "training")
    #expect(both[6].comparison.message.contains("KtdQ.rms at L3H2 after→before"))
    #expect(file.check(analysis).count == 4)
    #expect(file.check(ablation: ablation).count == 4)
    var failed = ablation
    failed.verification?.passed = false
    #expect(file.check(ablation: failed).map(\.comparison.passed) == [true, true, false, false])
    failed.verification?.worst[0].difference = .nan
    #expect(!file.check(ablation: failed)[3].comparison.passed, "NaN is no small disagreement")
  }

  @Test func `What a report does not hold is said, and fails`() throws {
    let items = [
      "quantity: moved, atMost: 1", "quantity: mass, of: base, atMost: 1",
      "quantity: sources, term: dKtQ, source: own, atMost: 1", "quantity: values, term: dPV, atMost: 1",
      "quantity: products, site: k, term: dWx, atMost: 1", "quantity: median, atMost: 1",
      "quantity: loss, of: base, atMost: 9", "quantity: kl, region: after, atMost: 9", "quantity: verification",
      "quantity: benefitLost, atMost: 1", "quantity: agreement, atLeast: 0",
      "quantity: kl, knockout: scores, atMost: 1",
    ]
    let unseen = [
      "quantity: moved, layers: 99, atMost: 1", "quantity: moved, query: nowhere, atMost: 1",
      "quantity: sources, term: dKtQ, source: norm, atMost: 1", "quantity: median, layers: 6, atMost: 1",
      "quantity: kl, region: nowhere, atMost: 9", "quantity: benefitLost, knockout: score, atMost: 1",
    ]
    var text = ""
    for (item, results) in try items.map({ ($0, try file("  - {\($0)}").check(Examples.plain.analysis)) })
      + unseen.map({ ($0, try file("  - {\($0)}").check(analysis, ablation: ablation)) })
      + [
        (
          "quantity: benefitLost, atMost: 1",
          try file("  - {quantity: benefitLost, atMost: 1}").check(
            ablation: SyntheticAblation.make { $0.helps = false })
        )
      ]
      + [("quantity: moved, atMost: 1", try file("  - {quantity: moved, atMost: 1}").check(ablation: ablation))]
    {
      #expect(!results.allPassed, "\(item)")
      text += "\(item)\n    \(results.map(\.comparison.message).joined(separator: "\n    "))\n"
    }
    #expect(try Golden("missing-parts.txt").difference(from: text) == nil)
  }

  @Test func `A share of a whole and terms of another site are refused, from Swift too`() throws {
    for quantity in [
      Quantity.values(.share, of: .delta), .products(.share, of: .delta, at: .k), .products(.rms, of: .dGU, at: .k),
      .products(.rms, of: .dWx, at: .gateUp), .sources(of: .dKtdQ, from: .own),
    ] {
      let isByRegion = quantity.name.contains(" at ")
      let selection = isByRegion ? Selection(region: nil) : Selection()
      #expect(throws: SelectionError.self, "\(quantity.name)") { try quantity.readings(analysis, selection) }
    }
  }

  @Test func `A first file of everything holds for what it comes from, and shows each kind`() throws {
    let text = ExpectationFile.starting(with: analysis, ablation: ablation)
    #expect(try Golden("init-whole.yaml").difference(from: text) == nil)
    let results = try ExpectationFile(yaml: text, file: "e.yaml").check(analysis, ablation: ablation)
    #expect(results.allPassed, "\(CheckReport(results).text())")
    let alone = ExpectationFile.starting(ablation: ablation)
    #expect(try Golden("init-ablation.yaml").difference(from: alone) == nil)
    #expect(try ExpectationFile(yaml: alone, file: "e.yaml").check(ablation: ablation).allPassed)
    let other = SyntheticAblation.make { $0.shift = 0.2 }
    #expect(try !ExpectationFile(yaml: alone, file: "e.yaml").check(ablation: other).allPassed)
    let useless = SyntheticAblation.make { $0.helps = false }
    let kept = ExpectationFile.starting(ablation: useless)
    #expect(try ExpectationFile(yaml: kept, file: "e.yaml").check(ablation: useless).allPassed)
    #expect(!kept.contains("benefitLost"))
  }

  @Test func `Interventions of one name are meant together`() throws {
    var ablation = ablation
    ablation.knockouts[0].name = "dKtdQ"
    ablation.knockouts[0].benefitLost = 0.5
    let text = ExpectationFile.starting(ablation: ablation)
    let results = try ExpectationFile(yaml: text, file: "e.yaml").check(ablation: ablation)
    #expect(results.allPassed, "\(CheckReport(results).text())")
    #expect(results.contains { $0.comparison.subject == "benefit lost of dKtdQ" && $0.comparison.places == 2 })
  }

  @Test(arguments: ["a: b", "all", "x  y", "\"q\"", "tab\t", "dKtQ user→*"])
  func `Any intervention's name survives`(_ name: String) throws {
    var ablation = ablation
    ablation.knockouts[0].name = name
    let text = ExpectationFile.starting(ablation: ablation)
    let results = try ExpectationFile(yaml: text, file: "e.yaml").check(ablation: ablation)
    #expect(results.allSatisfy { $0.comparison.problem == nil })
    #expect(name == "all" || results.contains { $0.comparison.subject == "benefit lost of \(name)" })
  }
}
