import Results

/// Which rows of an analysis an expectation is about.
public struct Selection: Sendable, Equatable, CustomStringConvertible {
  /// Whether the rows of single heads are meant, or rows whose pairs are pooled.
  public enum Pooling: String, Sendable, CaseIterable {
    /// One row for each layer and head.
    case none
    /// One row for each layer, over its heads.
    case heads
    /// One row, over all layers and heads.
    case all
  }

  /// Region of the query; nil for any.
  public var query: RegionName?
  /// Region of the key; nil for any.
  public var key: RegionName?
  /// Whether quantities of one region are selected, and not rows of a query's and a key's region.
  public let isByRegion: Bool
  /// The region, in a selection by region; nil for any.
  public let region: RegionName?
  /// The layers.
  public var layers: IndexSelection
  /// The query heads.
  public var heads: IndexSelection
  /// Single heads or pooled rows.
  public var pooling: Pooling

  /// A selection; what is not said selects everything.
  public init(
    query: RegionName? = nil, key: RegionName? = nil, layers: any IndexSelecting = IndexSelection.all,
    heads: any IndexSelecting = IndexSelection.all, pooling: Pooling = .none
  ) {
    self.query = query
    self.key = key
    region = nil
    isByRegion = false
    self.layers = layers.indexSelection
    self.heads = heads.indexSelection
    self.pooling = pooling
  }

  /// A selection for quantities of a region.
  public init(region: RegionName?, layers: any IndexSelecting = IndexSelection.all) {
    query = nil
    key = nil
    self.layers = layers.indexSelection
    heads = .all
    pooling = .none
    self.region = region
    isByRegion = true
  }

  /// The selected rows, at least one.
  /// - Throws: ``SelectionError`` where a selected layer, head or region does not exist, or no row is left.
  public func blocks(of analysis: Analysis) throws(SelectionError) -> [PooledBlock] {
    try rows(pooling == .none ? analysis.blocks.map(PooledBlock.init) : analysis.summary, of: analysis, Place.init)
  }

  /// The selected ones of a measure's rows, at least one.
  func rows<Row: MeasureRow>(_ candidates: [Row], of analysis: Analysis) throws(SelectionError) -> [Row] {
    switch Row.form.kind {
    case .pairs, .terms: return try rows(candidates, of: analysis, \.place)
    case .queries:
      guard key == nil else { throw SelectionError("\(Row.measure) are selected by query, not by key") }
      return try rows(candidates, of: analysis, \.place)
    case .states:
      let own = try regionRows(candidates, "\(Row.measure) are", of: analysis, \.place).filter {
        $0.place.head.map(heads.contains) ?? true
      }
      guard !own.isEmpty else { throw SelectionError("no layer of linear attention has such a head (\(description))") }
      return own
    case .regions, .sites: return try regionRows(candidates, "\(Row.measure) are", of: analysis, \.place)
    }
  }

  private func rows<Row>(
    _ candidates: [Row], of analysis: Analysis, _ place: (Row) -> Place
  ) throws(SelectionError) -> [Row] {
    guard !isByRegion else { throw SelectionError("rows are selected by query and key, not by region") }
    try checkRegions(of: analysis)
    try checkIndices(of: analysis)
    let rows = candidates.filter { selects(place($0)) }
    guard !rows.isEmpty else {
      if key?.isSink ?? false {
        throw SelectionError(
          "the analysis has no row for it (\(description)): attention mass and attention have rows of sinks, where a model "
            + "has sinks")
      }
      let folded = analysis.unchangedPairs ?? 0
      let unchanged =
        folded == 0
        ? "" : "; or nothing changes there: rows of \(folded) pairs of regions without any change are left out"
      throw SelectionError(
        "the analysis has no row for it (\(description)): the model's mask allows no such pair of tokens, or no "
          + "prompt holds one\(unchanged)")
    }
    return rows
  }

  private func selects(_ place: Place) -> Bool {
    switch place.scope {
    case .pair(let own, let other):
      if let query, own != query.name { return false }
      guard (other == nil) == (key?.isSink ?? false) else { return false }
      if let key, let other, other != key.name { return false }
    case .term(_, let own, let other):
      if let query, own != query.name { return false }
      if let key, other != key.name { return false }
    case .query(let own): if let query, own != query.name { return false }
    default: return false
    }
    switch (pooling, place.layer, place.head) {
    case (.none, let layer?, let head?): return layers.contains(layer) && heads.contains(head)
    case (.heads, let layer?, nil): return layers.contains(layer)
    case (.all, nil, nil): return true
    default: return false
    }
  }

  private func checkRegions(of analysis: Analysis) throws(SelectionError) {
    if query?.isSink ?? false { throw SelectionError("an attention sink looks at nothing; it is a key alone") }
    for region in [query, key, region] {
      guard let region, !region.isSink, !analysis.regions.contains(region.name) else { continue }
      throw .unknown(region, of: analysis)
    }
  }

  private func checkIndices(of analysis: Analysis) throws(SelectionError) {
    try layers.check("layer", count: analysis.base.layers)
    try heads.check("head", count: analysis.base.heads)
    if pooling != .none, heads != .all {
      throw SelectionError(
        "rows pooled over heads cannot be selected by head; leave heads out or do not pool")
    }
    if pooling == .all, layers != .all {
      throw SelectionError(
        "the row pooled over layers cannot be selected by layer; leave layers out or pool heads only")
    }
  }

  /// The selected divergences of the residual stream, at least one.
  /// - Throws: ``SelectionError`` where a selected layer or region does not exist, or query, key or heads are selected.
  public func streamRows(of analysis: Analysis) throws(SelectionError) -> [StreamDivergence] {
    try regionRows(analysis.stream, "the residual stream is", of: analysis, \.place)
  }

  /// The selected ones of some rows by layer and region, at least one; `what` begins a message.
  private func regionRows<Row>(
    _ candidates: [Row], _ what: String, of analysis: Analysis, _ place: (Row) -> Place
  ) throws(SelectionError) -> [Row] {
    guard isByRegion else { throw SelectionError("\(what) selected by region and layers alone") }
    try checkRegions(of: analysis)
    try layers.check("layer", count: analysis.base.layers)
    let rows = candidates.filter { row in
      let place = place(row)
      return layers.contains(place.layer ?? -1) && (region == nil || region?.name == place.scope.text)
    }
    guard !rows.isEmpty else { throw SelectionError("the analysis has no row for it (\(description))") }
    return rows
  }

  /// "after→before, layers 4-9, heads 0, 3", "after→any region, pooled over layers and heads".
  public var description: String {
    var parts: [String] = []
    if query != nil || key != nil {
      parts.append("\(query?.name ?? "any region")→\(key?.name ?? "any region")")
    }
    if let region { parts.append("region \(region.name)") }
    if layers != .all { parts.append(layers.phrase("layer")) }
    if heads != .all { parts.append(heads.phrase("head")) }
    switch pooling {
    case .none:
      if layers == .all, heads == .all { parts.append(isByRegion ? "every layer" : "every layer and head") }
    case .heads: parts.append(layers == .all ? "every layer, heads pooled" : "heads pooled")
    case .all: parts.append("layers and heads pooled")
    }
    return parts.joined(separator: ", ")
  }
}

extension IndexSelection {
  /// "layer 7", "layers 4-9, 12", "layers 20 to the last", "no layers".
  func phrase(_ noun: String) -> String {
    guard let runs else { return "every \(noun)" }
    guard let first = runs.first else { return "no \(noun)s" }
    return switch first {
    case .closed(let range) where runs.count == 1 && range.lowerBound == range.upperBound: "\(noun) \(range.lowerBound)"
    case .from(let start) where runs.count == 1: "\(noun)s \(start) to the last"
    default: "\(noun)s \(self)"
    }
  }

  /// Refuses an empty selection and indices that do not exist.
  func check(_ noun: String, count: Int) throws(SelectionError) {
    if let runs, runs.isEmpty { throw SelectionError("an empty range of \(noun)s is selected") }
    guard let outside = firstOutside(count: count) else { return }
    throw SelectionError("\(noun) \(outside) is selected, the model has \(count) \(noun)s, counted from 0")
  }
}

extension SelectionError {
  /// A region that the analysis does not have.
  static func unknown(_ region: RegionName, of analysis: Analysis) -> SelectionError {
    SelectionError(
      "the analysis has no region \(region); its regions are \(analysis.regions.joined(separator: ", "))")
  }
}
