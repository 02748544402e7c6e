import Results

/// Sums over the tokens of each region, by layer and column: a product, a head, or the one thing that a layer is.
public struct TokenTable<Column: Equatable & Sendable, Cell: AdditiveSums>: Sums {
  let regions: [String]
  /// By layer, what has rows.
  private let columns: [[Column]]
  /// By layer, column and region.
  private(set) var totals: [[[Cell]]]
  /// By region.
  private(set) var tokens: [Int]

  /// An empty table.
  /// - Parameter columns: By layer, what has rows.
  public init(regions: [String], columns: [[Column]]) {
    self.regions = regions
    self.columns = columns
    totals = columns.map { $0.map { _ in regions.map { _ in Cell() } } }
    tokens = regions.map { _ in 0 }
  }

  /// How many regions there are.
  public var regionCount: Int { regions.count }

  /// Counts the tokens of a prompt.
  public mutating func count(_ map: RegionMap) {
    for (region, runs) in map.runs.enumerated() { tokens[region] += runs.reduce(0) { $0 + $1.count } }
  }

  /// Adds sums of some tokens, by region; those of what has no rows are left out.
  public mutating func add(layer: Int, _ column: Column, _ sums: [Cell]) {
    guard let place = columns[layer].firstIndex(of: column) else { return }
    totals[layer][place].merge(sums)
  }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: TokenTable) {
    totals.merge(later.totals)
    for region in tokens.indices { tokens[region] += later.tokens[region] }
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try totals.code(&coder)
    for region in tokens.indices { try coder.code(&tokens[region]) }
  }

  /// A row for every layer, column and region with tokens.
  /// - Parameter row: Of layer, column, region, the number of its tokens, and their sums.
  public func rows<Row>(_ row: (Int, Column, String, Int, Cell) -> Row) -> [Row] {
    columns.enumerated().flatMap { layer, columns in
      columns.enumerated().flatMap { place, column in
        regions.indices.filter { tokens[$0] > 0 }.map { region in
          row(layer, column, regions[region], tokens[region], totals[layer][place][region])
        }
      }
    }
  }
}
