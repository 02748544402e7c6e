import Attribution
import Checkpoints
import ReferenceForward
import Results

/// Attention divergence.
enum AttentionMeasure: Measure {
  static let coversNulls = true

  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> [DivergenceTable] {
    let subjects = regions.count / (1 + shape.nulls)
    return regions.enumerated().map { run, regions in
      DivergenceTable(
        regions: regions.count,
        layers: shape.layers.map { .init(heads: $0.heads, hasKeyNorm: $0.hasKeyNorm, hasQueryNorm: $0.hasQueryNorm) },
        hasSinks: shape.hasSinks, keepsPrompts: run < subjects)
    }
  }

  static func probe(_ setting: MeasureSetting, _ sums: [DivergenceTable]) -> DivergenceProbe {
    DivergenceProbe(setting, sums)
  }

  static func rows(_ sums: [DivergenceTable], run: Int, regions: [String]) -> [AttentionDivergence] {
    sums[run].rows(regions: regions)
  }

  static func plain(at weight: Double) -> ReferenceDivergence { ReferenceDivergence(at: weight) }
}

extension ReferenceDivergence: PlainMeasure {
  var detail: ReferenceDetail { .all }

  mutating func add(_ prompt: PlainPrompt) throws(CheckpointError) {
    try add(base: prompt.base, adapted: prompt.adapted, model: prompt.model, regions: prompt.regions)
  }

  func rows(in regions: [String]) -> [AttentionDivergence] {
    rows.map { block, nats in
      var row = AttentionDivergence(at: Place(block, regions), count: nats.queries)
      row.divergence = nats.divergence
      row.terms = (0..<3).map { nats.terms[$0] }
      row.sink = nats.sink
      (row.dKtQ, row.KtdQ) = (SourceNats(nats.keySources), SourceNats(nats.querySources))
      return row
    }
  }
}

extension SourceNats {
  fileprivate init(_ sources: [Source: Double]) {
    self.init(
      own: sources[.own] ?? 0, inherited: sources[.inherited] ?? 0, joint: sources[.joint] ?? 0, norm: sources[.norm])
  }
}
