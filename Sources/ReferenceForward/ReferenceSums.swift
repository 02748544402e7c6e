/// Sums over the pairs of a block, and the statistics that follow.
package struct ReferenceSums: Sendable {
  /// Number of pairs.
  package private(set) var pairs = 0
  /// Of dKᵀQ, KᵀdQ, dKᵀdQ and their sum Δ: ΣT, Σ|T|, ΣT², max|T|, ΣTΔ.
  private var quantities = [Quantity](repeating: Quantity(), count: 4)
  /// Pairs in which a term alone has the largest magnitude.
  private var wins = [0, 0, 0]

  private struct Quantity: Sendable {
    var sum = 0.0
    var absolute = 0.0
    var squares = 0.0
    var largest = 0.0
    var withDelta = 0.0
  }

  mutating func add(_ terms: SIMD3<Double>) {
    pairs += 1
    let delta = terms.x + terms.y + terms.z
    for (index, value) in [terms.x, terms.y, terms.z, delta].enumerated() {
      quantities[index].sum += value
      quantities[index].absolute += abs(value)
      quantities[index].squares += value * value
      quantities[index].largest = max(quantities[index].largest, abs(value))
      quantities[index].withDelta += value * delta
    }
    let sizes = [abs(terms.x), abs(terms.y), abs(terms.z)]
    for (index, size) in sizes.enumerated()
    where sizes.enumerated().allSatisfy({ $0.offset == index || $0.element < size }) {
      wins[index] += 1
    }
  }

  /// Mean, mean magnitude, root mean square and largest magnitude.
  package typealias Size = (mean: Double, meanAbs: Double, rms: Double, maxAbs: Double)

  /// Size of Δ.
  package var delta: Size { magnitude(quantities[3]) }

  /// Size, share and dominance of a term: 0 for dKᵀQ, 1 for KᵀdQ, 2 for dKᵀdQ.
  package func term(_ index: Int) -> (magnitude: Size, share: Double, dominance: Double) {
    let energy = quantities[3].squares
    return (
      magnitude(quantities[index]), energy == 0 ? 0 : quantities[index].withDelta / energy,
      Double(wins[index]) / Double(max(pairs, 1))
    )
  }

  private func magnitude(_ quantity: Quantity) -> Size {
    let n = Double(max(pairs, 1))
    return (quantity.sum / n, quantity.absolute / n, (quantity.squares / n).squareRoot(), quantity.largest)
  }
}
