import Attribution
import Results

extension Analyzer {
  /// The pooled statistics of a subject beside those of its random changes; nil where none was asked for.
  func nullRows(_ run: Int, _ sums: AnalysisSums) -> [NullComparison]? {
    guard options.nulls > 0 else { return nil }
    let names = subjects[run].file.regionNames
    let first = subjects.count + run * options.nulls
    let trained = statistics(run, names, sums)
    let nulls = (first..<first + options.nulls).map { statistics($0, names, sums) }
    return trained.enumerated().map { index, own in
      NullComparison(
        layer: own.layer, query: own.query, key: own.key, statistic: own.name, value: own.value,
        nulls: nulls.map { $0[index].value })
    }
  }

  private typealias Statistic = (layer: Int?, query: String, key: String, name: String, value: Double)

  /// The same rows in the same order for every run of a subject: which exist depends on regions and layers alone.
  private func statistics(_ run: Int, _ names: [String], _ sums: AnalysisSums) -> [Statistic] {
    var result: [Statistic] = []
    for row in sums.blocks[run].summaryRows(Bootstrap(prompts: 0, resamples: 0)) {
      for term in Term.allCases {
        result.append((row.layer, row.query, row.key, "\(term.name).share", row.raw[term].share))
      }
      result.append((row.layer, row.query, row.key, "rms", row.raw.delta.rms))
    }
    for row in sums.mass?[run].rows({ $1.row($0, regions: names) }) ?? [] where row.head == nil {
      result.append((row.layer, row.query, row.key, "moved", row.moved))
    }
    for row in sums.stream[run].rows() {
      result.append((row.layer, row.region, row.region, "stream", row.relative))
    }
    return result
  }
}
