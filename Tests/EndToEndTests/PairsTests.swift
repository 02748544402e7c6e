import Foundation
import LeibnizTesting
import OracleFixtures
import PairFixtures
import ReferenceForward
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// The pairs of tokens that add most to attention divergence.
@Suite struct PairsTests {
  /// All pairs of some prompts in double precision, by layer, head and block, strongest first.
  private func allPairs(_ pair: TinyPair, masked: Bool) throws -> [String: [(place: [Int], size: Double)]] {
    var file = AnalysisOptions(threads: 1)
    file.pairs = 1
    let analyzer = try Analyzer(base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), options: file)
    let subject = analyzer.subjects[0]
    let description = subject.pair.model.description
    var found: [String: [(place: [Int], size: Double)]] = [:]
    for (index, prompt) in subject.prompts.enumerated() {
      let tokens = prompt.prompt.tokens
      let base = try ReferenceModel(model: subject.pair.model, adaptation: nil).run(
        tokens, logitPositions: 0..<0, keeping: .all)
      let adapted = try subject.plainRun(prompt, base: base, positions: 0..<0, keeping: .all)
      let places = (0..<3).flatMap { layer in
        (0..<4).flatMap { head in
          tokens.indices.map { ReferencePairs.Place(prompt: index, layer: layer, head: head, query: $0) }
        }
      }
      var pairs = ReferencePairs(Set(places))
      pairs.add(prompt: index, base: base, adapted: adapted, model: description, tokens: tokens.count)
      for place in places {
        for (key, value) in try #require(pairs.rows[place]) {
          let regions = [place.query, key].map { $0 < (prompt.prompt.separator ?? 0) ? "before" : "after" }
          found["\(place.layer) \(place.head) \(regions)", default: []]
            .append(([index, place.head, place.query, key], value.nats))
        }
      }
    }
    return found.mapValues { $0.sorted { $0.size > $1.size } }
  }

  @Test(arguments: [false, true]) func `They are those with most nats of all, in order`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let limit = 7
      let analysis = try pair.analysis { $0.pairs = limit }
      let rows = try #require(analysis.pairs).filter { $0.head != nil }
      let all = try allPairs(pair, masked: isMasked)
      #expect(rows.count == (isMasked ? 2 : 3) * 3 * 4)
      for row in rows {
        let expected = try #require(all["\(row.layer) \(row.head ?? -1) \([row.query, row.key])"])
        #expect(row.strongest.count == limit)
        for (place, found) in row.strongest.enumerated() {
          let size = found.nats
          #expect(!(abs(size - expected[place].size) > 1e-4 * expected[0].size), "\(row.layer) \(place)")
          // Where no other is as large but for rounding, it is the same pair.
          let isAlone = expected.enumerated().allSatisfy {
            $0.offset == place || abs($0.element.size - size) > 1e-4 * expected[0].size
          }
          let own = [found.prompt, found.head, found.queryPosition, found.keyPosition]
          if isAlone { #expect(own == expected[place].place) }
        }
      }
    }
  }

  @Test func `All pairs of a block add up to its nats`() throws {
    try withTinyPair { pair in
      try Data("{\"input_ids\": [1, 2, 3, 4, 5, 6, 7], \"separator\": 4}\n".utf8).write(to: pair.prompts)
      let analysis = try pair.analysis { $0.pairs = 100 }
      let felt = try #require(analysis.attention).filter { $0.layer != nil && $0.head != nil }
      #expect(felt.count == 3 * 4 * 3)
      for block in felt {
        let row = analysis.pairs?.first {
          $0.layer == block.layer && $0.head == block.head && $0.query == block.query && $0.key == block.key
        }
        let sum = (row?.strongest ?? []).reduce(0) { $0 + $1.nats }
        let expected = block.divergence * Double(block.queries)
        #expect(!(abs(sum - expected) > 1e-5 * expected), "\(block.query) \(sum) \(expected)")
      }
    }
  }

  @Test func `They are the same whatever parts are asked for`() throws {
    try withTinyPair { pair in
      func pairs(_ parts: Set<AnalysisPart>) throws -> [TokenPairs]? {
        try pair.analysis {
          $0.parts = parts
          $0.pairs = 4
        }.pairs
      }
      let (none, all) = (try #require(try pairs([])), try #require(try pairs(Set(AnalysisPart.allCases))))
      let (one, other) = (none.flatMap(\.strongest), all.flatMap(\.strongest))
      let places = [one, other].map { $0.map { [$0.prompt, $0.head, $0.queryPosition, $0.keyPosition] } }
      #expect(places[0] == places[1] && !one.isEmpty)
      // Parts change the order in which terms are rounded.
      for (pair, same) in zip(one, other) { #expect(abs(pair.nats - same.nats) <= 1e-4 * same.nats) }
    }
  }

  @Test func `Pooled lists have the first of the heads' lists`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis { $0.pairs = 5 }
      let rows = try #require(analysis.pairs)
      for row in rows {
        #expect(row.head == nil || row.strongest.allSatisfy { $0.head == row.head })
        for pair in row.strongest {
          for change in [pair.raw, pair.centered] {
            #expect(!(abs(change.terms.reduce(0, +) - change.delta) > 1e-5 * change.terms.map(abs).max()!))
          }
        }
      }
      for row in rows where row.head == nil {
        let heads = rows.filter {
          $0.head != nil && $0.layer == row.layer && $0.query == row.query && $0.key == row.key
        }.flatMap(\.strongest)
        #expect(row.strongest.map(\.nats) == Array(heads.map(\.nats).sorted(by: >).prefix(5)))
        #expect(row.strongest.allSatisfy(heads.contains))
      }
    }
  }

  @Test func `Threads change no bit, and pairs nothing else`() throws {
    try withTinyPair { pair in
      func run(_ threads: Int, _ pairs: Int) throws -> Analysis {
        var analysis = try pair.analysis {
          $0.parts = Set(AnalysisPart.allCases)
          $0.threads = threads
          $0.pairs = pairs
        }
        analysis.threads = 1
        return analysis
      }
      let one = try run(1, 4)
      #expect(try AnalysisJSON.bytes(run(2, 4)) == AnalysisJSON.bytes(one))
      #expect(try AnalysisJSON.bytes(run(5, 4)) == AnalysisJSON.bytes(one))
      var without = one
      (without.pairs, without.excerpts) = (nil, nil)
      without.command = without.command?.replacingOccurrences(of: " --pairs 4", with: "")
      #expect(try run(2, 0) == without)
    }
  }

  @Test func `More than there are gives all that changed`() throws {
    try withTinyPair { pair in
      try Data("{\"input_ids\": [1, 2, 3, 4], \"separator\": 2}\n".utf8).write(to: pair.prompts)
      let analysis = try pair.analysis { $0.pairs = 100 }
      for row in try #require(analysis.pairs) {
        // The first token sees itself alone: its row gains alike, so that nothing centred is left.
        let expected = ["before before": 2, "after before": 4, "after after": 3]["\(row.query) \(row.key)"]
        #expect(row.strongest.count == (row.head == nil ? 4 : 1) * (expected ?? 0))
        #expect(row.strongest.allSatisfy { $0.nats > 0 && $0.queryPosition > 0 })
      }
      #expect(analysis.excerpts == [Excerpt(prompt: 0, start: 0, ids: [1, 2, 3, 4], texts: nil)])
    }
  }

  @Test func `A mask leaves structural zeros in the terms, not in what is centred`() throws {
    try withTinyPair(masked: true) { pair in
      let rows = try #require(try pair.analysis { $0.pairs = 100 }.pairs)
      #expect(!rows.contains { $0.query == "before" })
      let lookups = rows.filter { $0.key == "before" }.flatMap(\.strongest)
      #expect(!lookups.isEmpty)
      for pair in lookups {
        #expect(pair.raw[.dKtQ] == 0 && pair.raw[.dKtdQ] == 0 && pair.raw.delta == pair.raw[.KtdQ])
        #expect(pair.centered[.dKtQ] != 0)
      }
    }
  }

  /// Without dq a key that cannot change has a raw change of exactly 0; what its row's other keys gained it has lost.
  @Test func `A pair whose raw change is zero is listed where its row's others gained`() throws {
    var options = TinyPair.Options()
    (options.isMasked, options.layers, options.targets) = (true, 1, [.key])
    try withTinyPair(options) { pair in
      let rows = try #require(try pair.analysis { $0.pairs = 3 }.pairs)
      let lookups = rows.filter { $0.query == "after" && $0.key == "before" }.flatMap(\.strongest)
      #expect(!lookups.isEmpty)
      #expect(lookups.allSatisfy { $0.raw.delta == 0 && $0.centered.delta != 0 && $0.adapted != $0.base })
    }
  }

  @Test func `What does not change has no pairs, and what is one region has its own`() throws {
    try withTinyPair { pair in
      let still = try pair.analysis(of: pair.base) { $0.pairs = 3 }
      #expect(still.pairs?.isEmpty == true && still.excerpts?.isEmpty == true)
      try pair.rewritePrompts { line in
        line.regions = [.init(name: "middle", start: 4, end: 8)]
      }
      let rows = try #require(try pair.analysis { $0.pairs = 3 }.pairs)
      #expect(rows.count == 3 * 4 + 3)
      for pair in rows.flatMap(\.strongest) {
        #expect((4..<8).contains(pair.queryPosition) && (4..<8).contains(pair.keyPosition))
      }
    }
  }

  @Test func `Several adapters and random changes beside them`() throws {
    try withTinyPair(masked: true) { pair in
      var options = AnalysisOptions(threads: 2)
      (options.pairs, options.nulls) = (3, 2)
      let both = try analyze(
        base: pair.base, adapted: [pair.adapter, pair.base], prompts: .file(pair.prompts),
        options: {
          var plain = options
          plain.nulls = 0
          return plain
        }())
      #expect(both[1].pairs?.isEmpty == true)
      let alone = try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts, options: options)
      #expect(alone.null != nil && alone.pairs?.count == both[0].pairs?.count)
      for (row, other) in zip(alone.pairs ?? [], both[0].pairs ?? []) {
        for (pair, same) in zip(row.strongest, other.strongest) {
          #expect(!(abs(pair.centered.delta - same.centered.delta) > 1e-5 * abs(same.centered.delta)))
        }
      }
    }
  }

  @Test(arguments: [false, true], ReferencePoint.allCases) func `Plain runs verify them`(
    isMasked: Bool, reference: ReferencePoint
  ) throws {
    try withTinyPair(masked: isMasked) { pair in
      let verification = try #require(
        try pair.analysis {
          $0.pairs = 10
          $0.reference = reference
          $0.verifiedPrompts = 2
        }.verification)
      #expect(verification.passed)
      for name in [
        "pairs.delta", "pairs.centered.delta", "pairs.KtdQ", "pairs.centered.dKtQ", "pairs.adapted", "pairs.nats",
      ] {
        let worst = try #require(verification.worst.first { $0.statistic == name })
        #expect(worst.difference <= 1e-4)
      }
    }
  }

  /// Windows, soft caps, query-key norms, every family.
  @Test(arguments: OracleCase.bundled) func `Plain runs verify them in every family`(_ oracle: OracleCase) throws {
    var options = AnalysisOptions(threads: 2, parts: [], verifiedPrompts: 1)
    options.pairs = 20
    let analysis = try analyze(base: oracle.base, adapted: oracle.adapted, prompts: oracle.prompts, options: options)
    let worst = try #require(analysis.verification).worst.filter { $0.statistic.hasPrefix("pairs.") }
    #expect(worst.count == 11)
    for row in worst { #expect(row.difference <= 1e-4, "\(row)") }
  }

  @Test(arguments: [(-1, 0), (0, -1), (101, 0), (0, 1001)])
  func `Numbers that nobody can mean are refused`(pairs: Int, nulls: Int) throws {
    try withTinyPair { pair in
      let error = #expect(throws: LimitError.self) {
        try pair.analysis {
          $0.pairs = pairs
          $0.nulls = nulls
        }
      }
      let text = "\(try #require(error))"
      #expect(text.contains(pairs == 0 ? "nulls is \(nulls)" : "pairs is \(pairs)"))
    }
  }

  @Test func `The command writes them, as text where the base has a tokenizer`() throws {
    let tool = try CommandLineTool()
    try withTinyPair { pair in
      let output = pair.base.deletingLastPathComponent().appending(path: "report")
      for wrong in ["-1", "101", "x"] {
        #expect(try tool.analyze(pair.base, pair.adapter, pair.prompts, to: output, ["--pairs", wrong]).status == 64)
      }
      func report(_ options: [String] = []) throws -> (text: String, analysis: Analysis, errors: String) {
        let result = try tool.analyze(pair.base, pair.adapter, pair.prompts, to: output, ["--pairs", "2"] + options)
        #expect(result.status == 0, "\(result.errors)")
        let text = try String(contentsOf: output.appending(path: "report.md"), encoding: .utf8)
        return (text, try Analysis(contentsOf: output.appending(path: "analysis.json")), result.errors)
      }
      let plain = try report()
      #expect(plain.analysis.pairs == (try pair.analysis { $0.pairs = 2 }.pairs))
      #expect(plain.analysis.excerpts?.isEmpty == false)
      #expect(plain.text.contains("shown by their ids") && plain.analysis.warnings.allSatisfy { !$0.contains("ids") })
      let file = pair.base.appending(path: "tokenizer.json")
      let words = (0..<31).map { "\"Ġw\($0)\": \($0)" }.joined(separator: ", ")
      try Data(
        """
        {"version": "1.0", "added_tokens": [{"id": 31, "content": "<|a\\nb|>", "special": true, "single_word": false,
          "lstrip": false, "rstrip": false, "normalized": false}],
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
         "model": {"type": "BPE", "vocab": {\(words)}, "merges": []}}
        """.utf8
      ).write(to: file)
      let texts = try report(["--force"])
      #expect(texts.analysis.pairs == plain.analysis.pairs)
      let excerpt = try #require(texts.analysis.excerpts?.first)
      #expect(excerpt.texts == excerpt.ids.map { $0 == 31 ? "<|a\nb|>" : " w\($0)" })
      #expect(texts.text.contains("\\<\\|a⏎b\\|\\>") && texts.text.contains("« w"))
      #expect(!texts.text.contains("shown by their ids"))
      try Data("{}".utf8).write(to: file)
      let broken = try report(["--force"])
      #expect(broken.text.contains("shown by their ids"))
      #expect(broken.errors.contains("tokenizer.json") && broken.analysis.excerpts == plain.analysis.excerpts)
    }
  }
}
