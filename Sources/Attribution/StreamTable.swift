import Results

/// Gathers how far the residual stream moved, by layer and region.
public struct StreamTable: Sums {
  /// How many regions there are.
  public var regionCount: Int { regions.count }
  private let regions: [String]
  /// By layer and region.
  private var sums: [[StreamSums]]

  /// An empty table.
  public init(regions: [String], layers: Int) {
    self.regions = regions
    sums = Array(repeating: Array(repeating: StreamSums(), count: regions.count), count: layers)
  }

  /// Adds sums by region.
  public mutating func add(layer: Int, _ own: [StreamSums]) { sums[layer].merge(own) }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: StreamTable) { sums.merge(later.sums) }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) { try sums.code(&coder) }

  /// A row for every layer and region that has a stream.
  public func rows() -> [StreamDivergence] {
    sums.enumerated().flatMap { layer, sums in
      zip(regions, sums).compactMap { $1.row(layer: layer, region: $0) }
    }
  }
}
