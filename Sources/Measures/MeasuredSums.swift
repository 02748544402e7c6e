import Attribution
import Results

/// The sums of the measures that were asked for, in the order of ``AnalysisPart``.
package struct MeasuredSums: Sums {
  private var sums: [(part: AnalysisPart, sums: any Sums)]

  /// Sums over no prompt.
  /// - Parameter regions: By run, the names of the regions; random changes stand behind adapters.
  package init(_ shape: AnalysisShape, regions: [[String]], subjects: Int) {
    sums = AnalysisPart.allCases.filter(shape.parts.contains).map { part in
      (part, part.measure.empty(shape, regions: part.measure.coversNulls ? regions : Array(regions.prefix(subjects))))
    }
  }

  /// What some probes gathered.
  init(_ probes: [(part: AnalysisPart, probe: any MeasureProbe)]) {
    sums = probes.map { ($0.part, $0.probe.gathered) }
  }

  /// The sums of a measure; nil where it was not asked for.
  subscript<M: Measure>(measure: M.Type) -> M.Watching.Gathered? {
    sums.first { $0.part.rawValue == M.Row.measure }.flatMap { $0.sums as? M.Watching.Gathered }
  }

  /// The parts.
  var parts: [AnalysisPart] { sums.map(\.part) }

  /// Gives an analysis the rows of a run.
  package func fill(_ analysis: inout Analysis, run: Int) {
    for part in parts { part.measure.fill(&analysis, from: self, run: run) }
  }

  /// The numbers of a run's rows that random changes are compared by.
  package func compared(run: Int, regions: [String]) -> [(place: Place, name: String, value: Double)] {
    parts.flatMap { $0.measure.compared(self, run: run, regions: regions) }
  }

  /// By run, the attention that moved in every prompt; nil where masses are not looked at.
  package var moved: [MovedTable]? { self[MassMeasure.self]?.moved }

  /// By run, what attention felt; nil where that is not looked at.
  package var felt: [DivergenceTable]? { self[AttentionMeasure.self] }

  /// What looks on, and adds to these sums.
  func probes(_ setting: MeasureSetting) -> [(part: AnalysisPart, probe: any MeasureProbe)] {
    sums.map { part, sums in (part, part.measure.probe(adding: sums, setting)) }
  }

  package mutating func merge(_ later: MeasuredSums) {
    precondition(parts == later.parts, "sums of the same request")
    for index in sums.indices { sums[index].sums.merge(any: later.sums[index].sums) }
  }

  package mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    for index in sums.indices { try sums[index].sums.code(&coder) }
  }
}

extension Sums {
  fileprivate mutating func merge(any later: any Sums) {
    guard let later = later as? Self else { preconditionFailure("sums of the same request") }
    merge(later)
  }
}

extension Measure {
  fileprivate static func probe(adding sums: any Sums, _ setting: MeasureSetting) -> any MeasureProbe {
    guard let sums = sums as? Watching.Gathered else { preconditionFailure("sums of this measure") }
    return probe(setting.of(Self.self), sums)
  }

  /// Gives an analysis the rows of a run.
  static func fill(_ analysis: inout Analysis, from sums: MeasuredSums, run: Int) {
    guard let own = sums[Self.self] else { return }
    analysis[rows: Row.self] = rows(own, run: run, regions: analysis.regions)
    complete(&analysis, own, run: run)
  }

  /// The numbers of a run's rows that random changes are compared by; those that follow from others in pooled rows alone.
  static func compared(
    _ sums: MeasuredSums, run: Int, regions: [String]
  ) -> [(place: Place, name: String, value: Double)] {
    guard coversNulls, let own = sums[Self.self] else { return [] }
    return rows(own, run: run, regions: regions).flatMap { row in
      (row.ownFields + (row.place.head == nil ? Row.derived : [])).compactMap { field in
        guard let name = field.nullName, let value = field.value(row) else { return nil }
        return (row.place, name, value)
      }
    }
  }
}
