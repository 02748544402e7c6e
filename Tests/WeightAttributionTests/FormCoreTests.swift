import LinearAlgebra
import Results
import Testing

@testable import WeightAttribution

/// One head's form, by hand.
@Suite struct FormCoreTests {
  /// Two features, heads of width one: W₁ = [1 0], dW₁ = [0 2], W₂ = [0 3], dW₂ = [4 0].
  private func factors(first: [Double]?, second: [Double]?) throws -> (HeadFactor, HeadFactor) {
    var rows = [
      FactorRows(weight: [1, 0], width: 1, length: 2), FactorRows(weight: [0, 3], width: 1, length: 2),
    ]
    if let first { rows[0].add(dense: first) }
    if let second { rows[1].add([2], times: second.map { $0 / 2 }) }
    return (try #require(HeadFactor(rows[0])), try #require(HeadFactor(rows[1])))
  }

  @Test func `Terms, shares and directions of a form are those of its matrices`() throws {
    let (first, second) = try factors(first: [0, 2], second: [4, 0])
    let change = try #require(FormCore(first, second, scale: 0.5).measured(form: .qk, layer: 1, head: 2))
    // M = ½[0 3; 0 0]; terms ½[4 0; 0 0], ½[0 0; 0 6] and ½[0 0; 8 0].
    #expect(abs(change.base.frobenius - 1.5) <= 1e-14 && abs(change.base.spectral - 1.5) <= 1e-14)
    for (term, size) in [(FormTerm.second, 2.0), (.first, 3), (.both, 4)] {
      #expect(abs(change[term].size.frobenius - size) <= 1e-14)
      #expect(abs(change[term].size.spectral - size) <= 1e-14)
      #expect(abs(change[term].share - size * size / 29) <= 1e-14)
    }
    #expect(abs(change.delta.frobenius - 29.squareRoot()) <= 1e-14)
    #expect(abs(change.cosine) <= 1e-14)
    let top = try #require(change.top)
    #expect(abs(top.shares.reduce(0, +) - 1) <= 1e-13)
    #expect(top.baseDirections == 1)
    // u = the second feature for the most part, v = the first; the base reads the first and the second.
    #expect(top.firstInBase < 0.5 && top.secondInBase < 0.5)
  }

  @Test func `What does not change is exactly zero`() throws {
    for (first, second) in [([0.0, 2.0], nil), (nil, [4.0, 0.0]), (nil, nil), ([0, 0], [0, 0])]
      as [([Double]?, [Double]?)]
    {
      let (left, right) = try factors(first: first, second: second)
      let change = try #require(FormCore(left, right, scale: 1).measured(form: .ov, layer: 0, head: 0))
      let hasFirst = first?.contains { $0 != 0 } ?? false
      let hasSecond = second?.contains { $0 != 0 } ?? false
      #expect((change[.first].size == .zero) == !hasFirst)
      #expect((change[.second].size == .zero) == !hasSecond)
      #expect(change[.both].size == .zero && change[.both].share == 0)
      #expect((change.delta == .zero) == !(hasFirst || hasSecond))
      #expect((change.top == nil) == !(hasFirst || hasSecond))
    }
  }

  @Test func `Pooled shares come from sums`() throws {
    func head(_ delta: Double, _ shares: [Double]) -> FormChange {
      FormChange(
        form: .qk, layer: 0, head: 0, base: MatrixSize(frobenius: 10, spectral: 1),
        delta: MatrixSize(frobenius: delta, spectral: delta),
        terms: shares.map { FormChange.TermSize(size: MatrixSize(frobenius: 1, spectral: 1), share: $0) }, cosine: 0,
        baseSingularValues: [], singularValues: [], top: nil)
    }
    let pooled = PooledForm([head(1, [1, 0, 0]), head(3, [0, 1, 0])], form: .qk, layer: nil)
    #expect(abs(pooled.shares[0] - 0.1) <= 1e-15 && abs(pooled.shares[1] - 0.9) <= 1e-15)
    #expect(pooled.dominant == .first)
    #expect(abs(pooled.relative - (10.0 / 200).squareRoot()) <= 1e-15)
    #expect(PooledForm([head(0, [0, 0, 0])], form: .qk, layer: 3).dominant == nil)
  }
}
