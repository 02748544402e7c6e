import Attribution
import Foundation
import LinearAlgebra
import Testing

/// Loss and divergence of an intervened run from the adapted model's logits, over slices, against plain ones in double.
@Suite struct InterventionShiftTests {
  @Test(arguments: [1e-6, 1e-3, 0.3, 5, 40, 100] as [Float], [[0, 1], [0, 9, 17], [0, 1, 299, 300, 1023]])
  func `Loss and divergence are the plain ones`(size: Float, cut: [Int]) {
    let count = cut[cut.count - 1]
    let rows = noise(rows: 2, columns: count, seed: 4)
    let (adapted, difference) = (rows.view[0], rows.view[1])
    for column in 0..<count {
      adapted[column] *= 8
      // All logits shift as well, which moves no prediction.
      difference[column] = size * (difference[column] - 2)
    }
    withExtendedLifetime(rows) {
      let z = (0..<count).map { Double(adapted[$0]) }
      let intervened = (0..<count).map { z[$0] + Double(difference[$0]) }
      for target in Set([0, count / 2, count - 1]) {
        let (sums, found) = gather(adapted, difference, cut, target)
        let (before, after) = (loss(z, target), loss(intervened, target))
        let own = found.loss(adapted: sums, base: PredictionSums())
        #expect(abs(own - after) <= 2e-6 * max(1, Double(size)), "\(own) for \(after)")
        if size < 1 { #expect(abs((own - sums.loss) - (after - before)) <= 2e-6 * Double(size) + 1e-12) }
      }
      let p = z.map { exp(-loss(z, 0) - z[0] + $0) }
      let plain = zip(p, z.indices).reduce(0) { $0 + $1.0 * (loss(intervened, $1.1) - loss(z, $1.1)) }
      let divergence = gather(adapted, difference, cut, 0).1.divergence
      // Beyond the range of exponentials z + Δ itself is rounded to single precision, |z| ≤ 8 and |Δ| ≤ 3·size.
      let rounding = size < 20 ? 1e-12 : Double(Float.ulpOfOne * (8 + 3 * size))
      #expect(abs(divergence - plain) <= 4e-6 * plain + rounding, "\(divergence) for \(plain)")
    }
  }

  @Test func `No difference is exactly none, and nothing of the change left is exactly the base`() {
    let rows = noise(rows: 2, columns: 300, seed: 5)
    rows.view[1].update(repeating: 0, count: 300)
    withExtendedLifetime(rows) {
      let (sums, same) = gather(rows.view[0], rows.view[1], [0, 100, 300], 7)
      let base = PredictionSums(rows.view[0], count: 200, target: 7)
      #expect(same.loss(adapted: sums, base: base) == sums.loss && same.divergence == 0)
      let left = gather(rows.view[0], rows.view[0], [0, 100, 300], 7, isBase: { _ in true }).1
      #expect(left.loss(adapted: sums, base: base) == base.loss)
      // A slice alone does not make it the base.
      let half = gather(rows.view[0], rows.view[0], [0, 100, 300], 7, isBase: { $0 == 0 }).1
      #expect(half.loss(adapted: sums, base: base) != base.loss)
    }
  }

  private func gather(
    _ adapted: UnsafePointer<Float>, _ difference: UnsafePointer<Float>, _ cut: [Int], _ target: Int,
    isBase: (Int) -> Bool = { _ in false }
  ) -> (PredictionSums, InterventionShift) {
    let slices = zip(cut, cut.dropFirst()).map { start, end in
      let own = (start..<end).contains(target) ? target - start : nil
      let sums = PredictionSums(adapted + start, count: end - start, target: own)
      let powers = Matrix(rows: 1, columns: end - start)
      let reference = ReferenceLogits(adapted + start, count: end - start, powers: powers.elements)
      let likeliest = LikeliestToken(adapted + start, change: nil, count: end - start, first: start)
      let shift = withExtendedLifetime(powers) {
        InterventionShift(
          reference, difference: difference + start, likeliest: likeliest, target: own, isBase: isBase(start))
      }
      return (sums, shift)
    }
    return slices.dropFirst().reduce(slices[0]) { whole, slice in
      var (sums, shift) = whole
      sums += slice.0
      shift += slice.1
      return (sums, shift)
    }
  }

  private func loss(_ logits: [Double], _ target: Int) -> Double {
    let top = logits.max() ?? 0
    return top + log(logits.reduce(0) { $0 + exp($1 - top) }) - logits[target]
  }
}
