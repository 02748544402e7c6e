import Results

extension Analysis {
  /// The regions whose streams are shown: all, of more than eight those whose stream moved most, in their order.
  var streamRegions: [String] {
    guard regions.count > Self.mostUnfoldedRegions else { return regions }
    let largest = Dictionary(stream.map { ($0.region, $0.median ?? $0.relative) }) { max($0, $1) }
    let ranked = regions.indices.sorted { (largest[regions[$0]] ?? 0, $1) > (largest[regions[$1]] ?? 0, $0) }
    return ranked.prefix(Self.mostUnfoldedRegions).sorted().map { regions[$0] }
  }

  /// "before, after"; of more than eight regions the first ones and how many follow.
  var regionList: String {
    let shown = regions.prefix(Self.mostUnfoldedRegions).joined(separator: ", ")
    let rest = regions.count - Self.mostUnfoldedRegions
    return rest > 0 ? "\(shown) and \(rest) more" : shown
  }
}
