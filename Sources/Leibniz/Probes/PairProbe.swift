import Architectures
import Attribution
import PairedForward
import Results

/// Gathers the pairs of tokens whose scores changed most, by block, for every run.
struct PairProbe: Probe {
  private let limit: Int
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run.
  private(set) var tables: [PairTable]

  /// A probe that adds to some tables.
  /// - Parameter limit: How many pairs of each block are kept.
  init(_ setting: MeasureSetting, _ tables: [PairTable], limit: Int) {
    self.limit = limit
    maps = Array(setting.maps.prefix(setting.subjects))
    self.tables = tables
  }

  /// By run, what one task gathers; nil for a task that shows no scores.
  typealias Partial = [PairAccumulator]?

  var needs: ProbeNeeds { [.terms, .patternChange] }

  func begin(_ task: ProbeTask) -> Partial {
    guard case .attention(_, let prompt, let head, _) = task else { return nil }
    return maps.map { PairAccumulator(limit: limit, prompt: prompt, head: head, regions: $0[prompt]) }
  }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    for (row, query) in tile.queries.enumerated() {
      let terms = tile.termRow(row, query: query)
      let change = tile.patternChange[row] + (terms.keys.lowerBound - tile.keys.lowerBound)
      partial?[tile.run].add(terms, change: change, query: query)
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for case (.attention(_, _, let head, _), let partial?) in partials {
      for run in maps.indices { tables[run].add(layer: layer.layer, head: head, blocks: partial[run].blocks) }
    }
  }
}
