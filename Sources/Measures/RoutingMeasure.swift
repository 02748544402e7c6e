import Attribution
import Checkpoints
import PairedForward
import ReferenceForward
import Results

/// What mixtures of experts change.
enum RoutingMeasure: Measure {
  /// What a layer has rows of.
  enum Column { case mixture }

  /// By layer that is a mixture.
  typealias Table = TokenTable<Column, RoutingSums>

  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> [Table] {
    regions.map { Table(regions: $0, columns: shape.layers.map { $0.isMixture ? [.mixture] : [] }) }
  }

  static func probe(_ setting: MeasureSetting, _ sums: [Table]) -> RoutingProbe { RoutingProbe(setting, sums) }

  static func rows(_ sums: [Table], run: Int, regions: [String]) -> [RoutingChange] {
    sums[run].rows { layer, _, region, count, own in
      var row = RoutingChange(at: Place(layer: layer, .region(region)), count: count)
      (row.flipped, row.replaced) = (own.flipped / Double(count), own.replaced / Double(count))
      row.delta = own.parts.rms(count: count)
      (row.dGE, row.GdE) = (own.parts.part(0, count: count), own.parts.part(1, count: count))
      row.dGdE = own.parts.part(2, count: count)
      return row
    }
  }

  static func plain(at weight: Double) -> ReferenceRouting { ReferenceRouting(at: weight) }
}

/// Gathers who goes to other experts, and the terms of what mixtures change, for every run.
struct RoutingProbe: MeasureProbe {
  private let setting: MeasureSetting
  private(set) var gathered: [RoutingMeasure.Table]

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: [RoutingMeasure.Table]) { (self.setting, gathered) = (setting, tables) }

  /// By run and region; empty until something is seen.
  typealias Partial = [[RoutingSums]]

  var needs: ProbeNeeds { .routing }

  func begin(_ task: ProbeTask) -> Partial { [] }

  func see(_ routing: RoutingRows, _ partial: inout Partial) {
    if partial.isEmpty { partial = gathered.map { Array(repeating: RoutingSums(), count: $0.regionCount) } }
    for (row, token) in routing.rows.enumerated() where token.run < setting.maps.count {
      guard let region = setting.maps[token.run][token.prompt].regionOfToken[token.position] else { continue }
      let (left, chosen) = routing.replaced(row)
      partial[token.run][region].flipped += left > 0 ? 1 : 0
      partial[token.run][region].replaced += Double(left) / Double(max(chosen, 1))
      partial[token.run][region].parts.add(
        routing.terms[0][row], routing.terms[1][row], routing.terms[2][row], routing.terms[0].columns,
        at: setting.reference)
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for (_, partial) in partials {
      for (run, own) in partial.enumerated() { gathered[run].add(layer: layer.layer, .mixture, own) }
    }
    guard layer.layer == 0 else { return }
    for run in gathered.indices { for prompt in layer.prompts { gathered[run].count(setting.maps[run][prompt]) } }
  }
}

extension RoutingRows {
  /// How many of a row's experts in the base the run does not choose, and how many there are.
  fileprivate func replaced(_ row: Int) -> (left: Int, chosen: Int) {
    var result = (left: 0, chosen: 0)
    for expert in 0..<weights.columns where baseWeights[row][expert] != 0 {
      result.chosen += 1
      if weights[row, expert] == 0 { result.left += 1 }
    }
    return result
  }
}

extension ReferenceRouting: PlainMeasure {
  var detail: ReferenceDetail { .all }

  mutating func add(_ prompt: PlainPrompt) throws(CheckpointError) {
    try add(base: prompt.base, adapted: prompt.adapted, model: prompt.model, regions: prompt.regions)
  }

  func rows(in regions: [String]) -> [RoutingChange] {
    rows.map { key, sums in
      var row = RoutingChange(at: Place(layer: key.layer, .region(regions[key.region])), count: sums.terms.count)
      (row.flipped, row.replaced, row.delta) = (sums.flipped, sums.replaced, sums.terms.delta)
      let parts = sums.terms.terms.map { PartSize(rms: $0.rms, share: $0.share) }
      (row.dGE, row.GdE, row.dGdE) = (parts[0], parts[1], parts[2])
      return row
    }
  }
}
