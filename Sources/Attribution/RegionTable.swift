import Results

/// Gathers sums by layer, head and block of statistics that are means over queries, and turns them into rows.
///
/// Every query of a region counts, in every layer and head, also one that cannot change or sees no key of the block.
public struct RegionTable<Element: AdditiveSums>: Sums {
  /// Where a row stands: a layer and head, nil where pooled, two regions by their indices, and its queries.
  public struct Place: RegionPlace {
    /// The layer; nil where layers are pooled.
    public var layer: Int?
    /// The query head; nil where heads are pooled.
    public var head: Int?
    /// Region of the queries.
    public var query: Int
    /// Region of the keys; nil for an attention sink.
    public var key: Int?
    /// Number of queries, over heads and layers where pooled.
    public var queries: Int
  }

  private let regions: Int
  /// Regions of keys, and sinks behind them where there are any.
  private let columns: Int
  /// By layer, the number of query heads.
  private let heads: [Int]
  /// By layer, head and block.
  private var totals: [[[Element]]]
  /// By region.
  private var queries: [Int]
  /// By layer and block: whether any query sees a key.
  private var hasPairs: [[Bool]]

  /// An empty table.
  /// - Parameters:
  ///   - heads: The number of query heads, by layer.
  ///   - hasSinks: Whether attention sinks have rows too.
  public init(regions: Int, heads: [Int], hasSinks: Bool = false) {
    let columns = regions + (hasSinks ? 1 : 0)
    self.regions = regions
    self.columns = columns
    self.heads = heads
    totals = heads.map { Array(repeating: Array(repeating: Element(), count: regions * columns), count: $0) }
    queries = Array(repeating: 0, count: regions)
    hasPairs = Array(repeating: Array(repeating: false, count: regions * columns), count: heads.count)
  }

  /// Counts the queries of one prompt in a layer.
  /// - Parameter firstKey: The first key that a query sees.
  public mutating func count(layer: Int, _ map: RegionMap, firstKey: (_ query: Int) -> Int) {
    if layer == 0 { for region in map.regionOfToken.compactMap(\.self) { queries[region] += 1 } }
    guard heads[layer] > 0 else { return }
    for (block, count) in map.pairs(firstKey: firstKey).enumerated() where count > 0 {
      hasPairs[layer][block / regions * columns + block % regions] = true
    }
    guard columns > regions else { return }
    for region in 0..<regions where !map.runs[region].isEmpty { hasPairs[layer][region * columns + regions] = true }
  }

  /// Adds sums of some queries of one head.
  /// - Parameter sums: By query region · regions + key region; with sinks by query region · (regions + 1) + key region, sinks last.
  public mutating func add(layer: Int, head: Int, sums: [Element]) {
    for (block, sum) in sums.enumerated() { totals[layer][head][block] += sum }
  }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: RegionTable) {
    totals.merge(later.totals)
    for region in queries.indices { queries[region] += later.queries[region] }
    for layer in hasPairs.indices {
      for block in hasPairs[layer].indices where later.hasPairs[layer][block] { hasPairs[layer][block] = true }
    }
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try totals.code(&coder)
    for region in queries.indices { try coder.code(&queries[region]) }
    for layer in hasPairs.indices {
      for block in hasPairs[layer].indices { try coder.code(&hasPairs[layer][block]) }
    }
  }

  /// A row for every layer, head and block that has pairs; then rows pooled over everything, then over the heads of each layer.
  public func rows<Row>(_ row: (Place, Element) -> Row) -> [Row] {
    var rows: [Row] = []
    for layer in heads.indices {
      for head in 0..<heads[layer] {
        for block in 0..<regions * columns where hasPairs[layer][block] {
          rows.append(row(place(layer, head, block, count: 1), totals[layer][head][block]))
        }
      }
    }
    let pools: [Int?] = [nil] + heads.indices.map { $0 }
    for layer in pools {
      let layers = layer.map { $0..<$0 + 1 } ?? heads.indices
      for block in 0..<regions * columns where layers.contains(where: { hasPairs[$0][block] }) {
        var sums = Element()
        for layer in layers { for head in totals[layer] { sums += head[block] } }
        rows.append(row(place(layer, nil, block, count: layers.reduce(0) { $0 + heads[$1] }), sums))
      }
    }
    return rows
  }

  private func place(_ layer: Int?, _ head: Int?, _ block: Int, count: Int) -> Place {
    let (query, key) = (block / columns, block % columns)
    return Place(
      layer: layer, head: head, query: query, key: key == regions ? nil : key, queries: queries[query] * count)
  }
}

/// Where a row stands, by the indices of regions.
public protocol RegionPlace: Sendable {
  /// The layer; nil where layers are pooled.
  var layer: Int? { get }
  /// The query head; nil where heads are pooled.
  var head: Int? { get }
  /// Region of the queries.
  var query: Int { get }
  /// Region of the keys; nil for an attention sink.
  var key: Int? { get }
}

extension Place {
  /// The place by the names of regions.
  init(_ place: some RegionPlace, regions: [String]) {
    self.init(
      layer: place.layer, head: place.head, .pair(query: regions[place.query], key: place.key.map { regions[$0] }))
  }
}
