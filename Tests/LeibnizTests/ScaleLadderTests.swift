import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// One adapter at 10⁰, 10⁻¹ … 10⁻⁸ of its size.
///
/// The stream that enters layer 0 does not change, so dk and dq are exactly linear in the adapter there: from rung to rung
/// the sizes of dKᵀQ and KᵀdQ fall by 10, that of dKᵀdQ by 100, and the shares of every rung follow from those of the first.
///
/// Two float32 runs that are subtracted cannot pass. Numbers of size 1 are known to 6e-8, so a difference of size s has a
/// relative error of up to 6e-8/s, however exact everything before was: sizes stop falling at the rounding error, and on the
/// last rung nothing is right. Only a delta that was never a difference of nearly equal numbers keeps its digits everywhere.
@Suite struct ScaleLadderTests {
  /// How far the logarithm of a size may be from its slope between two rungs.
  private static let slopeTolerance = 1e-5
  /// How far a share may be from that of plain double-precision runs, on every rung alike.
  private static let shareTolerance = 5e-7

  private static let options = {
    var options = TinyPair.Options()
    options.promptCount = 2
    return options
  }()

  @Test func `Sizes in layer 0 fall with slopes 1, 1 and 2`() throws {
    try withTinyPair(Self.options) { pair in
      let rungs = try ScaleLadder.scales.map { scale in
        try pair.scaleAdapter(Float(scale))
        return ScaleLadder.Rung(try pair.analysis())
      }
      #expect(rungs.count == 9)
      #expect(rungs[0].rows.count { $0.key.layer == 0 } == 4 * 3)
      #expect(ScaleLadder.slopeError(rungs) <= Self.slopeTolerance)
    }
  }

  /// All layers against plain runs, whose own error reaches 1e-8 on the last rung, and layer 0 against the first rung's
  /// plain runs, scaled.
  @Test func `Errors of shares stay flat`() throws {
    try withTinyPair(Self.options) { pair in
      let reference = try ReferenceLadder(pair)
      let first = try reference.rung(1)
      for scale in ScaleLadder.scales {
        let expected = try reference.rung(scale)
        let rung = ScaleLadder.Rung(try pair.analysis())
        #expect(rung.shareError(expected) <= Self.shareTolerance, "all layers at \(scale)")
        #expect(rung.shareError(first.scaled(by: scale)) <= Self.shareTolerance, "layer 0 at \(scale)")
      }
    }
  }

  /// Plain runs that are exact but for the last step, which rounds queries and keys to float32.
  @Test func `Two subtracted float32 runs do not pass`() throws {
    try withTinyPair(Self.options) { pair in
      let reference = try ReferenceLadder(pair)
      let first = try reference.rung(1)
      let rungs = try ScaleLadder.scales.map { try reference.rung($0, rounded: true) }
      for end in 4...9 {
        #expect(!(ScaleLadder.slopeError(Array(rungs[end - 2..<end])) <= Self.slopeTolerance), "rung \(end - 1)")
      }
      let errors = zip(ScaleLadder.scales, rungs).map { $1.shareError(first.scaled(by: $0)) }
      #expect(errors[0] <= Self.shareTolerance, "the ladder itself is right")
      #expect(errors[3...].allSatisfy { !($0 <= Self.shareTolerance) }, "\(errors)")
    }
  }
}
