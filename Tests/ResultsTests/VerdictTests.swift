import Results
import Testing

/// Which term a block's verdict names.
@Suite struct VerdictTests {
  private func verdict(_ shares: [Double], rms: Double = 1) -> Dominance {
    let magnitude = Magnitude(mean: 0, meanAbs: rms, rms: rms, maxAbs: rms)
    let terms = shares.map { TermStatistics(magnitude: magnitude, share: $0, dominance: 0) }
    return Decomposition(delta: magnitude, terms: terms).dominantTerm
  }

  @Test func `The largest share names the verdict`() { #expect(verdict([0.2, 0.7, 0.1]) == .term(.KtdQ)) }

  @Test func `Two shares within ten points are mixed`() {
    #expect(verdict([0.45, 0.5, 0.05]) == .mixed)
    #expect(verdict([0.5, 0.375, 0.125]) == .term(.dKtQ))
  }

  @Test func `Without change there is no verdict`() { #expect(verdict([0, 0, 0], rms: 0) == .unchanged) }
}
