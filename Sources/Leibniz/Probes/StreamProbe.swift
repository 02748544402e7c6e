import Attribution
import PairedForward
import Results

/// Gathers how far the residual stream moved by layer and region, for every run.
struct StreamProbe: Probe {
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run, layer and region.
  private var sums: [[[StreamSums]]]

  init(layers: Int, regions: [[String]], maps: [[RegionMap]]) {
    self.maps = maps
    sums = regions.map { names in
      Array(repeating: Array(repeating: StreamSums(), count: names.count), count: layers)
    }
  }

  /// By run and region; empty for a task that shows no stream.
  typealias Partial = [[StreamSums]]

  var needs: ProbeNeeds { .stream }

  func begin(_ task: ProbeTask) -> Partial { [] }

  func see(_ stream: StreamRows, _ partial: inout Partial) {
    partial = sums.map { $0[stream.layer].map { _ in StreamSums() } }
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
      for (run, regions) in partial.enumerated() {
        for (region, own) in regions.enumerated() { sums[run][layer.layer][region] += own }
      }
    }
  }

  /// The rows of a run; regions without a stream are left out.
  func rows(run: Int, regions: [String]) -> [StreamDivergence] {
    sums[run].enumerated().flatMap { layer, sums in
      zip(regions, sums).compactMap { $1.row(layer: layer, region: $0) }
    }
  }
}
