import Architectures
import Attribution
import PairedForward
import Results

/// Gathers the pairs of tokens that add most to attention divergence, by block, for every run.
struct PairProbe: Probe {
  private let limit: Int
  private let layers: [AttentionDescription]
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run.
  private(set) var tables: [PairTable]

  /// A probe that adds to some tables.
  /// - Parameter limit: How many pairs of each block are kept.
  init(_ setting: MeasureSetting, _ tables: [PairTable], limit: Int) {
    self.limit = limit
    layers = setting.description.layers.map(\.attention)
    maps = Array(setting.maps.prefix(setting.subjects))
    self.tables = tables
  }

  /// By run, what one task gathers; nil for a task that shows no scores.
  typealias Partial = [PairAccumulator]?

  /// A soft cap stands between terms and softmax, so that its secants take the scores themselves.
  var needs: ProbeNeeds {
    layers.contains { $0.softCap != nil } ? [.terms, .patternChange, .scores] : [.terms, .patternChange]
  }

  func begin(_ task: ProbeTask) -> Partial {
    guard case .attention(_, let prompt, let head, _) = task else { return nil }
    return maps.map { PairAccumulator(limit: limit, prompt: prompt, head: head, regions: $0[prompt]) }
  }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    let felt = FeltTile(tile, cap: layers[tile.layer].softCap)
    for (row, query) in tile.queries.enumerated() {
      partial?[tile.run].add(tile.termRow(row, query: query), felt: felt.row(row, query: query), query: query)
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for case (.attention(_, _, let head, _), let partial?) in partials {
      for run in maps.indices { tables[run].add(layer: layer.layer, head: head, blocks: partial[run].blocks) }
    }
  }
}
