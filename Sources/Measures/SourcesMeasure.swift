import Attribution
import Checkpoints
import ReferenceForward
import Results

/// What dKᵀQ and KᵀdQ are made of.
enum SourcesMeasure: Measure {
  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> [SourceTable] {
    let norms = shape.layers.map { (key: $0.hasKeyNorm, query: $0.hasQueryNorm) }
    return regions.map { SourceTable(regions: $0, heads: shape.mostHeads, norms: norms) }
  }

  static func probe(_ setting: MeasureSetting, _ sums: [SourceTable]) -> SourceProbe { SourceProbe(setting, sums) }

  static func rows(_ sums: [SourceTable], run: Int, regions: [String]) -> [TermSources] { sums[run].rows() }

  static func plain(at weight: Double) -> ReferenceSources { ReferenceSources(at: weight) }
}

extension ReferenceSources: PlainMeasure {
  var detail: ReferenceDetail { .all }

  mutating func add(_ prompt: PlainPrompt) throws(CheckpointError) {
    try add(base: prompt.base, adapted: prompt.adapted, model: prompt.model, regions: prompt.regions)
  }

  func rows(in regions: [String]) -> [TermSources] {
    rows.map { block, sums in
      var row = TermSources(at: Place(block, regions), count: sums.pairs)
      (row.dKtQ, row.KtdQ) = (SourceShares(sums.keyTerm), SourceShares(sums.queryTerm))
      return row
    }
  }
}

extension SourceShares {
  fileprivate init(_ parts: [Source: (rms: Double, share: Double)]) {
    func size(_ source: Source) -> PartSize? { parts[source].map { PartSize(rms: $0.rms, share: $0.share) } }
    self.init(
      own: size(.own) ?? PartSize(), inherited: size(.inherited) ?? PartSize(), joint: size(.joint) ?? PartSize(),
      norm: size(.norm))
  }
}
