/// The named regions of one prompt as runs of token positions.
public struct RegionMap: Sendable, Equatable {
  /// Runs of positions by region index, in rising order; regions that this prompt lacks are empty.
  public let runs: [[Range<Int>]]
  /// Region index by position, nil for tokens in none.
  public let regionOfToken: [Int?]
  /// All positions as runs of one region, in rising order; tokens in none count as a region behind the last.
  public let consecutiveRuns: [Run]

  /// Consecutive positions of one region.
  public struct Run: Sendable, Equatable {
    /// The positions.
    public var positions: Range<Int>
    /// Index of the region.
    public var region: Int
  }

  /// A map from runs that do not overlap and lie within `count` tokens.
  public init(runs: [[Range<Int>]], count: Int) {
    self.runs = runs.map { $0.sorted { $0.lowerBound < $1.lowerBound } }
    var regions = [Int?](repeating: nil, count: count)
    for (region, ranges) in runs.enumerated() {
      for position in ranges.joined() { regions[position] = region }
    }
    regionOfToken = regions
    var consecutive: [Run] = []
    for (position, region) in regions.enumerated() {
      if let last = consecutive.last, last.region == region ?? runs.count {
        consecutive[consecutive.count - 1].positions = last.positions.lowerBound..<position + 1
      } else {
        consecutive.append(Run(positions: position..<position + 1, region: region ?? runs.count))
      }
    }
    consecutiveRuns = consecutive
  }

  /// Number of (query, key) pairs by block, where a query sees the keys from `firstKey(query)` to itself.
  /// Index: query region · regions + key region.
  public func pairs(firstKey: (Int) -> Int) -> [Int] {
    var counts = [Int](repeating: 0, count: runs.count * runs.count)
    for (query, region) in regionOfToken.enumerated() {
      guard let region else { continue }
      let keys = firstKey(query)..<query + 1
      for (keyRegion, ranges) in runs.enumerated() {
        counts[region * runs.count + keyRegion] += ranges.reduce(0) { $0 + $1.clamped(to: keys).count }
      }
    }
    return counts
  }

  /// Whether any allowed pair of a block has a query and a key with the given properties. Same index as
  /// ``pairs(firstKey:)``.
  public func hasPair(
    query: (Int) -> Bool, key: (Int) -> Bool, firstKey: (Int) -> Int
  ) -> [Bool] {
    var found = [Bool](repeating: false, count: runs.count * runs.count)
    // The latest key with the property, by region: if a query does not see that one, it sees none.
    var latest = [Int](repeating: -1, count: runs.count)
    for (position, region) in regionOfToken.enumerated() {
      guard let region else { continue }
      if key(position) { latest[region] = position }
      guard query(position) else { continue }
      for keyRegion in runs.indices where latest[keyRegion] >= firstKey(position) {
        found[region * runs.count + keyRegion] = true
      }
    }
    return found
  }
}
