import Attribution
import Checkpoints
import ReferenceForward
import Results

/// What the heads write to the stream.
enum ValuesMeasure: Measure {
  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> [RegionTable<PartSums>] {
    regions.map { RegionTable(regions: $0.count, heads: shape.layers.map(\.heads)) }
  }

  static func probe(_ setting: MeasureSetting, _ sums: [RegionTable<PartSums>]) -> ValuesProbe {
    ValuesProbe(setting, sums)
  }

  static func rows(_ sums: [RegionTable<PartSums>], run: Int, regions: [String]) -> [ValueChange] {
    sums[run].rows { $1.row($0, regions: regions) }
  }

  static func plain(at weight: Double) -> ReferenceValues { ReferenceValues(at: weight) }
}

extension ReferenceValues: PlainMeasure {
  var detail: ReferenceDetail { .all }

  mutating func add(_ prompt: PlainPrompt) throws(CheckpointError) {
    try add(base: prompt.base, adapted: prompt.adapted, model: prompt.model, regions: prompt.regions)
  }

  func rows(in regions: [String]) -> [ValueChange] {
    rows.map { block, sums in
      var row = ValueChange(at: Place(block, regions), count: sums.count)
      (row.delta, row.terms) = (sums.delta, sums.terms.map { PartSize(rms: $0.rms, share: $0.share) })
      return row
    }
  }
}
