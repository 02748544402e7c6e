import Attribution
import Foundation
import LinearAlgebra
import Testing

/// The divergence of predictions against its definition in double.
@Suite struct PredictionShiftTests {
  /// From changes far below what two subtracted runs could show to ones that turn everything over.
  @Test(arguments: [1e-12, 1e-6, 1e-3, 0.3, 1, 5, 30, 200] as [Float], [1, 3, 4])
  func `It follows the definition`(scale: Float, slices: Int) {
    let count = 1023
    let matrix = noise(rows: 2, columns: count, seed: 9)
    let (logits, change) = (matrix.view[0], matrix.view[1])
    for column in 0..<count {
      logits[column] *= 8
      // A shift of all logits changes no prediction.
      change[column] = scale * (change[column] + 3)
    }
    let found = withExtendedLifetime(matrix) { shift(logits, change, count, slices: slices).divergence }
    let expected = divergence((0..<count).map { Double(logits[$0]) }, (0..<count).map { Double(change[$0]) })
    #expect(!(abs(found - expected) > 4e-6 * expected), "\(found) for \(expected)")
    #expect(found > 0)
  }

  @Test func `No change is exactly none`() {
    let logits = noise(rows: 2, columns: 100, seed: 1)
    logits.view[1].update(repeating: 0, count: 100)
    withExtendedLifetime(logits) {
      #expect(shift(logits.view[0], logits.view[1], 100, slices: 3).divergence == 0)
    }
    #expect(PredictionShift().divergence == 0)
  }

  @Test func `A shift of all logits moves no prediction`() {
    let logits = noise(rows: 2, columns: 100, seed: 1)
    for value: Float in [1e-3, 1, 100] {
      logits.view[1].update(repeating: value, count: 100)
      withExtendedLifetime(logits) {
        #expect(abs(shift(logits.view[0], logits.view[1], 100, slices: 3).divergence) <= 1e-6 * Double(value))
      }
    }
  }

  private func shift(
    _ logits: UnsafePointer<Float>, _ change: UnsafePointer<Float>, _ count: Int, slices: Int
  ) -> PredictionShift {
    (0..<count).pieces(of: (count + slices - 1) / slices).reduce(into: PredictionShift()) { sums, slice in
      sums += PredictionShift(logits + slice.lowerBound, change: change + slice.lowerBound, count: slice.count)
    }
  }

  /// Σ p·(ln p − ln p′), by Δ − E[Δ], which a shift leaves alone.
  private func divergence(_ logits: [Double], _ change: [Double]) -> Double {
    let top = logits.max() ?? 0
    let weights = logits.map { exp($0 - top) }
    let sum = weights.reduce(0, +)
    let mean = zip(weights, change).reduce(0) { $0 + $1.0 * $1.1 } / sum
    let steps = change.map { $0 - mean }
    let highest = max(steps.max() ?? 0, 0)
    guard highest < 100 else {
      return highest + log(zip(weights, steps).reduce(0) { $0 + $1.0 * exp($1.1 - highest) } / sum)
    }
    let excess = zip(weights, steps).reduce(0) { sum, pair in
      let x = pair.1
      let small = x * x * (1.0 / 2 + x * (1.0 / 6 + x * (1.0 / 24 + x / 120)))
      return sum + pair.0 * (abs(x) < 1e-3 ? small : expm1(x) - x)
    }
    return log1p(excess / sum)
  }
}
