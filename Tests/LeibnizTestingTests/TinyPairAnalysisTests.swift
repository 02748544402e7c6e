import LeibnizTesting
import Testing

/// Tiny pairs through the whole pipeline.
@Suite struct TinyPairAnalysisTests {
  private func analysis(_ change: (inout TinyPair.Options) -> Void) throws -> Analysis {
    var options = TinyPair.Options()
    change(&options)
    return try withTinyPair(options) { pair in
      try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts)
    }
  }

  @Test func `A masked pair keeps the mask's promises`() throws {
    let analysis = try analysis { $0.isMasked = true }
    #expect(analysis.prompts.count == 6)
    #expect(analysis.blocks.count == 3 * 4 * 3)
    expect(analysis).isStructurallyZero(.dKtQ, from: .after, to: .before)
    expect(analysis).isStructurallyZero(.dKtdQ, from: .after, to: .before)
    expect(analysis).dominantTerm(from: .after, to: .before) == .KtdQ
    expect(analysis).dominantTerm(from: .before, to: .before) == .unchanged
    expect(analysis).streamDivergence(of: .before, isAtMost: 0)
    expect(analysis).closure(isAtMost: 1e-5)
  }

  @Test func `A full pair changes through the keys as well`() throws {
    let analysis = try analysis { _ in }
    expect(analysis).share(of: .dKtQ, from: .after, to: .before, pooled: .all, isAtLeast: 0.2)
    expect(analysis).streamDivergence(of: .before, layers: 1..., isAtLeast: 1e-3)
    withKnownIssue { expect(analysis).isStructurallyZero(.dKtQ, from: .after, to: .before) }
  }

  @Test func `An adapter on queries alone changes deeper keys by inheritance only`() throws {
    let analysis = try analysis { $0.targets = [.query] }
    expect(analysis).isStructurallyZero(.dKtQ, layers: 0)
    expect(analysis).rms(of: .dKtQ, from: .after, to: .after, layers: 1..., isAtLeast: 1e-9)
  }
}
