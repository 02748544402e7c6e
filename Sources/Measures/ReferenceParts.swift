import Checkpoints
import ReferenceForward
import Results

/// What the plain runs say of everything in an analysis but the terms of the scores, and how far the analysis is from it.
package struct ReferenceParts {
  private var measures: [any PlainMeasure]
  private var shift = ReferencePredictionShift()
  private var pairs: ReferencePairs?
  /// How many prompts were added.
  private var prompts = 0

  /// Nothing yet, for the parts that an analysis has.
  package init(_ analysis: Analysis) {
    let weight = analysis.reference.weight
    measures = [ReferenceStream()]
    for part in AnalysisPart.allCases where analysis.parts.contains(part) {
      measures.append(part.measure.plain(for: analysis))
    }
    pairs = analysis.pairs.map { ReferencePairs($0, at: weight) }
  }

  /// What the runs have to keep.
  package var detail: ReferenceDetail { measures.contains { $0.detail == .all } ? .all : .operands }

  /// Adds the runs of one prompt.
  package mutating func add(_ prompt: PlainPrompt) throws(CheckpointError) {
    for index in measures.indices { try measures[index].add(prompt) }
    shift.add(base: prompt.base, adapted: prompt.adapted, regions: prompt.regions)
    pairs?.add(
      prompt: prompts, base: prompt.base, adapted: prompt.adapted, model: prompt.model.description,
      tokens: prompt.tokens.count)
    prompts += 1
  }

  /// Compares all rows; pooled ones follow from the others.
  package func compare(_ analysis: Analysis, regions: [String], _ ledger: inout DisagreementLedger) {
    for measure in measures { measure.compare(analysis, regions: regions, &ledger) }
    compare(analysis.loss?.divergence ?? [], regions, &ledger)
    if let pairs { compare(analysis.pairs ?? [], pairs, &ledger) }
  }

  private func compare(_ rows: [PredictionDivergence], _ regions: [String], _ ledger: inout DisagreementLedger) {
    for row in rows {
      guard let region = regions.firstIndex(of: row.region) else { continue }
      let other = shift.regions[region]
      ledger.add("predictions", Double(row.predictions), Double(other?.tokens ?? 0), floor: 1, row.region)
      // Two plain runs are subtracted, which leaves a divergence below this no digits.
      ledger.add("kl", row.kl, other?.divergence ?? 0, floor: 1e-9, row.region)
    }
  }
}
