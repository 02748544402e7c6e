import Checkpoints
import PairedForward
import ReferenceForward

extension Subject {
  /// The adapted model with the masks of a prompt, to run plainly in double precision.
  package func plainModel(_ prompt: SubjectPrompt) -> ReferenceModel {
    ReferenceModel(
      model: pair.model, adaptation: pair.adaptation, masks: ReferenceMasks(prompt.mask.mask),
      positionIDs: prompt.prompt.positionIDs)
  }

  /// The base, to run plainly on a prompt.
  package func plainBase(_ prompt: SubjectPrompt) -> ReferenceModel {
    ReferenceModel(model: pair.model, adaptation: nil, positionIDs: prompt.prompt.positionIDs)
  }

  /// The plain double-precision run of this subject on a prompt: its masks, less what is left out.
  /// - Parameters:
  ///   - base: The base's run, with ``ReferenceDetail/all`` kept where something is left out.
  ///   - keeping: What of each layer stays in memory.
  package func plainRun(
    _ prompt: SubjectPrompt, base: ReferenceRun, positions: Range<Int>, keeping: ReferenceDetail = .operands
  ) throws(CheckpointError) -> ReferenceRun {
    let model = plainModel(prompt)
    guard let omitted, omitted.leavesOut else {
      return try model.run(prompt.prompt.tokens, logitPositions: positions, keeping: keeping)
    }
    let regions = omitted.referenceRegions(prompt, file.regionNames)
    let intervention = ReferenceIntervention(
      dropping: Set(omitted.dropped), written: WrittenPart.byOperand(omitted.written), query: regions.query,
      key: regions.key, layers: omitted.layers,
      heads: omitted.heads.map { heads in Set(heads.map { .init(layer: $0.layer, head: $0.head) }) })
    return try model.run(
      prompt.prompt.tokens, leavingOut: intervention, base: base, regions: regions.ofToken, logitPositions: positions,
      keeping: keeping)
  }
}

extension ReferenceMasks {
  /// The same masks in double.
  package init(_ mask: ChangeMask) {
    self.init(ReferenceMask(mask.general), sites: mask.sites.mapValues(ReferenceMask.init))
  }
}

extension ReferenceMask {
  fileprivate init(_ mask: TokenMask) {
    self.init(lowRank: mask.lowRank.map(Double.init), other: mask.other.map(Double.init))
  }
}

extension Intervention {
  /// Queries and keys as regions that tell them apart: those of the prompt, or the sides of its separator.
  fileprivate func referenceRegions(
    _ prompt: SubjectPrompt, _ names: [String]
  ) -> (ofToken: [Int?], query: Int?, key: Int?) {
    let isNamed = [query, key].allSatisfy { $0.map(names.contains) ?? true }
    guard !isNamed, let separator = prompt.prompt.separator else {
      return (
        prompt.regions.regionOfToken, query.map { names.firstIndex(of: $0) ?? -1 },
        key.map { names.firstIndex(of: $0) ?? -1 }
      )
    }
    func side(_ name: String) -> Int { name == "before" ? 0 : 1 }
    return (prompt.prompt.tokens.indices.map { $0 < separator ? 0 : 1 }, query.map(side), key.map(side))
  }
}
