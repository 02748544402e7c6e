import Results

/// Where in an analysis a number stands. Parts that do not apply, or over which is pooled, are nil.
public struct Place: Sendable, Equatable, CustomStringConvertible {
  /// The layer.
  public var layer: Int?
  /// The query head.
  public var head: Int?
  /// What the number is about inside the layer and head: "after→before", or a region.
  public var scope: String?
  /// Whether a missing layer or head means that all of them are pooled.
  public var isPooled: Bool

  /// A place from its parts.
  public init(layer: Int? = nil, head: Int? = nil, scope: String? = nil, isPooled: Bool = false) {
    self.layer = layer
    self.head = head
    self.scope = scope
    self.isPooled = isPooled
  }

  /// The place of a row.
  public init(_ block: PooledBlock) { self.init(row: block) }

  /// The place of a block.
  public init(_ block: Block) { self.init(PooledBlock(block)) }

  init(row: some PlacedRow) {
    self.init(
      layer: row.layer, head: row.head, scope: "\(row.query)→\(row.key)",
      isPooled: row.layer == nil || row.head == nil)
  }

  /// "layer 7, head 3, after→before", "layer 7, heads pooled, …", "layers and heads pooled, …", "the analysis".
  public var description: String {
    var parts: [String] = []
    switch (layer, head) {
    case (let layer?, let head?): parts = ["layer \(layer)", "head \(head)"]
    case (let layer?, nil): parts = isPooled ? ["layer \(layer)", "heads pooled"] : ["layer \(layer)"]
    case (nil, let head?): parts = ["layers pooled", "head \(head)"]
    case (nil, nil): parts = isPooled ? ["layers and heads pooled"] : []
    }
    if let scope { parts.append(scope) }
    return parts.isEmpty ? "the analysis" : parts.joined(separator: ", ")
  }
}

/// A number that an analysis holds, with its place.
public struct Reading: Sendable, Equatable {
  /// Where it stands.
  public var place: Place
  /// The number.
  public var value: Double

  /// A reading.
  public init(place: Place, value: Double) {
    self.place = place
    self.value = value
  }
}

/// Why an expectation cannot be held against an analysis: what it selects is not there.
///
/// An expectation that selects nothing counts as failed, never as passed.
public struct SelectionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was selected, what the analysis holds and what to do.
  public var description: String

  /// An error with its text.
  public init(_ description: String) { self.description = description }
}
