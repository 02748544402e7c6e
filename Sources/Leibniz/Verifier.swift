import Attribution
import Checkpoints
import PairedForward
import Prompts
import ReferenceForward

/// Recomputes prompts by two plain double-precision runs, subtracts them and looks for the largest disagreement with an
/// analysis of the same prompts.
///
/// The plain runs share only the parsed description and the weights with the paired pass; they compute masked tokens
/// instead of skipping them, so that a promised zero that is none can show.
struct Verifier {
  /// Above this relative difference a statistic fails.
  static let tolerance = 1e-3

  let subject: Subject
  let computesLoss: Bool

  /// Holds an analysis of these prompts against the plain runs.
  /// - Parameter progress: Called with the part that is done.
  func verify(_ analysis: Analysis, progress: (Double) -> Void) throws(CheckpointError) -> Verification {
    var reference = ReferenceDecomposition()
    var ledger = DisagreementLedger()
    progress(0)
    for (index, prompt) in subject.prompts.enumerated() {
      let (base, adapted) = try runs(prompt)
      reference.add(
        base: base, adapted: adapted, model: subject.pair.model.description, regions: prompt.regions.regionOfToken)
      if !prompt.lossPositions.isEmpty, let losses = analysis.loss {
        let (tokens, from) = (prompt.prompt.tokens, prompt.lossPositions.lowerBound)
        ledger.add("loss.base", losses.base[index], base.meanLoss(tokens: tokens, separator: from), index)
        ledger.add("loss.adapted", losses.adapted[index], adapted.meanLoss(tokens: tokens, separator: from), index)
      }
      progress(Double(index + 1) / Double(subject.prompts.count))
    }
    for block in analysis.blocks { compare(block, reference, &ledger) }
    for row in analysis.stream {
      guard let region = subject.file.regionNames.firstIndex(of: row.region) else { continue }
      let expected = reference.stream[.init(layer: row.layer, region: region)] ?? 0
      ledger.add("stream", row.relative, expected, floor: 0, "L\(row.layer) \(row.region)")
    }
    return ledger.verification(prompts: subject.prompts.count)
  }

  private func runs(_ prompt: SubjectPrompt) throws(CheckpointError) -> (base: ReferenceRun, adapted: ReferenceRun) {
    let positions = computesLoss ? prompt.lossPositions : 0..<0
    let (model, tokens, mask) = (subject.pair.model, prompt.prompt.tokens, prompt.mask.mask.general)
    return (
      try referenceRun(model: model, adaptation: nil, tokens: tokens, logitPositions: positions),
      try referenceRun(
        model: model, adaptation: subject.pair.adaptation, tokens: tokens, lowRankMask: mask.lowRank.map(Double.init),
        otherMask: mask.other.map(Double.init), logitPositions: positions)
    )
  }

  private func compare(_ block: Block, _ reference: ReferenceDecomposition, _ ledger: inout DisagreementLedger) {
    guard let layer = block.layer, let head = block.head,
      let query = subject.file.regionNames.firstIndex(of: block.query),
      let key = subject.file.regionNames.firstIndex(of: block.key)
    else { return }
    let place = "L\(layer)H\(head) \(block.query)→\(block.key)"
    guard let expected = reference.blocks[.init(layer: layer, head: head, query: query, key: key)] else {
      ledger.add("pairs", Double(block.pairs), 0, floor: 1, place)
      return
    }
    ledger.add("pairs", Double(block.pairs), Double(expected.raw.pairs), floor: 1, place)
    compare("", block.raw, expected.raw, place, &ledger)
    compare("centered.", block.centered, expected.centered, place, &ledger)
    for term in Term.allCases {
      let largest = expected.raw.term(term.rawValue).magnitude.maxAbs
      let isPromised = block.raw[term].zero == .structural || block.raw[term].zero == .leak
      if isPromised { ledger.add("zero", largest, 0, floor: 1, "\(place) \(term.symbol)") }
    }
  }

  private func compare(
    _ prefix: String, _ found: Decomposition, _ expected: ReferenceSums, _ place: String,
    _ ledger: inout DisagreementLedger
  ) {
    ledger.add("\(prefix)delta", found.delta, expected.delta, place)
    for term in Term.allCases {
      let (statistics, other) = (found[term], expected.term(term.rawValue))
      ledger.add("\(prefix)\(term.name)", statistics.magnitude, other.magnitude, place)
      ledger.add("\(prefix)\(term.name).share", statistics.share, other.share, floor: 1, place)
    }
  }
}

/// The worst disagreement by statistic.
private struct DisagreementLedger {
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
