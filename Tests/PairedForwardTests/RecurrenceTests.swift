import Foundation
import LinearAlgebra
import Testing

@testable import PairedForward

/// The steps of a recurrence against the same in plain double precision.
@Suite struct RecurrenceTests {
  private func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }

  @Test(arguments: changeSizes) func `SiLU changes without cancellation`(size: Double) {
    var samples = Samples(seed: 8)
    for _ in 0..<400 {
      let (x, dx) = (samples.next() * 6, samples.next() * size)
      let found = PairedSiLU(DoubleLanes(repeating: x))
      #expect(abs(found.value[2] - silu(x)) <= 1e-15 * abs(silu(x)))
      // The difference of two plain values is rounded as they are.
      let expected = silu(x + dx) - silu(x)
      let delta = found.delta(DoubleLanes(repeating: dx))[5]
      #expect(abs(delta - expected) <= 1e-14 * abs(dx) + 1e-15 * abs(x), "\(x) + \(dx)")
    }
    #expect(PairedSiLU(DoubleLanes(repeating: 3)).delta(DoubleLanes()) == DoubleLanes())
  }

  @Test func `SiLU keeps small changes and bears large ones`() {
    for x in [-800.0, -20, 0, 20, 800] {
      let slope = 1 / (1 + exp(-x)) * (1 + x / (1 + exp(x)))
      let delta = PairedSiLU(DoubleLanes(repeating: x)).delta(DoubleLanes(repeating: 1e-30))[0]
      #expect(abs(delta - 1e-30 * slope) <= 1e-43, "\(x)")
      for dx in [-1500.0, -700, 700, 1500] {
        let delta = PairedSiLU(DoubleLanes(repeating: x)).delta(DoubleLanes(repeating: dx))[0]
        #expect(abs(delta - (silu(x + dx) - silu(x))) <= 1e-10, "\(x) + \(dx)")
      }
    }
  }

  @Test(arguments: changeSizes) func `Lengths change without cancellation`(size: Double) {
    var samples = Samples(seed: 9)
    let (x, dx) = (DoubleRows(rows: 1, columns: 13), DoubleRows(rows: 1, columns: 13))
    let length = PairedLength(factor: 3, epsilon: 1e-6)
    for _ in 0..<50 {
      for column in 0..<13 { (x[0][column], dx[0][column]) = (samples.next(), samples.next() * size) }
      let (before, step) = ((0..<13).map { x[0][$0] }, (0..<13).map { dx[0][$0] })
      func root(_ x: [Double]) -> Double { (x.reduce(0) { $0 + $1 * $1 } + 1e-6).squareRoot() }
      let after = zip(before, step).map { $0 + $1 }
      let own = length.root(x[0], x.width)
      #expect(abs(own - root(before)) <= 1e-15 * own)
      length.applyDelta(x[0], root: own, dx[0], x.width)
      length.apply(x[0], root: own, x.width)
      for column in 0..<13 {
        let (left, right) = (3 * before[column] / root(before), 3 * after[column] / root(after))
        #expect(abs(x[0][column] - left) <= 1e-14)
        #expect(abs(dx[0][column] - (right - left)) <= 1e-12 * size + 1e-14)
      }
      #expect((13..<16).allSatisfy { x[0][$0] == 0 && dx[0][$0] == 0 })
    }
  }

  /// Two states side by side, one of a changed model, and the change of the first. Larger changes would let states grow without bound.
  @Test(arguments: changeSizes.filter { $0 < 1 }) func `States change as two plain ones differ`(size: Double) {
    var samples = Samples(seed: 10)
    let keys = 5
    let (base, own) = (DoubleRows(rows: keys, columns: 8), DoubleRows(rows: keys, columns: 8))
    let columns = DeltaRuleColumns(keys: keys, state: base[0])
    let changes = DeltaRuleColumnChanges(base: columns, state: own[0])
    var plain = [[Double]](repeating: Array(repeating: 0, count: keys), count: 2)
    for _ in 0..<40 {
      func vector(_ scale: Double) -> [Double] { (0..<keys).map { _ in samples.next() * scale } }
      let (q, dq, k, dk) = (vector(0.5), vector(0.5 * size), vector(0.5), vector(0.5 * size))
      let (g, dg, b, db) = (-abs(samples.next()), -abs(samples.next()) * size, 0.5, 0.1 * samples.next() * size)
      let (v, dv) = (samples.next(), samples.next() * size)
      let key = zip(k, dk).map { $0 + $1 }
      let missing = v - columns.decay(by: exp(g), key: k)
      let dMissing = dv - changes.decay(kept: exp(g + dg), lost: expm1(dg), changedKey: key, dKey: dk)
      let read = columns.take(b * missing, key: k, query: q)
      let terms = changes.take(
        b * missing, db * missing + (b + db) * dMissing, changedKey: key, dKey: dk, query: q, dQuery: dq)
      func plainStep(_ place: Int, _ q: [Double], _ k: [Double], _ g: Double, _ b: Double, _ v: Double) -> Double {
        plain[place] = plain[place].map { exp(g) * $0 }
        let r = b * (v - zip(plain[place], k).reduce(0) { $0 + $1.0 * $1.1 })
        plain[place] = zip(plain[place], k).map { $0 + $1 * r }
        return zip(plain[place], q).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let before = plainStep(0, q, k, g, b, v)
      let after = plainStep(1, zip(q, dq).map { $0 + $1 }, key, g + dg, b + db, v + dv)
      #expect(abs(read[3] - before) <= 1e-13)
      #expect(abs(terms.0[6] + terms.1[6] + terms.2[6] - (after - before)) <= 1e-11 * size + 1e-13)
    }
  }
}
