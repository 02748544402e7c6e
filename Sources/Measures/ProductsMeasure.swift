import Attribution
import Checkpoints
import PairedForward
import ReferenceForward
import Results

/// The change of every product of a layer.
enum ProductsMeasure: Measure {
  /// By layer and product that it has.
  typealias Table = TokenTable<ProductChange.Site, PartSums>

  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> [Table] {
    let sites = shape.layers.map { layer in
      ProductChange.Site.allCases.filter { site in
        switch site {
        case .o: layer.projections.isEmpty
        // Through latents they come in two steps.
        case .q: !layer.hasLatents && layer.projections.isEmpty
        case .k: !layer.hasLatents && layer.projections.isEmpty && layer.ownsKeys
        case .v: !layer.hasLatents && layer.projections.isEmpty && layer.ownsValues
        case .gateZ: layer.hasOutputGates
        case .up, .down: layer.hasMLP
        case .gate, .gateUp: layer.hasGate
        default: layer.projections.contains(site.rawValue)
        }
      }
    }
    return regions.map { Table(regions: $0, columns: sites) }
  }

  static func probe(_ setting: MeasureSetting, _ sums: [Table]) -> ProductProbe { ProductProbe(setting, sums) }

  static func rows(_ sums: [Table], run: Int, regions: [String]) -> [ProductChange] {
    sums[run].rows { layer, site, region, count, own in
      ProductChange(
        layer: layer, site: site, region: region, tokens: count, delta: own.rms(count: count),
        first: own.part(0, count: count), second: own.part(1, count: count), both: own.part(2, count: count))
    }
  }

  static func plain(at weight: Double) -> ReferenceProducts { ReferenceProducts(at: weight) }
}

extension ReferenceProducts: PlainMeasure {
  var detail: ReferenceDetail { .all }

  mutating func add(_ prompt: PlainPrompt) throws(CheckpointError) {
    try add(base: prompt.base, adapted: prompt.adapted, model: prompt.model, regions: prompt.regions)
  }

  func rows(in regions: [String]) -> [ProductChange] {
    rows.map { key, sums in
      let place = Place(layer: key.layer, .site(ProductChange.Site(key.site), region: regions[key.region]))
      var row = ProductChange(at: place, count: sums.count)
      row.delta = sums.delta
      let parts = sums.terms.map { PartSize(rms: $0.rms, share: $0.share) }
      (row.first, row.second, row.both) = (parts[0], parts[1], parts[2])
      return row
    }
  }
}

extension ProductChange.Site {
  /// The same product as plain runs name it.
  fileprivate init(_ site: ReferenceProductSite) {
    guard let own = Self(rawValue: site.name) else { preconditionFailure("a product of a layer") }
    self = own
  }
}
