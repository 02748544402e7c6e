import Attribution
import LinearAlgebra
import PairedForward

/// Gathers Σ‖x‖² and Σ‖dx‖² of the residual stream by layer and region, for every run.
struct StreamProbe: Probe {
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run, layer and region.
  private(set) var sums: [[[Norms]]]

  struct Norms: Sendable {
    var base = 0.0
    var delta = 0.0
  }

  init(layers: Int, regions: [[String]], maps: [[RegionMap]]) {
    self.maps = maps
    sums = regions.map { names in
      Array(repeating: Array(repeating: Norms(), count: names.count), count: layers)
    }
  }

  /// By run and region; empty for a task that shows no stream.
  typealias Partial = [[Norms]]

  var needs: ProbeNeeds { .stream }

  func begin(_ task: ProbeTask) -> Partial { [] }

  func see(_ stream: StreamRows, _ partial: inout Partial) {
    let base = (0..<stream.base.rows).map { squaredNorm(stream.base[$0], stream.base.columns) }
    partial = sums.map { $0[stream.layer].map { _ in Norms() } }
    for (run, maps) in maps.enumerated() {
      for (position, region) in maps[stream.prompt].regionOfToken.enumerated() {
        if let region { partial[run][region].base += base[position] }
      }
    }
    for change in stream.changes {
      let regions = maps[change.run][stream.prompt].regionOfToken
      for row in 0..<change.delta.rows {
        guard let region = regions[change.first + row] else { continue }
        partial[change.run][region].delta += squaredNorm(change.delta[row], change.delta.columns)
      }
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for (_, partial) in partials {
      for (run, regions) in partial.enumerated() {
        for (region, norms) in regions.enumerated() {
          sums[run][layer.layer][region].base += norms.base
          sums[run][layer.layer][region].delta += norms.delta
        }
      }
    }
  }
}

/// ‖x‖², in double from run to run.
private func squaredNorm(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
  var sum = 0.0
  forRuns(count) { run in
    var partial = Lanes()
    var column = run.lowerBound
    while column < run.upperBound {
      let value = read(x, column, run.upperBound)
      partial += value * value
      column += 8
    }
    sum += total(partial)
  }
  return sum
}
