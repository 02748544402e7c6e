import LinearAlgebra
import Testing

@testable import PairedForward

/// A clip and its change against double.
@Suite struct ClipTests {
  private func clip(_ x: Double, _ bound: Double) -> Double { min(max(x, -bound), bound) }

  @Test(arguments: changeSizes) func `Changes are exact by case`(size: Double) {
    var samples = Samples(seed: 5)
    for _ in 0..<400 {
      let (x, dx, bound) = (Float(samples.next() * 3), Float(samples.next() * size), Float(1.5))
      let (a, da, b) = (Double(x), Double(dx), Double(bound))
      let delta = Double(clipDelta(Lanes(repeating: x), Lanes(repeating: dx), bound)[1])
      let secant = Double(clipSecant(Lanes(repeating: x), Lanes(repeating: dx), bound)[1])
      let isInside = abs(a) <= b && abs(a + da) <= b
      let expected = isInside ? da : clip(a + da, b) - clip(a, b)
      // At the very edge x + dx is rounded.
      let rounding = abs(abs(a + da) - b) < 1e-6 ? 1e-6 : 0
      #expect(abs(delta - expected) <= 1e-6 * abs(expected) + 1e-7 * abs(da) + rounding, "\(x) + \(dx)")
      #expect(abs(secant * da - delta) <= 1e-6 * abs(da))
      #expect(secant >= 0 && secant <= 1)
    }
  }

  @Test(arguments: changeSizes) func `One-sided bounds are exact by case`(size: Double) {
    var samples = Samples(seed: 6)
    for _ in 0..<400 {
      let (x, dx, bound) = (Float(samples.next() * 3), Float(samples.next() * size), Float(1.5))
      let (a, da, b) = (Double(x), Double(dx), Double(bound))
      let delta = Double(upperDelta(Lanes(repeating: x), Lanes(repeating: dx), bound)[1])
      let expected = a <= b && a + da <= b ? da : min(a + da, b) - min(a, b)
      let rounding = abs(a + da - b) < 1e-6 ? 1e-6 : 0
      #expect(abs(delta - expected) <= 1e-6 * abs(expected) + 1e-7 * abs(da) + rounding, "\(x) + \(dx)")
    }
    #expect(upperDelta(Lanes(repeating: 9), Lanes(), 1.5) == Lanes() && upper(Lanes(repeating: -9), 1.5)[0] == -9)
  }

  @Test func `Where nothing changes a source goes by the slope`() {
    let secants = [0, 1.4, -1.6, 9].map { clipSecant(Lanes(repeating: $0), Lanes(), 1.5)[0] }
    #expect(secants == [1, 1, 0, 0])
    #expect(clipDelta(Lanes(repeating: 9), Lanes(), 1.5) == Lanes())
    #expect(clipped(Lanes(repeating: -9), 1.5)[7] == -1.5)
  }
}
