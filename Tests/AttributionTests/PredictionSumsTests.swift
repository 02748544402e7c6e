import Attribution
import Foundation
import LinearAlgebra
import Testing

/// Losses and their changes, gathered over slices of the vocabulary, against log-sum-exps in double.
@Suite struct PredictionSumsTests {
  /// Vocabularies around the lane width and beyond a run of single-precision sums, cut into slices.
  static let cuts = [[0, 1], [0, 7], [0, 8, 9], [0, 9, 17], [0, 300], [0, 1, 299, 300, 1000], [0, 4096, 5000]]

  @Test(arguments: cuts, [0, 1e-9, 1e-4, 0.3, 5, 40])
  func `Losses and their changes are the plain ones`(cut: [Int], size: Double) {
    var random = SplitMix64(seed: UInt64(cut[cut.count - 1]))
    let count = cut[cut.count - 1]
    func floats(_ scale: Double) -> [Float] { (0..<count).map { _ in Float((2 * random.unit() - 1) * scale) } }
    let (logits, change) = (floats(12), floats(size))
    for target in Set([0, count / 2, count - 1]) {
      var (base, changed) = (PredictionSums(), PredictionSums())
      for (start, end) in zip(cut, cut.dropFirst()) {
        let own = (start..<end).contains(target) ? target - start : nil
        logits.withUnsafeBufferPointer { logits in
          change.withUnsafeBufferPointer { change in
            guard let row = logits.baseAddress, let delta = change.baseAddress else { return }
            let sums = PredictionSums(row + start, count: end - start, target: own)
            base += sums
            changed += PredictionSums(row + start, change: delta + start, base: sums, count: end - start, target: own)
          }
        }
      }
      let wide = logits.map(Double.init)
      let sums = zip(logits, change).map { Double($0) + Double($1) }
      let expected = Self.loss(wide, target)
      #expect(abs(base.loss - expected) <= 1e-6, "base of \(count)")
      #expect(abs(changed.loss - Self.loss(sums, target)) <= 1e-6 * max(1, size), "changed of \(count)")
      // The change keeps its digits: ln Σ p·exp(Δ) − Δ of the target, by expm1 where Δ is small.
      let p = wide.map { exp($0 - expected - wide[target]) }
      let difference =
        size < 1
        ? log1p(zip(p, change).reduce(0) { $0 + $1.0 * expm1(Double($1.1)) }) - Double(change[target])
        : Self.loss(sums, target) - expected
      // Of the loss itself only double rounding may remain.
      #expect(abs(changed.loss - base.loss - difference) <= 2e-6 * size + 1e-13, "change of \(count)")
      if size == 0 { #expect(changed.loss == base.loss) }
    }
  }

  @Test func `Logits far below and above are no trouble`() {
    for offset: Float in [-3000, 3000] {
      let logits: [Float] = [offset, offset + 1, offset - 200]
      let sums = PredictionSums(logits, count: 3, target: 1)
      #expect(abs(sums.loss - log(1 + exp(-1.0))) <= 1e-6)
      let changed = PredictionSums(logits, change: [0, 0, 250], base: sums, count: 3, target: 1)
      #expect(abs(changed.loss - 49) <= 1e-5)
    }
  }

  @Test func `NaN is not swallowed`() {
    let logits: [Float] = [0, .nan, 1]
    let broken = PredictionSums(logits, count: 3, target: nil)
    #expect(broken.loss.isNaN)
    var (first, last) = (PredictionSums([1, 2], count: 2, target: 0), broken)
    first += broken
    last += PredictionSums([1, 2], count: 2, target: 0)
    #expect(first.loss.isNaN && last.loss.isNaN, "nor by the slices beside it")
  }

  private static func loss(_ logits: [Double], _ target: Int) -> Double {
    let top = logits.max() ?? 0
    return top + log(logits.reduce(0) { $0 + exp($1 - top) }) - logits[target]
  }
}
