import Attribution
import ReferenceForward
import Results

/// Attention mass.
enum MassMeasure: Measure {
  static let coversNulls = true

  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> MassTables {
    MassTables(
      mass: regions.map {
        RegionTable(regions: $0.count, heads: shape.layers.map(\.heads), hasSinks: shape.hasSinks)
      },
      moved: regions.map { MovedTable(layers: shape.layers.count, regions: $0.count) })
  }

  static func probe(_ setting: MeasureSetting, _ sums: MassTables) -> MassProbe { MassProbe(setting, sums) }

  static func rows(_ sums: MassTables, run: Int, regions: [String]) -> [AttentionMass] {
    sums.mass[run].rows { $1.row($0, regions: regions) }
  }

  static func plain(at weight: Double) -> ReferenceMass { ReferenceMass() }
}

/// The gathered masses, and the attention that moved in every prompt; both by run.
struct MassTables: Sums {
  var mass: [RegionTable<MassSums>]
  var moved: [MovedTable]

  mutating func merge(_ later: MassTables) {
    mass.merge(later.mass)
    moved.merge(later.moved)
  }

  mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try mass.code(&coder)
    try moved.code(&coder)
  }
}

extension ReferenceMass: PlainMeasure {
  mutating func add(_ prompt: PlainPrompt) {
    add(base: prompt.base, adapted: prompt.adapted, model: prompt.model.description, regions: prompt.regions)
  }

  func rows(in regions: [String]) -> [AttentionMass] {
    rows.map { block, sums in
      var row = AttentionMass(at: Place(block, regions), count: sums.queries)
      (row.base, row.adapted, row.moved) = (sums.base, sums.adapted, sums.moved)
      (row.byKey, row.byQuery, row.bySink) = (sums.byKey, sums.byQuery, sums.bySink)
      return row
    }
  }
}
