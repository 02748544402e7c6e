import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// What has to hold on any pair, whatever its numbers.
@Suite struct PropertyTests {
  @Test(arguments: [false, true]) func `The terms sum to the change`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let analysis = try pair.analysis()
      #expect(analysis.closure.rows == 6 * 3 * 4, "the last query of every prompt, layer and head")
      #expect(analysis.closure.maximum > 0)
      #expect(analysis.closure.maximum <= 1e-5)
      for part in (analysis.blocks.map(PooledBlock.init) + analysis.summary).flatMap({ [$0.raw, $0.centered] }) {
        let sum = part.terms.reduce(0) { $0 + $1.magnitude.mean }
        #expect(abs(part.delta.mean - sum) <= 1e-6 * part.delta.rms)
        let shares = part.terms.reduce(0) { $0 + $1.share }
        #expect(abs(shares - (part.delta.rms == 0 ? 0 : 1)) <= 1e-6)
        #expect(part.terms.reduce(0) { $0 + $1.dominance } <= 1)
      }
    }
  }

  @Test func `An adapter of zeros changes nothing, and the analysis says so`() throws {
    try withTinyPair { pair in
      try pair.clearAdapter()
      let analysis = try pair.analysis()
      expectNoChange(analysis)
      #expect(analysis.adapted.kind == "lora")
      #expect(analysis.blocks.allSatisfy { $0.raw.terms.allSatisfy { $0.zero == .measured } })
      #expect(analysis.warnings.contains { $0.contains("B·A is zero") })
      #expect(analysis.warnings.contains { $0.contains("no effect on any attention score") })
    }
  }

  @Test func `A target that the base lacks is told and changes nothing`() throws {
    try withTinyPair { pair in
      let blocks = try pair.analysis().blocks
      try edit(pair.adapter.appending(path: "adapter_config.json"), "\"q_proj\"", "\"q_proj\", \"x_proj\"")
      let analysis = try pair.analysis()
      #expect(analysis.warnings.contains { $0.contains("x_proj") })
      #expect(analysis.blocks == blocks)
    }
  }

  /// Far below what two subtracted runs could show, in double even.
  @Test(arguments: [1e-6, 1e-12, 1e-18]) func `An adapter may be as small as it likes`(factor: Float) throws {
    try withTinyPair { pair in
      try pair.scaleAdapter(1e-3)
      let reference = try pair.analysis()
      try pair.scaleAdapter(factor)
      let analysis = try pair.analysis()
      #expect(analysis.closure.maximum <= 1e-5)
      for (block, other) in zip(analysis.blocks, reference.blocks) {
        let scale = Double(factor) * 1e3
        #expect(abs(block.raw.delta.rms / (scale * other.raw.delta.rms) - 1) <= 0.02, "first order in the adapter")
        #expect(abs(block.raw[.dKtQ].share - other.raw[.dKtQ].share) <= 0.02)
      }
    }
  }

  @Test func `A base compared with itself changes nothing, by structure`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis(of: pair.base)
      expectNoChange(analysis)
      #expect(analysis.adapted.kind == "none")
      #expect(analysis.blocks.allSatisfy { $0.raw.terms.allSatisfy { $0.zero == .structural } })
      #expect(analysis.warnings.contains { $0.contains("compared with itself") })
      #expect(analysis.loss?.base == analysis.loss?.adapted)
    }
  }

  private func expectNoChange(_ analysis: Analysis) {
    #expect(analysis.blocks.count == 3 * 4 * 3)
    let none = Magnitude(mean: 0, meanAbs: 0, rms: 0, maxAbs: 0)
    for part in (analysis.blocks.map(PooledBlock.init) + analysis.summary).flatMap({ [$0.raw, $0.centered] }) {
      #expect(part.delta == none)
      #expect(part.terms.allSatisfy { $0.magnitude == none && $0.share == 0 && $0.dominance == 0 })
    }
    #expect(analysis.stream.allSatisfy { $0.relative == 0 })
    #expect(analysis.closure.maximum == 0)
  }

  @Test func `A masked prefix is exactly zero, by structure`() throws {
    try withTinyPair(masked: true) { pair in
      let analysis = try pair.analysis()
      for block in analysis.blocks.map(PooledBlock.init) + analysis.summary {
        let zeros = block.raw.terms.map(\.zero)
        switch (block.query, block.key) {
        case ("before", "before"): #expect(zeros == [.structural, .structural, .structural])
        case ("after", "before"): #expect(zeros == [.structural, nil, .structural])
        default: #expect(zeros == [nil, nil, nil])
        }
        for term in block.raw.terms where term.zero != nil {
          #expect(term.magnitude == Magnitude(mean: 0, meanAbs: 0, rms: 0, maxAbs: 0))
        }
      }
      for row in analysis.stream where row.region == "before" { #expect(row.relative == 0) }
      #expect(analysis.prompts.allSatisfy { $0.activeFrom == $0.separator })
    }
  }

  @Test func `A mask of the prompt file acts as the adapter's own`() throws {
    try withTinyPair(masked: true) { pair in
      let own = try pair.analysis()
      try pair.rewritePrompts { prompt in
        prompt.mask = prompt.tokens.indices.map { $0 < prompt.separator ? 0 : 1 }
      }
      try edit(pair.adapter.appending(path: "adapter_config.json"), "[31]", "null")
      let given = try pair.analysis()
      #expect(given.blocks == own.blocks)
      #expect(given.stream == own.stream)
      #expect(try pair.analysis { $0.mask = .after }.blocks == own.blocks)
      #expect(try pair.analysis { $0.mask = .none }.blocks != own.blocks)
    }
  }

  @Test func `Half a mask is half the adapter`() throws {
    try withTinyPair { pair in
      try pair.rewritePrompts { $0.mask = $0.tokens.map { _ in 0.5 } }
      let masked = try pair.analysis()
      try pair.rewritePrompts { _ in }
      try edit(pair.adapter.appending(path: "adapter_config.json"), "\"lora_alpha\": 4", "\"lora_alpha\": 2")
      try expectAgreement(pair.analysis(), masked)
    }
  }

  @Test func `The order of the prompts changes nothing`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis()
      let lines = try String(contentsOf: pair.prompts, encoding: .utf8).split(separator: "\n")
      try lines.reversed().joined(separator: "\n").write(to: pair.prompts, atomically: false, encoding: .utf8)
      let other = try pair.analysis()
      #expect(other.prompts == analysis.prompts.reversed())
      let losses = try zip(#require(other.loss).adapted, #require(analysis.loss).adapted.reversed())
      for (moved, loss) in losses { #expect(!(abs(try #require(moved) - #require(loss)) > 1e-6)) }
      expectAgreement(other, analysis)
    }
  }

  @Test func `The number of threads changes no bit`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis { $0.threads = 1 }
      for threads in [2, 5] {
        var other = try pair.analysis { $0.threads = threads }
        #expect(other.threads == threads)
        other.threads = 1
        #expect(other == analysis)
      }
    }
  }

  /// Every number to 1e-6 of its scale.
  private func expectAgreement(_ analysis: Analysis, _ other: Analysis) {
    #expect(analysis.blocks.count == other.blocks.count)
    for (block, reference) in zip(
      analysis.blocks.map(PooledBlock.init) + analysis.summary, other.blocks.map(PooledBlock.init) + other.summary)
    {
      #expect([block.layer, block.head, block.pairs] == [reference.layer, reference.head, reference.pairs])
      for (part, reference) in [(block.raw, reference.raw), (block.centered, reference.centered)] {
        #expect(agree(part.delta, reference.delta))
        for term in Term.allCases {
          #expect(agree(part[term].magnitude, reference[term].magnitude))
          #expect(abs(part[term].share - reference[term].share) <= 1e-6)
        }
      }
    }
    for (row, reference) in zip(analysis.stream, other.stream) {
      #expect(abs(row.relative - reference.relative) <= 1e-6 * reference.relative)
    }
  }

  private func agree(_ size: Magnitude, _ other: Magnitude) -> Bool {
    zip(
      [size.mean, size.meanAbs, size.rms, size.maxAbs], [other.mean, other.meanAbs, other.rms, other.maxAbs]
    )
    .allSatisfy { abs($0 - $1) <= 1e-6 * max(abs($1), other.rms) }
  }
}
