/// Sums over vectors that change by three terms, and the statistics that follow.
package struct ReferenceVectorSums: Sendable {
  /// Of each term's ‖T‖² and ⟨T, Δ⟩, with Δ the sum of the three.
  private var squares = SIMD3<Double>.zero
  private var withDelta = SIMD3<Double>.zero
  private var deltaSquares = 0.0

  private let weight: Double

  /// Nothing yet; terms are taken so far on the way from base to adapted model.
  init(at weight: Double) { self.weight = weight }

  /// Adds one vector by its three terms from the base.
  mutating func add(_ vectors: [ArraySlice<Double>]) {
    precondition(vectors.count == 3 && vectors.allSatisfy { $0.count == vectors[0].count }, "three terms")
    for (a, (b, c)) in zip(vectors[0], zip(vectors[1], vectors[2])) {
      let terms = SIMD3(a, b, c).taken(at: weight)
      let delta = a + b + c
      deltaSquares += delta * delta
      squares += terms * terms
      withDelta += terms * delta
    }
  }

  /// Size and share of the terms over so many vectors.
  func row(count: Int) -> ReferenceVectorRow {
    func rms(_ squares: Double) -> Double { (squares / Double(max(count, 1))).squareRoot() }
    return ReferenceVectorRow(
      count: count, delta: rms(deltaSquares),
      terms: (0..<3).map { (rms(squares[$0]), deltaSquares == 0 ? 0 : withDelta[$0] / deltaSquares) })
  }
}

extension SIMD3<Double> {
  /// The three terms of a product's change from the base, the one with both changes last, as they are with the operands taken
  /// some of the way to the adapted model: dA·(B + w·dB), (A + w·dA)·dB and (1 − 2w)·dA·dB.
  func taken(at weight: Double) -> SIMD3<Double> {
    SIMD3(x + weight * z, y + weight * z, (1 - 2 * weight) * z)
  }
}

/// The change of some vectors and its three terms.
package struct ReferenceVectorRow: Sendable {
  /// Number of vectors.
  package var count: Int
  /// √ of the mean squared norm of the change.
  package var delta: Double
  /// Of each term √ of the mean squared norm, and Σ⟨T, Δ⟩ / Σ‖Δ‖², which is 0 where nothing changes.
  package var terms: [(rms: Double, share: Double)]
}
