import Attribution
import Measures
import Results

extension AnalysisFrame {
  /// The statistics of an adapter beside those of its random changes, of single heads those of measures; nil where none was asked for.
  func nullRows(_ run: Int, _ sums: AnalysisSums) -> [NullComparison]? {
    guard shape.nulls > 0 else { return nil }
    let (trained, nulls) = (statistics(run, of: run, sums), nullRuns(run).map { statistics($0, of: run, sums) })
    return trained.enumerated().map { index, own in
      NullComparison(
        layer: own.layer, head: own.head, query: own.query, key: own.key, statistic: own.name, value: own.value,
        nulls: nulls.map { $0[index].value })
    }
  }

  /// Whether every random change has the rows of its adapter, as those of one pass have.
  func hasNullRows(_ sums: AnalysisSums) -> Bool {
    guard shape.nulls > 0 else { return true }
    return adapters.indices.allSatisfy { run in
      let count = statistics(run, of: run, sums).count
      return nullRuns(run).allSatisfy { statistics($0, of: run, sums).count == count }
    }
  }

  /// The random changes of an adapter stand behind all adapters.
  private func nullRuns(_ run: Int) -> Range<Int> {
    let first = adapters.count + run * shape.nulls
    return first..<first + shape.nulls
  }

  private typealias Statistic = (layer: Int?, head: Int?, query: String, key: String, name: String, value: Double)

  /// The same rows in the same order for every run of a subject: which exist depends on regions and layers alone.
  private func statistics(_ run: Int, of subject: Int, _ sums: AnalysisSums) -> [Statistic] {
    let names = adapters[subject].blank.regions
    var result: [Statistic] = []
    for row in sums.blocks[run].summaryRows() {
      for term in Term.allCases {
        result.append((row.layer, nil, row.query, row.key, "\(term.name).share", row.raw[term].share))
      }
      result.append((row.layer, nil, row.query, row.key, "rms", row.raw.delta.rms))
    }
    for own in sums.measures.compared(run: run, regions: names) {
      guard case .pair(let query, let key?) = own.place.scope else { continue }
      result.append((own.place.layer, own.place.head, query, key, own.name, own.value))
    }
    for row in sums.stream[run].rows() {
      result.append((row.layer, nil, row.region, row.region, "stream", row.relative))
    }
    return result
  }
}
