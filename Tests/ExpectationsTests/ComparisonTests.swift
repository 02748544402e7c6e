import AnalysisFixtures
import Expectations
import Results
import Testing

@Suite struct ComparisonTests {
  let analysis = SyntheticAnalysis.make()
  let masked = SyntheticAnalysis.make { $0.isMasked = true }
  let lookups = Selection(query: .after, key: .before)

  @Test func `The worst place of a failure is the row with the largest excess`() throws {
    let rows = analysis.blocks.filter {
      $0.query == "after" && $0.key == "before" && (2...4).contains($0.layer)
    }
    let worst = try #require(rows.max { $0.raw[.dKtQ].share < $1.raw[.dKtQ].share })
    let comparison = AnalysisExpectation.number(
      .share(of: .dKtQ), of: Selection(query: .after, key: .before, layers: 2...4),
      within: try Bounds(atLeast: nil, atMost: 0.6)
    ).compare(with: analysis)
    #expect(!comparison.passed)
    #expect(comparison.places == 12)
    #expect(comparison.failures == rows.count { $0.raw[.dKtQ].share > 0.6 })
    let finding = try #require(comparison.worst)
    #expect(finding.place == Place(worst))
    #expect(finding.value == worst.raw[.dKtQ].share)
    #expect(finding.limit == 0.6)
    #expect(finding.margin == 0.6 - worst.raw[.dKtQ].share)
  }

  @Test func `An expectation that holds names the row nearest to its limit`() throws {
    let comparison = AnalysisExpectation.number(
      .share(of: .dKtQ), of: lookups, within: try Bounds(atLeast: 0.5, atMost: 0.9)
    ).compare(with: analysis)
    #expect(comparison.passed)
    #expect(comparison.places == 24)
    let smallest = try #require(
      analysis.blocks.filter { $0.query == "after" && $0.key == "before" }.map(\.raw[.dKtQ].share).min())
    #expect(comparison.worst?.value == smallest)
    #expect(comparison.worst?.limit == 0.5)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `A value that is no number is never within bounds`(_ value: Double) throws {
    var broken = analysis
    broken.blocks[4].raw.terms[0].share = value
    let selection = Selection(
      query: RegionName(broken.blocks[4].query), key: RegionName(broken.blocks[4].key))
    let comparison = AnalysisExpectation.number(
      .share(of: .dKtQ), of: selection, within: try Bounds(atLeast: -1e300, atMost: 1e300)
    ).compare(with: broken)
    #expect(!comparison.passed)
    #expect(comparison.failures == 1)
    #expect(comparison.worst?.place == Place(broken.blocks[4]))
  }

  @Test func `Only a forced zero is structural`() {
    let expectation = AnalysisExpectation.structuralZero(of: .dKtQ, in: lookups)
    #expect(expectation.compare(with: masked).passed)
    #expect(!expectation.compare(with: analysis).passed)
    for cause in [ZeroCause.measured, .leak, nil] {
      var changed = masked
      changed.blocks[7].raw.terms[0].zero = cause
      #expect(changed.blocks[7].query == "after" && changed.blocks[7].key == "before")
      let comparison = expectation.compare(with: changed)
      #expect(!comparison.passed)
      #expect(comparison.failures == 1)
      #expect(comparison.worst?.place == Place(changed.blocks[7]))
    }
  }

  @Test func `A zero that is marked structural and is not zero fails`() {
    var broken = masked
    broken.blocks[7].raw.terms[0].magnitude.rms = 1e-12
    #expect(!AnalysisExpectation.structuralZero(of: .dKtQ, in: lookups).compare(with: broken).passed)
  }

  @Test func `Every verdict about the dominant term passes where it is the block's and fails elsewhere`() {
    let rows = analysis.blocks.filter { $0.query == "after" && $0.key == "before" }
    for verdict in [Dominance.term(.dKtQ), .term(.KtdQ), .term(.dKtdQ), .mixed, .unchanged] {
      for (centered, part) in [(nil, \Block.centered), (true, \.centered), (false, \.raw)]
        as [(Bool?, KeyPath<Block, Decomposition>)]
      {
        let comparison = AnalysisExpectation.dominantTerm(is: verdict, in: lookups, centered: centered)
          .compare(with: analysis)
        #expect(comparison.failures == rows.count { $0[keyPath: part].dominantTerm != verdict })
        #expect(comparison.passed == rows.allSatisfy { $0[keyPath: part].dominantTerm == verdict })
      }
    }
    let unchanged = Selection(query: .before, key: .before)
    #expect(AnalysisExpectation.dominantTerm(is: .unchanged, in: unchanged).compare(with: masked).passed)
    #expect(!AnalysisExpectation.dominantTerm(is: .mixed, in: unchanged).compare(with: masked).passed)
  }

  /// Nats name another term here than energy does, and are what the report goes by.
  @Test func `The dominant term goes by nats where attention moved`() throws {
    var analysis = Examples.whole
    for index in analysis.attention?.indices ?? 0..<0 { analysis.attention?[index].terms.swapAt(0, 1) }
    let whole = Selection(query: .after, key: .before, pooling: .all)
    for selection in [whole, lookups] {
      let felt = AnalysisExpectation.dominantTerm(is: .term(.KtdQ), in: selection).compare(with: analysis)
      #expect(felt.passed, "\(felt.message)")
      let other = AnalysisExpectation.dominantTerm(is: .term(.dKtQ), in: selection).compare(with: analysis)
      #expect(!other.passed && other.message.contains("shares in nats dKᵀQ 0.406"), "\(other.message)")
      let energy = AnalysisExpectation.dominantTerm(is: .term(.dKtQ), in: selection, centered: false)
      #expect(energy.compare(with: analysis).passed)
    }
    var still = analysis
    still.attention = still.attention.map { rows in
      rows.map { row in
        var row = row
        (row.divergence, row.terms) = (0, [0, 0, 0])
        return row
      }
    }
    #expect(AnalysisExpectation.dominantTerm(is: .term(.dKtQ), in: whole).compare(with: still).passed)
    let text = ExpectationFile.starting(with: analysis)
    #expect(
      text.contains("quantity: attention\n    of: shares.KtdQ\n    query: after\n    key: before\n    pooled: all"))
    #expect(text.contains("quantity: attention\n    of: divergence\n    query: after\n    key: before\n    atMost"))
    #expect(try ExpectationFile(yaml: text, file: "e.yaml").check(analysis).allPassed)
    for index in analysis.attention?.indices ?? 0..<0 { analysis.attention?[index].divergence *= 2 }
    let doubled = try ExpectationFile(yaml: text, file: "e.yaml").check(analysis)
    #expect(doubled.contains { !$0.comparison.passed && $0.comparison.subject.hasPrefix("attention, divergence") })
  }

  @Test(arguments: MagnitudeStatistic.allCases, ScorePart.allCases)
  func `Each magnitude is read from its own place`(_ statistic: MagnitudeStatistic, _ part: ScorePart) throws {
    var changed = analysis
    let marked = Magnitude(mean: -10, meanAbs: 20, rms: 30, maxAbs: 40)
    let value = [MagnitudeStatistic.mean: -10.0, .meanAbs: 20, .rms: 30, .maxAbs: 40][statistic]
    if let term = part.term {
      changed.blocks[5].centered.terms[term.rawValue].magnitude = marked
    } else {
      changed.blocks[5].centered.delta = marked
    }
    let only = Selection(
      query: RegionName(changed.blocks[5].query), key: RegionName(changed.blocks[5].key),
      layers: changed.blocks[5].layer, heads: changed.blocks[5].head)
    let readings = try Quantity.magnitude(statistic, of: part, centered: true).readings(changed, only)
    #expect(readings.map(\.value) == [value])
    let raw = try Quantity.magnitude(statistic, of: part).readings(changed, only)
    #expect(raw.map(\.value) != [value])
  }

  @Test func `Pooled rows are the summary's`() throws {
    let all = try Quantity.share(of: .KtdQ).readings(
      analysis, Selection(query: .after, key: .before, pooling: .all))
    #expect(all.count == 1)
    #expect(all.first?.place.isPooled == true)
    let byLayer = try Quantity.dominance(of: .KtdQ).readings(
      analysis, Selection(query: .after, key: .before, layers: 1...3, pooling: .heads))
    #expect(byLayer.map(\.place.layer) == [1, 2, 3])
    #expect(
      byLayer.map(\.value)
        == analysis.summary.filter { $0.query == "after" && $0.key == "before" }[2...4].map(
          \.raw[.KtdQ].dominance))
  }

  @Test func `What is selected and is not there fails with its reason`() throws {
    let bounds = try Bounds(atLeast: nil, atMost: 1e9)
    let selections = [
      Selection(query: "afterr"), Selection(key: "system"), Selection(query: .before, key: .after),
      Selection(layers: 4...9), Selection(layers: 6...), Selection(layers: [Int]()), Selection(heads: -1),
      Selection(heads: 2, pooling: .heads), Selection(layers: 2, pooling: .all), Selection(region: .after),
    ]
    var text = ""
    for selection in selections {
      let comparison = AnalysisExpectation.number(.share(of: .dKtQ), of: selection, within: bounds).compare(
        with: analysis)
      #expect(!comparison.passed)
      #expect(comparison.worst == nil)
      text += comparison.message + "\n"
    }
    for selection in [Selection(region: "x"), Selection(region: .after, layers: 8), Selection()] {
      let comparison = AnalysisExpectation.number(.streamDivergence, of: selection, within: bounds).compare(
        with: analysis)
      #expect(!comparison.passed)
      text += comparison.message + "\n"
    }
    var unsampled = analysis
    unsampled.closure.rows = 0
    let closure = AnalysisExpectation.number(.closure, within: bounds).compare(with: unsampled)
    #expect(!closure.passed)
    text += closure.message + "\n"
    #expect(try Golden("nothing-selected.txt").difference(from: text) == nil)
  }

  @Test func `Messages name the worst place, value, limit and margin`() throws {
    func number(_ quantity: Quantity, _ selection: Selection?, _ lower: Double?, _ upper: Double?) throws
      -> AnalysisExpectation
    {
      .number(quantity, of: selection, within: try Bounds(atLeast: lower, atMost: upper), reason: nil)
    }
    var reasoned = try number(.share(of: .dKtQ), lookups, nil, 0.2)
    reasoned.reason = "the mask has to bite"
    var leaking = masked
    leaking.blocks[7].raw.terms[0].zero = .leak
    leaking.blocks[7].raw.terms[0].magnitude.rms = 0.0123
    var odd = analysis
    odd.blocks[4].raw.terms[0].share = .nan
    let cases: [(AnalysisExpectation, Analysis)] = [
      (reasoned, analysis), (reasoned, masked),
      (
        try number(
          .share(of: .dKtQ), Selection(query: .after, key: .before, layers: 2...4, heads: [0, 3]), 0.5, 0.7),
        analysis
      ),
      (
        try number(
          .share(of: .dKtQ, centered: true), Selection(query: .after, key: .before, pooling: .all), 0.7, nil),
        analysis
      ),
      (
        try number(.magnitude(.rms, of: .delta), Selection(key: .before, pooling: .heads), nil, 0.1), analysis
      ),
      (try number(.magnitude(.mean, of: .KtdQ), Selection(layers: 0, heads: 1), 0, nil), analysis),
      (try number(.share(of: .dKtQ), nil, 0, 1), odd),
      (try number(.streamDivergence, Selection(region: .after, layers: 3...), nil, 0.045), analysis),
      (try number(.streamDivergence, Selection(region: nil), nil, 0.05), analysis),
      (try number(.closure, nil, nil, 1e-7), analysis), (try number(.closure, nil, nil, 1e-5), analysis),
      (.structuralZero(of: .dKtQ, in: lookups), analysis), (.structuralZero(of: .dKtQ, in: lookups), masked),
      (.structuralZero(of: .dKtQ, in: lookups), leaking),
      (.dominantTerm(is: .term(.KtdQ), in: lookups), analysis),
      (.dominantTerm(is: .term(.KtdQ), in: lookups), masked),
      (.dominantTerm(is: .mixed, in: lookups), masked),
    ]
    let text = cases.map { $0.compare(with: $1).message + "\n" }.joined()
    #expect(try Golden("messages.txt").difference(from: text) == nil)
  }

  @Test func `Bounds that allow nothing or everything are refused`() throws {
    #expect(throws: BoundsError.none) { try Bounds(atLeast: nil, atMost: nil) }
    #expect(throws: BoundsError.notFinite) { try Bounds(atLeast: .nan, atMost: nil) }
    #expect(throws: BoundsError.notFinite) { try Bounds(atLeast: nil, atMost: .infinity) }
    #expect(throws: BoundsError.empty(lower: 2, upper: 1)) { try Bounds(atLeast: 2, atMost: 1) }
    #expect(throws: BoundsError.negativeTolerance(-1)) { try Bounds(equals: 1, tolerance: -1) }
    let exact = try Bounds(equals: 0.5, tolerance: 0)
    #expect(exact.margin(of: 0.5) == 0)
    #expect(exact.margin(of: 0.25) == -0.25)
  }

  @Test func `A quantity of one's own is compared like any other`() throws {
    let pairs = Quantity("pairs") { analysis, selection throws(SelectionError) in
      try selection.blocks(of: analysis).map { Reading(place: Place($0), value: Double($0.pairs)) }
    }
    let bounds = try Bounds(atLeast: 201, atMost: nil)
    let comparison = AnalysisExpectation.number(pairs, of: lookups, within: bounds).compare(with: analysis)
    #expect(comparison.failures == 24)
    #expect(comparison.worst?.value == 200)
  }
}
