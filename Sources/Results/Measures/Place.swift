/// Where in an analysis or an ablation a number stands.
public struct Place: Sendable, Hashable, CustomStringConvertible {
  /// The layer; nil where layers are pooled, or where there is none.
  public var layer: Int?
  /// The query head; nil where heads are pooled, or where there is none.
  public var head: Int?
  /// What it is about within layer and head.
  public var scope: Scope

  /// What a number is about within layer and head.
  public enum Scope: Sendable, Hashable {
    /// Everything.
    case all
    /// What has a name, as an intervention has.
    case named(String)
    /// Queries of one region and keys of another; the key is nil for an attention sink.
    case pair(query: String, key: String?)
    /// A term of the scores of queries of one region and keys of another.
    case term(Term, query: String, key: String)
    /// Queries of a region, whatever they look at.
    case query(String)
    /// Tokens of a region.
    case region(String)
    /// What a head of linear attention reads on the tokens of a region.
    case state(String)
    /// A product of a layer on the tokens of a region.
    case site(ProductChange.Site, region: String)
  }

  /// A place.
  public init(layer: Int? = nil, head: Int? = nil, _ scope: Scope = .all) {
    self.layer = layer
    self.head = head
    self.scope = scope
  }

  /// The place of a row.
  public init(_ block: PooledBlock) {
    self.init(layer: block.layer, head: block.head, .pair(query: block.query, key: block.key))
  }

  /// The place of a block.
  public init(_ block: Block) { self.init(PooledBlock(block)) }

  /// Whether heads, or heads and layers, are pooled.
  public var isPooled: Bool { scope.isOfHeads && (layer == nil || head == nil) }

  /// "layer 7, head 3, after→before", "layer 7, heads pooled, …", "layers and heads pooled, …", "the analysis".
  public var description: String {
    var parts: [String] = []
    switch (layer, head) {
    case (let layer?, let head?): parts = ["layer \(layer)", "head \(head)"]
    case (let layer?, nil): parts = isPooled ? ["layer \(layer)", "heads pooled"] : ["layer \(layer)"]
    case (nil, let head?): parts = ["layers pooled", "head \(head)"]
    case (nil, nil): parts = isPooled ? ["layers and heads pooled"] : []
    }
    if let text = scope.text { parts.append(text) }
    return parts.isEmpty ? "the analysis" : parts.joined(separator: ", ")
  }

  /// "L7H3 after→before", "L7 q before".
  package var short: String {
    let site: String? = if case .site(let site, _) = scope { site.rawValue } else { nil }
    let index = (layer.map { "L\($0)" } ?? "") + (head.map { "H\($0)" } ?? "")
    return [index, site, scope.text].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " ")
  }
}

extension Place.Scope {
  /// "after→before", a region, a name; nil for everything.
  public var text: String? {
    switch self {
    case .all: nil
    case .named(let name): name
    case .pair(let query, let key): "\(query)→\(key ?? "sink")"
    case .term(let term, let query, let key): "\(term.symbol) \(query)→\(key)"
    case .query(let region), .region(let region), .state(let region), .site(_, let region): region
    }
  }

  /// Whether rows of it are of single heads, or of heads that are pooled.
  var isOfHeads: Bool {
    switch self {
    case .pair, .term, .query, .state: true
    case .all, .named, .region, .site: false
    }
  }
}
