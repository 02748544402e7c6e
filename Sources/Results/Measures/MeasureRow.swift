/// A row of a measure: one place of an analysis with numbers that the measure's fields name.
///
/// What writes, reads, checks, compares and documents rows asks this protocol; a measure says everything once, where its rows
/// are declared (docs/architecture.md, A measure).
public protocol MeasureRow: Sendable, Equatable {
  /// The measure's name, and what its rows are of.
  static var form: MeasureForm { get }
  /// The numbers of a row. They may differ by what the row is of.
  static func fields(at place: Place) -> [Field<Self>]
  /// Numbers that follow from a row's own, which files do not state and `check` knows too.
  static var derived: [Field<Self>] { get }
  /// The numbers of this row; those of its place unless a row names its own, as one whose numbers are by writer does.
  var ownFields: [Field<Self>] { get }
  /// A number by its path, where there may be such a one.
  static func field(at path: String) -> Field<Self>?

  /// Where it stands.
  var place: Place { get set }
  /// How many there are of what it counts.
  var count: Int { get set }
  /// A row in which every number is 0.
  init(at place: Place, count: Int)
}

extension MeasureRow {
  /// None.
  public static var derived: [Field<Self>] { [] }
  /// Those of its place.
  public var ownFields: [Field<Self>] { Self.fields(at: place) }
  /// One that all rows have, or that follows.
  public static func field(at path: String) -> Field<Self>? { (fields + derived).first { $0.path == path } }
  package static var measure: String { form.name }
  /// The numbers of a row, where they do not differ by what the row is of; else those of one row.
  package static var fields: [Field<Self>] { fields(at: Place(form.kind.example)) }
}

/// The name of a measure, and what its rows are of.
public struct MeasureForm: Sendable {
  /// In analysis.json, in `--parts` and in `check`.
  public let name: String
  /// What rows are of.
  public let kind: PlaceKind
  /// What a row counts; nil where it counts nothing.
  public let counted: Counted?
  /// What the rows say.
  public let sentence: String
  /// Whether a report has its rows as a table too, `NAME.csv`.
  public let hasTable: Bool
  /// Whether a row of pairs may have no key, which stands for an attention sink.
  public let hasSinks: Bool

  /// Where the rows stand within the measure's member of analysis.json, where it says more than rows; nil where they are all of it.
  public let rowsAt: String?
  /// Where rows have numbers by name that others lack, what the names are called, and the numbers; nil where all have the same.
  public let entries: Entries?

  /// What numbers by name are called: "writer", "nats".
  public struct Entries: Sendable {
    /// A name.
    public let name: String
    /// A number.
    public let value: String
    /// A path of one: "nats.L5.mlp".
    public let example: String
  }

  /// A form.
  public init(
    _ name: String, _ kind: PlaceKind, counts counted: Counted?, hasTable: Bool = false, hasSinks: Bool = false,
    rowsAt: String? = nil, entries: Entries? = nil, _ sentence: String
  ) {
    (self.name, self.kind, self.counted, self.sentence) = (name, kind, counted, sentence)
    (self.hasTable, self.hasSinks, self.rowsAt, self.entries) = (hasTable, hasSinks, rowsAt, entries)
  }
}

/// What the rows of a measure are of.
public enum PlaceKind: Sendable, Equatable {
  /// Pairs of regions, by layer and head, then pooled.
  case pairs
  /// Pairs of regions and a term, by layer and head, then pooled.
  case terms
  /// Regions of queries, by layer and head, then pooled.
  case queries
  /// Regions, by layer.
  case regions
  /// Regions, by layer and head.
  case states
  /// Products of a layer on regions, by layer.
  case sites
}

extension PlaceKind {
  /// What one row is of.
  fileprivate var example: Place.Scope {
    switch self {
    case .pairs: .pair(query: "", key: "")
    case .terms: .term(.dKtQ, query: "", key: "")
    case .queries: .query("")
    case .regions: .region("")
    case .states: .state("")
    case .sites: .site(.q, region: "")
    }
  }
}

/// What a row counts.
public enum Counted: String, Sendable {
  /// Queries of the region, over heads and layers where pooled.
  case queries
  /// Allowed pairs of a query and a key, over heads and layers where pooled.
  case pairs
  /// Tokens of the region.
  case tokens
}

/// A row about queries of a region and what they look at.
public protocol QueryPairRow: MeasureRow {}

extension QueryPairRow {
  /// Number of queries, over heads and layers where pooled.
  public var queries: Int { count }
  /// Number of allowed (query, key) pairs, over heads and layers where pooled.
  public var pairs: Int { count }
  /// The layer; nil where layers are pooled.
  public var layer: Int? {
    get { place.layer }
    set { place.layer = newValue }
  }
  /// The query head; nil where heads are pooled.
  public var head: Int? {
    get { place.head }
    set { place.head = newValue }
  }
  /// Region of the queries.
  public var query: String {
    get { pair.query }
    set { place.scope = .pair(query: newValue, key: pair.key) }
  }

  fileprivate var pair: (query: String, key: String?) {
    guard case .pair(let query, let key) = place.scope else { preconditionFailure("a row about queries and keys") }
    return (query, key)
  }
}

/// A row about queries of one region and keys of another.
public protocol PairRow: QueryPairRow {}

extension PairRow {
  /// Region of the keys.
  public var key: String {
    get {
      guard let key = pair.key else { preconditionFailure("a row about a pair of regions") }
      return key
    }
    set { place.scope = .pair(query: query, key: newValue) }
  }
}

/// A row about queries of one region and keys of another, or an attention sink.
public protocol SinkRow: QueryPairRow {}

extension SinkRow {
  /// Region of the keys; nil for an attention sink.
  public var key: String? {
    get { pair.key }
    set { place.scope = .pair(query: query, key: newValue) }
  }
}

/// A row about the tokens of a region, of each layer.
public protocol RegionRow: MeasureRow {}

extension RegionRow {
  /// The layer.
  public var layer: Int {
    get {
      guard let layer = place.layer else { preconditionFailure("a row of a layer") }
      return layer
    }
    set { place.layer = newValue }
  }
  /// Region of the tokens.
  public var region: String {
    get {
      switch place.scope {
      case .region(let region), .site(_, let region): region
      default: preconditionFailure("a row about a region")
      }
    }
    set {
      if case .site(let site, _) = place.scope {
        place.scope = .site(site, region: newValue)
      } else {
        place.scope = .region(newValue)
      }
    }
  }
}
