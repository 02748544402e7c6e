/// A layer, a query head and two regions: what a row of statistics is about.
public struct ReferenceBlockKey: Hashable, Sendable {
  /// The layer.
  public var layer: Int
  /// The query head.
  public var head: Int
  /// Region of the query.
  public var query: Int
  /// Region of the key; nil for an attention sink.
  public var key: Int?

  /// A block's key.
  public init(layer: Int, head: Int, query: Int, key: Int?) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
  }
}

/// A layer and a region.
public struct ReferenceStreamKey: Hashable, Sendable {
  /// The layer.
  public var layer: Int
  /// The region.
  public var region: Int

  /// A key.
  public init(layer: Int, region: Int) {
    self.layer = layer
    self.region = region
  }
}
