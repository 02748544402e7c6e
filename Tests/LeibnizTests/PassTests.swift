import Checkpoints
import Foundation
import LeibnizTesting
import LinearAlgebra
import PairFixtures
import PairedForward
import Testing

/// How the pass packs its prompts, and how far a change can get.
@Suite struct PassTests {
  @Test(arguments: [(1, 6), (45, 3), (8192, 1)])
  func `A layer is widened once per batch`(batchTokens: Int, batches: Int) throws {
    try withTinyPair { pair in
      // Six prompts of 20 tokens.
      try pair.rewritePrompts { $0.tokens = Array($0.tokens.prefix(16)) + [1, 2, 3, 4] }
      let models = try ModelPair(base: pair.base, adapted: pair.adapter)
      let prompts = try pair.tokens().map { ForwardPrompt(tokens: $0) }
      let forward = PairedForward(model: models.model, threads: 2, batchTokens: batchTokens)
      var counter = CountingProbe()
      let masks = prompts.map { ChangeMask(general: TokenMask(everywhere: $0.tokens.count)) }
      let summary = try forward.run(prompts, [ChangeRun(models.adaptation, masks: masks)], probe: &counter)
      #expect(summary.batches == batches)
      #expect(summary.widenedLayers == 3 * batches)
      #expect(counter.layers == (0..<batches).flatMap { _ in [0, 1, 2] })
      #expect(counter.prompts == Set(0..<6))
    }
  }

  /// With a window of four, a change of the first token moves three tokens further in every layer.
  @Test func `A window bounds how far a change reaches`() throws {
    try withTinyPair { pair in
      try edit(pair.base.appending(path: "config.json"), "\"llama\"", "\"mistral\"")
      try edit(
        pair.base.appending(path: "config.json"), "\"rms_norm_eps\"",
        "\"sliding_window\": 4, \"rms_norm_eps\"")
      try pair.rewritePrompts { line in
        line.mask = line.tokens.indices.map { $0 == 0 ? 1 : 0 }
        line.regions = line.tokens.indices.map { .init(name: "t\($0)", start: $0, end: $0 + 1) }
      }
      let analysis = try pair.analysis()
      for row in analysis.stream {
        let token = try #require(Int(row.region.dropFirst()))
        let reach = row.layer == 0 ? -1 : 3 * row.layer
        #expect((row.relative > 0) == (token <= reach), "layer \(row.layer), token \(token)")
      }
      for block in analysis.blocks {
        let (query, key) = (
          try #require(Int(block.query.dropFirst())), try #require(Int(block.key.dropFirst()))
        )
        let reach = 3 * block.layer
        #expect((0...3).contains(query - key), "a pair outside the window has no block")
        #expect((block.raw[.dKtQ].zero == .structural) == (key > reach))
        #expect((block.raw[.KtdQ].zero == .structural) == (query > reach))
        #expect((block.raw[.dKtdQ].zero == .structural) == (max(query, key) > reach))
      }
    }
  }

  /// Named regions may repeat, leave gaps and be absent from some prompts.
  @Test func `Pairs are counted by region`() throws {
    try withTinyPair { pair in
      try pair.rewritePrompts { line in
        line.tokens = Array(line.tokens.prefix(12))
        line.separator = 9
        line.regions =
          line.id == "p0"
          ? [.init(name: "b", start: 4, end: 6)]
          : [
            .init(name: "a", start: 0, end: 2), .init(name: "b", start: 5, end: 8), .init(name: "a", start: 8, end: 10),
          ]
      }
      let analysis = try pair.analysis()
      #expect(analysis.regions == ["b", "a"])
      let pairs = Dictionary(grouping: analysis.blocks) { "\($0.query) → \($0.key)" }.mapValues { Set($0.map(\.pairs)) }
      // Five prompts of the second kind: a sees itself 3 + 3 and its earlier run 2 · 2, b sees a's earlier run.
      #expect(
        pairs == ["a → a": [5 * 10], "b → a": [5 * 6], "a → b": [5 * 6], "b → b": [3 + 5 * 6]])
    }
  }

  @Test func `Packing changes nothing beyond rounding`() throws {
    try withTinyPair { pair in
      let all = try pair.analysis()
      let lines = try String(contentsOf: pair.prompts, encoding: .utf8).split(separator: "\n")
      for (index, line) in lines.enumerated() {
        try String(line).write(to: pair.prompts, atomically: false, encoding: .utf8)
        let alone = try pair.analysis()
        let loss = try #require(alone.loss?.adapted.first ?? nil)
        let together = try #require(all.loss?.adapted[index])
        #expect(abs(loss - together) <= 1e-6 * together)
      }
    }
  }
}

extension TinyPair {
  /// The prompts' tokens.
  fileprivate func tokens() throws -> [[Int]] {
    try String(contentsOf: prompts, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8)).tokens
    }
  }
}

/// Counts what it is shown.
private struct CountingProbe: Probe {
  var layers: [Int] = []
  var prompts: Set<Int> = []
  var needs: ProbeNeeds { .stream }

  func begin(_ task: ProbeTask) -> Int? { nil }
  func see(_ stream: StreamRows, _ partial: inout Int?) { partial = stream.prompt }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Int?)], layer: LayerSummary) {
    layers.append(layer.layer)
    prompts.formUnion(partials.compactMap(\.partial))
  }
}
