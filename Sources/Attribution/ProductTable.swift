import Results

/// Gathers the parts of every product's change, by layer, site and region.
public struct ProductTable: Sums {
  /// How many regions there are.
  public var regionCount: Int { regions.count }
  private let regions: [String]
  /// By layer, the products it has.
  private let sites: [[ProductChange.Site]]
  /// By layer, ``ProductChange/Site`` and region.
  private var sums: [[[PartSums]]]
  /// By region.
  private var tokens: [Int]

  /// An empty table.
  /// - Parameter sites: By layer, the products it has.
  public init(regions: [String], sites: [[ProductChange.Site]]) {
    self.regions = regions
    self.sites = sites
    sums = sites.map { _ in Self.empty(regions: regions.count) }
    tokens = regions.map { _ in 0 }
  }

  /// Nothing summed, by site and region.
  public static func empty(regions: Int) -> [[PartSums]] {
    ProductChange.Site.allCases.map { _ in Array(repeating: PartSums(), count: regions) }
  }

  /// Counts the tokens of a prompt.
  public mutating func count(_ map: RegionMap) {
    for (region, runs) in map.runs.enumerated() { tokens[region] += runs.reduce(0) { $0 + $1.count } }
  }

  /// Adds sums by site and region.
  public mutating func add(layer: Int, _ own: [[PartSums]]) { sums[layer].merge(own) }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: ProductTable) {
    sums.merge(later.sums)
    for region in tokens.indices { tokens[region] += later.tokens[region] }
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try sums.code(&coder)
    for region in tokens.indices { try coder.code(&tokens[region]) }
  }

  /// A row for every layer, product and region with tokens.
  public func rows() -> [ProductChange] {
    sites.enumerated().flatMap { layer, sites in
      sites.flatMap { site in
        regions.enumerated().compactMap { region, name in
          guard tokens[region] > 0, let place = ProductChange.Site.allCases.firstIndex(of: site) else { return nil }
          let (own, count) = (sums[layer][place][region], tokens[region])
          return ProductChange(
            layer: layer, site: site, region: name, tokens: count, delta: own.rms(count: count),
            first: own.part(0, count: count), second: own.part(1, count: count), both: own.part(2, count: count))
        }
      }
    }
  }
}
