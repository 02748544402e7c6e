import Results

/// Gathers what heads of linear attention read by layer, head and region, and turns it into rows.
public struct RecurrenceTable: Sums {
  private let regions: [String]
  /// By layer, head and region.
  private var totals: [[[PartSums]]]
  /// By region.
  private var queries: [Int]

  /// An empty table.
  /// - Parameter heads: By layer, the heads that have a state.
  public init(regions: [String], heads: [Int]) {
    self.regions = regions
    totals = heads.map { Array(repeating: regions.map { _ in PartSums() }, count: $0) }
    queries = regions.map { _ in 0 }
  }

  /// How many regions there are.
  public var regionCount: Int { regions.count }

  /// Counts the tokens of a prompt.
  public mutating func count(_ map: RegionMap) {
    for (region, runs) in map.runs.enumerated() { queries[region] += runs.reduce(0) { $0 + $1.count } }
  }

  /// Adds sums of some queries of a head, by region.
  public mutating func add(layer: Int, head: Int, _ sums: [PartSums]) {
    for (region, own) in sums.enumerated() { totals[layer][head][region] += own }
  }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: RecurrenceTable) {
    totals.merge(later.totals)
    for region in queries.indices { queries[region] += later.queries[region] }
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try totals.code(&coder)
    for region in queries.indices { try coder.code(&queries[region]) }
  }

  /// A row for every head that has a state and region with tokens.
  public func rows() -> [RecurrenceChange] {
    totals.enumerated().flatMap { layer, heads in
      heads.enumerated().flatMap { head, sums in
        regions.indices.filter { queries[$0] > 0 }.map { region in
          let (own, count) = (sums[region], queries[region])
          var row = RecurrenceChange(at: Place(layer: layer, head: head, .state(regions[region])), count: count)
          row.delta = own.rms(count: count)
          (row.dSQ, row.SdQ) = (own.part(0, count: count), own.part(1, count: count))
          row.dSdQ = own.part(2, count: count)
          return row
        }
      }
    }
  }
}
