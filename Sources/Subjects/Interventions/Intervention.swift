import PairedForward
import Results

/// What an ablation leaves out of the adapted model's change, and where; or under which mask it runs that model.
///
/// ```swift
/// let lookups = Intervention(dropping: [.dKtQ], from: "after", to: "before", layers: Set(3...7))
/// ```
/// Layers, heads and regions restrict one another. The mask acts everywhere.
public struct Intervention: Sendable, Equatable {
  /// A name for tables and figures.
  public var name: String
  /// What is left out.
  public var dropped: [Part]
  /// What is left out of what single writers wrote.
  public var written: [WrittenPart]
  /// Region of the queries, nil for any token.
  public var query: String?
  /// Region of the keys, nil for any token.
  public var key: String?
  /// The layers, nil for all.
  public var layers: Set<Int>?
  /// The query heads, nil for all.
  public var heads: Set<Knockout.Head>?
  /// Where the change acts, over the mask that the analysis runs under; nil for that one.
  public var mask: MaskPlan?
  /// Where it was stated, for error messages: "plan.yaml:7:3"; its name where that is nil.
  public var origin: String?
  /// What it is one of a family of.
  package var sweep: Sweep?

  /// An intervention; by default everywhere, and named after what it leaves out.
  public init(
    name: String? = nil, dropping dropped: [Part] = [], written: [WrittenPart] = [], from query: String? = nil,
    to key: String? = nil,
    layers: Set<Int>? = nil, heads: Set<Knockout.Head>? = nil, mask: MaskPlan? = nil, origin: String? = nil
  ) {
    self.dropped = Part.allCases.filter(dropped.contains)
    self.written = written.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    self.query = query
    self.key = key
    self.layers = layers
    self.heads = heads
    self.mask = mask
    self.origin = origin
    self.name = ""
    self.name = name ?? spelled
  }

  /// Two views of what lies before the separator (region `before`): for itself it stays the base's own, later tokens find the
  /// adapted keys and values.
  public static let twoViews = Intervention(
    name: "two views", dropping: Part.scores + Part.values, from: "before", to: "before", mask: .twoViews)

  /// "dKtQ after→before in layers 3,4,5,6,7".
  private var spelled: String {
    var names: [String] = []
    var rest = dropped
    for group in Part.groups where group.parts.allSatisfy(rest.contains) {
      names.append(group.name)
      rest.removeAll(where: group.parts.contains)
    }
    names += rest.map(\.rawValue) + WrittenPart.names(written)
    let text = names.joined(separator: ",") + spelledPlace
    return text.isEmpty ? "nothing" : text.first == " " ? String(text.dropFirst()) : text
  }

  /// " after→before in layers 3,4,5,6,7".
  package var spelledPlace: String {
    var text = ""
    if query != nil || key != nil { text += " \(query ?? "*")→\(key ?? "*")" }
    if let layers { text += " in layers \(layers.sorted().map(String.init).joined(separator: ","))" }
    if let heads { text += " in \(heads.sorted().map { "L\($0.layer)H\($0.head)" }.joined(separator: ","))" }
    if let mask { text += "\(text.isEmpty && !leavesOut ? "" : ", ")mask \(mask)" }
    return text
  }

  /// The same with other parts, named after them.
  package func leavingOut(_ parts: [Part]) -> Intervention {
    Intervention(dropping: parts, from: query, to: key, layers: layers, heads: heads, mask: mask, origin: origin)
  }

  /// Whether any part is left out.
  package var leavesOut: Bool { !dropped.isEmpty || !written.isEmpty }

  /// Names of all that is left out.
  package var droppedNames: [String] { dropped.map(\.rawValue) + WrittenPart.names(written) }

  package var place: String { origin ?? "“\(name)”" }
}

/// A family of interventions over one base and one adapted run.
public enum Sweep: String, Sendable, CaseIterable {
  /// Each layer on its own.
  case layers
  /// Each query head of each layer.
  case heads
  /// Each pair of regions.
  case blocks
  /// Each term of scores and values.
  case terms
  /// Each source of keys, queries and values.
  case sources
  /// What each writer wrote into later keys and queries.
  case writers
}
