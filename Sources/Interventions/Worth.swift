import Architectures
import Results
import Subjects

/// A question of what parts of a change are worth, and where: all sets of them are left out, each in a run of its own.
///
/// ```swift
/// var options = AblationOptions()
/// options.worths = [Worth(of: .terms, from: "after", to: "before")]
/// let ablation = try ablate(base: base, adapted: adapter, prompts: .file(prompts), interventions: [], options: options)
/// for part in ablation.worths[0].parts { print(part.name, part.worth.benefitLost ?? 0) }
/// ```
public struct Worth: Sendable, Equatable {
  /// Which parts.
  public var kind: WorthKind
  /// Region of the queries, nil for any token.
  public var query: String?
  /// Region of the keys, nil for any token.
  public var key: String?
  /// The layers, nil for all.
  public var layers: Set<Int>?
  /// The query heads, nil for all.
  public var heads: Set<Knockout.Head>?

  /// A question; by default of every layer, head and token.
  public init(
    of kind: WorthKind, from query: String? = nil, to key: String? = nil, layers: Set<Int>? = nil,
    heads: Set<Knockout.Head>? = nil
  ) {
    self.kind = kind
    self.query = query
    self.key = key
    self.layers = layers
    self.heads = heads
  }

  /// The parts that a model has, at most ``PartWorth/mostParts``: what norms add is none where queries and keys have no norm.
  func parts(_ description: ModelDescription) -> [(name: String, dropped: [Part])] {
    switch kind {
    case .terms: return Part.scores.map { ($0.rawValue, [$0]) }
    case .values: return Part.values.map { ($0.rawValue, [$0]) }
    case .paths: return [("scores", Part.scores), ("changed values", Part.changedValues)]
    case .sources:
      let hasNorm = description.layers.contains { $0.attention.normalizesKeys || $0.attention.normalizesQueries }
      return zip(Part.keySources, Part.querySources).map { key, query in
        (String(key.rawValue.drop { $0 != "." }.dropFirst()), [key, query])
      }.filter { hasNorm || $0.dropped != [.normKeys, .normQueries] }
    }
  }

  /// The runs in the order of ``PartWorth/sets``.
  func interventions(_ description: ModelDescription) -> [Intervention] {
    let parts = parts(description)
    return (1..<1 << parts.count).map { set in
      Intervention(
        dropping: parts.indices.filter { set & 1 << $0 != 0 }.flatMap { parts[$0].dropped }, from: query, to: key,
        layers: layers, heads: heads, origin: "--worth \(kind.rawValue)")
    }
  }

  /// What a report holds besides numbers.
  /// - Parameter sets: The runs without a number.
  func blank(_ description: ModelDescription, sets: [Knockout]) -> PartWorth {
    PartWorth(
      kind: kind, query: query, key: key, layers: layers?.sorted(), heads: heads?.sorted(),
      parts: parts(description).map { PartWorth.Part(name: $0.name, dropped: $0.dropped.map(\.rawValue)) }, sets: sets)
  }
}
