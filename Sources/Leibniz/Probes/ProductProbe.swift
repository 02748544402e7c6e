import Architectures
import Attribution
import PairedForward
import Results

/// Gathers the parts of the change of every projection and of gate × up, by layer, site and region, for every run.
struct ProductProbe: Probe {
  private let reference: ReferencePoint
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run, the names of the regions.
  private let regions: [[String]]
  /// By layer, the products it has.
  private let sites: [[ProductChange.Site]]
  /// By run, layer, site and region.
  private var sums: [[[[PartSums]]]]

  init(_ description: ModelDescription, regions: [[String]], maps: [[RegionMap]], reference: ReferencePoint) {
    self.reference = reference
    self.maps = maps
    self.regions = regions
    sites = description.layers.map { layer in
      ProductChange.Site.allCases.filter { layer.mlp.gate != nil || ($0 != .gate && $0 != .gateUp) }
    }
    sums = regions.map { names in
      description.layers.map { _ in
        ProductChange.Site.allCases.map { _ in names.map { _ in PartSums() } }
      }
    }
  }

  /// By run, site and region; empty until something is seen.
  typealias Partial = [[[PartSums]]]

  var needs: ProbeNeeds { .projections }

  func begin(_ task: ProbeTask) -> Partial { [] }

  func see(_ products: ProductRows, _ partial: inout Partial) {
    if partial.isEmpty {
      partial = regions.map { names in ProductChange.Site.allCases.map { _ in names.map { _ in PartSums() } } }
    }
    guard let site = ProductChange.Site.allCases.firstIndex(of: products.place.site) else { return }
    for (row, token) in products.rows.enumerated() where token.run < maps.count {
      guard let region = maps[token.run][token.prompt].regionOfToken[token.position] else { continue }
      partial[token.run][site][region].add(
        products.first[row], products.second[row], products.both[row], products.first.columns, at: reference)
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for (_, partial) in partials {
      for (run, sites) in partial.enumerated() {
        for (site, regions) in sites.enumerated() {
          for (region, own) in regions.enumerated() { sums[run][layer.layer][site][region] += own }
        }
      }
    }
  }

  /// The rows of a run.
  func rows(run: Int) -> [ProductChange] {
    let tokens = regions[run].indices.map { region in
      maps[run].reduce(0) { $0 + $1.runs[region].reduce(0) { $0 + $1.count } }
    }
    return sites.enumerated().flatMap { layer, sites in
      sites.flatMap { site in
        regions[run].enumerated().compactMap { region, name in
          guard tokens[region] > 0, let place = ProductChange.Site.allCases.firstIndex(of: site) else { return nil }
          let (own, count) = (sums[run][layer][place][region], tokens[region])
          return ProductChange(
            layer: layer, site: site, region: name, tokens: count, delta: own.rms(count: count),
            first: own.part(0, count: count), second: own.part(1, count: count), both: own.part(2, count: count))
        }
      }
    }
  }
}

extension ProductRows.Place {
  fileprivate var site: ProductChange.Site {
    switch self {
    case .gateTimesUp: .gateUp
    case .projection(.q): .q
    case .projection(.k): .k
    case .projection(.v): .v
    case .projection(.o): .o
    case .projection(.gate): .gate
    case .projection(.up): .up
    case .projection(.down): .down
    }
  }
}
