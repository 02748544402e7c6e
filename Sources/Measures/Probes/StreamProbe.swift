import Attribution
import PairedForward

/// Gathers how far the residual stream moved by layer and region, for every run.
struct StreamProbe: Probe {
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run, the gathered sums.
  private(set) var tables: [StreamTable]
  /// By run, how many regions there are.
  private let regions: [Int]

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: [StreamTable]) {
    maps = setting.maps
    regions = tables.map(\.regionCount)
    self.tables = tables
  }

  /// By run and region; empty for a task that shows no stream.
  typealias Partial = [[StreamSums]]

  var needs: ProbeNeeds { .stream }

  func begin(_ task: ProbeTask) -> Partial { [] }

  func see(_ stream: StreamRows, _ partial: inout Partial) {
    partial = regions.map { Array(repeating: StreamSums(), count: $0) }
    for (run, maps) in maps.enumerated() {
      let own = stream.changes.first { $0.run == run }
      for (position, region) in maps[stream.prompt].regionOfToken.enumerated() {
        guard let region else { continue }
        let dx = own.flatMap { position < $0.first ? nil : $0.delta[position - $0.first] }
        partial[run][region].add(stream.base[position], dx, count: stream.base.columns)
      }
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for (_, partial) in partials {
      for (run, own) in partial.enumerated() { tables[run].add(layer: layer.layer, own) }
    }
  }
}
