import Results

/// Sums over tokens of what a mixture of experts changes.
public struct RoutingSums: AdditiveSums, Equatable {
  /// Of dG·E, G·dE and dG·dE.
  public var parts = PartSums()
  /// Tokens whose set of experts differs.
  public var flipped = 0.0
  /// Σ of the fraction of a token's experts that were exchanged.
  public var replaced = 0.0

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other tokens.
  public static func += (left: inout RoutingSums, right: RoutingSums) {
    left.parts += right.parts
    left.flipped += right.flipped
    left.replaced += right.replaced
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try parts.code(&coder)
    try coder.code(&flipped)
    try coder.code(&replaced)
  }
}

/// Gathers what mixtures change by layer and region, and turns it into rows.
public struct RoutingTable: Sums {
  private let regions: [String]
  /// By layer, whether it is a mixture.
  private let isMixture: [Bool]
  /// By layer and region.
  private var totals: [[RoutingSums]]
  /// By region.
  private var tokens: [Int]

  /// An empty table.
  /// - Parameter isMixture: By layer, whether it is a mixture; the others have no rows.
  public init(regions: [String], isMixture: [Bool]) {
    self.regions = regions
    self.isMixture = isMixture
    totals = isMixture.map { _ in regions.map { _ in RoutingSums() } }
    tokens = regions.map { _ in 0 }
  }

  /// How many regions there are.
  public var regionCount: Int { regions.count }

  /// Counts the tokens of a prompt.
  public mutating func count(_ map: RegionMap) {
    for (region, runs) in map.runs.enumerated() { tokens[region] += runs.reduce(0) { $0 + $1.count } }
  }

  /// Adds sums of some tokens of a layer, by region.
  public mutating func add(layer: Int, _ sums: [RoutingSums]) { totals[layer].merge(sums) }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: RoutingTable) {
    totals.merge(later.totals)
    for region in tokens.indices { tokens[region] += later.tokens[region] }
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try totals.code(&coder)
    for region in tokens.indices { try coder.code(&tokens[region]) }
  }

  /// A row for every mixture and region with tokens.
  public func rows() -> [RoutingChange] {
    totals.enumerated().filter { isMixture[$0.offset] }.flatMap { layer, sums in
      regions.indices.filter { tokens[$0] > 0 }.map { region in
        let (own, count) = (sums[region], tokens[region])
        var row = RoutingChange(at: Place(layer: layer, .region(regions[region])), count: count)
        (row.flipped, row.replaced) = (own.flipped / Double(count), own.replaced / Double(count))
        row.delta = own.parts.rms(count: count)
        (row.dGE, row.GdE) = (own.parts.part(0, count: count), own.parts.part(1, count: count))
        row.dGdE = own.parts.part(2, count: count)
        return row
      }
    }
  }
}
