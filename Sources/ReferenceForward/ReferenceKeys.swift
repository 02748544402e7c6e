/// A layer, a query head and two regions: what a row of statistics is about.
package struct ReferenceBlockKey: Hashable, Sendable {
  /// The layer.
  package var layer: Int
  /// The query head.
  package var head: Int
  /// Region of the query.
  package var query: Int
  /// Region of the key; nil for an attention sink.
  package var key: Int?

  /// A block's key.
  package init(layer: Int, head: Int, query: Int, key: Int?) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
  }
}

/// A layer, a head of it where heads are told apart, and a region of tokens.
package struct ReferenceRegionKey: Hashable, Sendable {
  /// The layer.
  package var layer: Int
  /// The head; nil for all.
  package var head: Int?
  /// The region.
  package var region: Int

  /// A key.
  package init(layer: Int, head: Int? = nil, region: Int) {
    self.layer = layer
    self.head = head
    self.region = region
  }
}
