import Architectures
import Attribution
import PairedForward
import Results

/// Gathers the parts of the change of every projection and of gate × up, by layer, site and region, for every run.
struct ProductProbe: MeasureProbe {
  private let reference: ReferencePoint
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run, how many regions there are.
  private let regions: [Int]
  /// By run, the gathered sums.
  private(set) var gathered: [ProductsMeasure.Table]

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: [ProductsMeasure.Table]) {
    (maps, reference, gathered) = (setting.maps, setting.reference, tables)
    regions = tables.map(\.regionCount)
  }

  /// By run, site and region; empty until something is seen.
  typealias Partial = [[[PartSums]]]

  var needs: ProbeNeeds { .projections }

  func begin(_ task: ProbeTask) -> Partial { [] }

  func see(_ products: ProductRows, _ partial: inout Partial) {
    if partial.isEmpty {
      partial = regions.map { regions in
        ProductChange.Site.allCases.map { _ in Array(repeating: PartSums(), count: regions) }
      }
    }
    guard let site = products.place.site.flatMap(ProductChange.Site.allCases.firstIndex) else { return }
    for (row, token) in products.rows.enumerated() where token.run < maps.count {
      guard let region = maps[token.run][token.prompt].regionOfToken[token.position] else { continue }
      partial[token.run][site][region].add(
        products.first[row], products.second[row], products.both[row], products.first.columns, at: reference)
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for (_, partial) in partials {
      for (run, own) in partial.enumerated() {
        for (site, sums) in zip(ProductChange.Site.allCases, own) { gathered[run].add(layer: layer.layer, site, sums) }
      }
    }
    guard layer.layer == 0 else { return }
    for run in maps.indices { for prompt in layer.prompts { gathered[run].count(maps[run][prompt]) } }
  }
}

extension ProductRows.Place {
  fileprivate var site: ProductChange.Site? {
    switch self {
    case .gateTimesUp: .gateUp
    case .gateTimesHeads: .gateZ
    case .named(let name): ProductChange.Site(rawValue: name)
    case .projection(let site): ProductChange.Site(rawValue: site.rawValue)
    }
  }
}
