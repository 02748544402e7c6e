import Attribution
import PairedForward
import ReferenceForward
import Results

/// What heads do.
enum RolesMeasure: Measure {
  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> [RoleTable] {
    regions.map { RoleTable(regions: $0, columns: shape.layers.map { Array(0..<$0.heads) }) }
  }

  static func probe(_ setting: MeasureSetting, _ sums: [RoleTable]) -> RoleProbe { RoleProbe(setting, sums) }

  static func rows(_ sums: [RoleTable], run: Int, regions: [String]) -> [HeadRoles] { sums[run].rows() }

  static func plain(at weight: Double) -> ReferenceRoles { ReferenceRoles() }
}

/// Gathers what queries look at, for every run.
struct RoleProbe: MeasureProbe {
  private let setting: MeasureSetting
  /// By prompt.
  private let roles: [RoleMap]
  private(set) var gathered: [RoleTable]

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: [RoleTable]) {
    self.setting = setting
    roles = setting.tokens.map(RoleMap.init)
    gathered = tables
  }

  /// By run and region; nil for a task that shows no scores.
  typealias Partial = [[RoleSums]]?

  var needs: ProbeNeeds { [.pattern, .patternChange] }

  func begin(_ task: ProbeTask) -> Partial {
    guard case .attention(_, let prompt, _, _) = task else { return nil }
    return setting.maps.map { $0[prompt].runs.map { _ in RoleSums() } }
  }

  func see(_ tile: PatternTile, _ partial: inout Partial) {
    let attention = setting.description.layers[tile.layer].attention
    for (row, query) in tile.queries.enumerated() {
      let seen = attention.firstKey(of: query)..<query + 1
      let sums = roles[tile.prompt].sums(
        tile.pattern[row] + (seen.lowerBound - tile.keys.lowerBound), seen: seen, query: query)
      for run in setting.maps.indices {
        guard let region = setting.maps[run][tile.prompt].regionOfToken[query] else { continue }
        partial?[run][region].base += sums
      }
    }
  }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    for (row, query) in tile.queries.enumerated() {
      guard let region = setting.maps[tile.run][tile.prompt].regionOfToken[query] else { continue }
      let seen = tile.keys(of: query)
      partial?[tile.run][region].change += roles[tile.prompt].sums(
        tile.patternChange[row] + (seen.lowerBound - tile.keys.lowerBound), seen: seen, query: query)
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for run in gathered.indices {
      for case (.attention(_, _, let head, _), let partial?) in partials {
        gathered[run].add(layer: layer.layer, head, partial[run])
      }
      guard layer.layer == 0 else { continue }
      for prompt in layer.prompts { gathered[run].count(setting.maps[run][prompt]) }
    }
  }
}

extension ReferenceRoles: PlainMeasure {
  mutating func add(_ prompt: PlainPrompt) {
    add(
      base: prompt.base, adapted: prompt.adapted, model: prompt.model.description, tokens: prompt.tokens,
      regions: prompt.regions)
  }

  func rows(in regions: [String]) -> [HeadRoles] {
    rows.map { key, sums in
      let place = Place(layer: key.layer, head: key.head, .query(regions[key.region]))
      var row = HeadRoles(at: place, count: sums.queries)
      for role in HeadRoles.Role.allCases {
        (row[role].base, row[role].adapted) = (sums.base[role.rawValue], sums.adapted[role.rawValue])
      }
      return row
    }
  }
}
