import Attribution
import Checkpoints
import Measures
import PairedForward
import Prompts
import ReferenceForward
import Results
import Subjects

/// Recomputes prompts by two plain double-precision runs, subtracts them and looks for the largest disagreement with an
/// analysis of the same prompts.
///
/// The plain runs share only the parsed description and the weights with the paired pass; they compute masked tokens
/// instead of skipping them, so that a promised zero that is none can show.
struct Verifier {
  let subject: Subject
  let computesLoss: Bool

  /// Holds an analysis of these prompts against the plain runs.
  /// - Parameter progress: Called with the part that is done.
  func verify(_ analysis: Analysis, progress: (Double) -> Void) throws(CheckpointError) -> Verification {
    var reference = ReferenceDecomposition(at: analysis.reference.weight)
    var covered = analysis
    // The plain runs know divergence, mass, values, roles, pairs and writers of whole changes; where parts are left out, the terms, the stream and the losses
    // of the run are checked.
    if subject.omitted != nil {
      (covered.attention, covered.mass, covered.values, covered.pairs) = (nil, nil, nil, nil)
      covered[rows: HeadRoles.self] = nil
      (covered.writers, covered.writtenPredictions) = (nil, nil)
    }
    var parts = ReferenceParts(covered)
    var ledger = DisagreementLedger()
    progress(0)
    for (index, prompt) in subject.prompts.enumerated() {
      let model = subject.plainModel(prompt)
      let (base, adapted) = try runs(prompt, keeping: parts.detail)
      let regions = prompt.regions.regionOfToken
      reference.add(base: base, adapted: adapted, model: subject.pair.model.description, regions: regions)
      try parts.add(
        PlainPrompt(
          base: base, adapted: adapted, model: model, tokens: prompt.prompt.tokens, regions: regions,
          judged: computesLoss ? prompt.lossPositions : []))
      if !prompt.lossPositions.isEmpty, let losses = analysis.loss {
        let plain = ReferenceRun.meanLosses(
          [base, adapted], tokens: prompt.prompt.tokens, predicted: prompt.lossPositions.map { $0 + 1 })
        ledger.add("loss.base", losses.base[index], plain?.losses[0], index)
        ledger.add("loss.adapted", losses.adapted[index], plain?.losses[1], index)
      }
      progress(Double(index + 1) / Double(subject.prompts.count))
    }
    for block in analysis.blocks { compare(block, reference, &ledger) }
    parts.compare(covered, regions: subject.file.regionNames, &ledger)
    return ledger.verification(prompts: subject.prompts.count)
  }

  private func runs(
    _ prompt: SubjectPrompt, keeping detail: ReferenceDetail
  ) throws(CheckpointError) -> (base: ReferenceRun, adapted: ReferenceRun) {
    let tokens = prompt.prompt.tokens
    let positions = 0..<(computesLoss ? max(tokens.count - 1, 0) : 0)
    let base = try subject.plainBase(prompt).run(
      tokens, logitPositions: positions, keeping: subject.omitted == nil ? detail : .all)
    return (base, try subject.plainRun(prompt, base: base, positions: positions, keeping: detail))
  }

  private func compare(_ block: Block, _ reference: ReferenceDecomposition, _ ledger: inout DisagreementLedger) {
    guard let query = subject.file.regionNames.firstIndex(of: block.query),
      let key = subject.file.regionNames.firstIndex(of: block.key)
    else { return }
    let place = "L\(block.layer)H\(block.head) \(block.query)→\(block.key)"
    guard let expected = reference.blocks[.init(layer: block.layer, head: block.head, query: query, key: key)] else {
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
    let whole = Term.allCases.reduce(0) { $0 + expected.term($1.rawValue).magnitude.rms }
    ledger.add("\(prefix)delta", found.delta, expected.delta, of: whole, place)
    for term in Term.allCases {
      let (statistics, other) = (found[term], expected.term(term.rawValue))
      ledger.add("\(prefix)\(term.name)", statistics.magnitude, other.magnitude, of: whole, place)
      ledger.add("\(prefix)\(term.name).share", statistics.share, other.share, floor: 1, place)
    }
  }
}
