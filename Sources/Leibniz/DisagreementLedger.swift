import ReferenceForward
import Results

/// The worst disagreement by statistic.
struct DisagreementLedger {
  private var worst: [String: Verification.Disagreement] = [:]

  /// Compares a number; `floor` keeps numbers near zero fair.
  mutating func add(_ statistic: String, _ found: Double, _ expected: Double, floor: Double, _ place: String) {
    let ratio = abs(found - expected) / max(abs(expected), floor)
    // Something where nothing is expected, or no number, counts as wholly wrong.
    let difference = found == expected ? 0 : ratio.isFinite ? ratio : 1
    if difference >= worst[statistic]?.difference ?? -1 {
      worst[statistic] = .init(statistic: statistic, difference: difference, place: place)
    }
  }

  /// Compares a size; mean and mean magnitude by the scale of the root mean square.
  mutating func add(
    _ name: String, _ found: Magnitude, _ expected: ReferenceSums.Size, _ place: String
  ) {
    add("\(name).mean", found.mean, expected.mean, floor: expected.rms, place)
    add("\(name).meanAbs", found.meanAbs, expected.meanAbs, floor: expected.rms, place)
    add("\(name).rms", found.rms, expected.rms, floor: 0, place)
    add("\(name).maxAbs", found.maxAbs, expected.maxAbs, floor: 0, place)
  }

  /// Compares a part's size and share.
  mutating func add(_ name: String, _ found: PartSize, _ expected: (rms: Double, share: Double), _ place: String) {
    add("\(name).rms", found.rms, expected.rms, floor: 0, place)
    add("\(name).share", found.share, expected.share, floor: 1, place)
  }

  /// Compares a loss that both or neither have.
  mutating func add(_ statistic: String, _ found: Double?, _ expected: Double?, _ prompt: Int) {
    guard let found, let expected else {
      if (found == nil) != (expected == nil) { add(statistic, 1, 0, floor: 1, "prompt \(prompt)") }
      return
    }
    add(statistic, found, expected, floor: 1, "prompt \(prompt)")
  }

  func verification(prompts: Int) -> Verification {
    let rows = worst.values.sorted { $0.statistic < $1.statistic }
    return Verification(
      prompts: prompts, tolerance: Verifier.tolerance, worst: rows,
      passed: rows.allSatisfy { $0.difference <= Verifier.tolerance })
  }
}
