import ReferenceForward
import Results

/// The worst disagreement by statistic.
package struct DisagreementLedger {
  /// Above this relative difference a statistic fails.
  package static let tolerance = 1e-3

  /// Nothing compared yet.
  package init() {}

  private var worst: [String: Verification.Disagreement] = [:]

  /// Compares a number; `floor` keeps numbers near zero fair.
  package mutating func add(_ statistic: String, _ found: Double, _ expected: Double, floor: Double, _ place: String) {
    let ratio = abs(found - expected) / max(abs(expected), floor)
    // Something where nothing is expected, or no number, counts as wholly wrong.
    let difference = found == expected ? 0 : ratio.isFinite ? ratio : 1
    if difference >= worst[statistic]?.difference ?? -1 {
      worst[statistic] = .init(statistic: statistic, difference: difference, place: place)
    }
  }

  /// What part of a whole is a number's floor: of less than this the tolerance is finer than what single precision resolves of the
  /// whole. A query's attention is such a whole, and so are the terms of a block, where one can cancel to nothing, as dP·dV does
  /// where dV is the same at all keys.
  static let smallestPart = Double(Float.ulpOfOne) / Self.tolerance

  /// Compares a size; mean and mean magnitude by the scale of the root mean square.
  /// - Parameter whole: The sizes of all terms together.
  package mutating func add(
    _ name: String, _ found: Magnitude, _ expected: ReferenceSums.Size, of whole: Double, _ place: String
  ) {
    let floor = Self.smallestPart * whole
    add("\(name).mean", found.mean, expected.mean, floor: max(expected.rms, floor), place)
    add("\(name).meanAbs", found.meanAbs, expected.meanAbs, floor: max(expected.rms, floor), place)
    add("\(name).rms", found.rms, expected.rms, floor: floor, place)
    add("\(name).maxAbs", found.maxAbs, expected.maxAbs, floor: floor, place)
  }

  /// Compares a loss that both or neither have.
  package mutating func add(_ statistic: String, _ found: Double?, _ expected: Double?, _ prompt: Int) {
    guard let found, let expected else {
      if (found == nil) != (expected == nil) { add(statistic, 1, 0, floor: 1, "prompt \(prompt)") }
      return
    }
    add(statistic, found, expected, floor: 1, "prompt \(prompt)")
  }

  package func verification(prompts: Int) -> Verification {
    let rows = worst.values.sorted { $0.statistic < $1.statistic }
    return Verification(
      prompts: prompts, tolerance: Self.tolerance, worst: rows,
      passed: rows.allSatisfy { $0.difference <= Self.tolerance })
  }
}
