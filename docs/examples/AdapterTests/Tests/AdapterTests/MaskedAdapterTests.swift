import LeibnizTesting
import Testing

/// What a mask promises, asserted of a tiny random pair. For an adapter of your own, hand `analyze` its folders.
@Suite struct MaskedAdapterTests {
  @Test func `Masked lookups change through the queries alone`() throws {
    let analysis = try analyzeTinyPair(isMasked: true)
    expect(analysis).isStructurallyZero(.dKtQ, from: .after, to: .before)
    expect(analysis).isStructurallyZero(.dKtdQ, from: .after, to: .before)
    expect(analysis).dominantTerm(from: .after, to: .before) == .KtdQ
    expect(analysis).share(of: .KtdQ, from: .after, to: .before, isAtLeast: 1, isAtMost: 1)
    expect(analysis).streamDivergence(of: .before, isAtMost: 0, because: "the adapter is off there")
    expect(analysis).closure(isAtMost: 1e-5)
  }

  @Test func `Without the mask the keys carry a part`() throws {
    let analysis = try analyzeTinyPair(isMasked: false)
    expect(analysis).share(of: .dKtQ, from: .after, to: .before, pooled: .all, isAtLeast: 0.2)
    expect(analysis).rms(of: .dKtQ, from: .after, to: .before, isAtLeast: 1e-3)
    expect(analysis).closure(isAtMost: 1e-5)
  }

  private func analyzeTinyPair(isMasked: Bool) throws -> Analysis {
    var options = TinyPair.Options()
    options.isMasked = isMasked
    return try withTinyPair(options) { pair in
      try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts)
    }
  }
}
