import Architectures
import Vocabulary

/// Parts of a change that can be left out of a run (docs/method.md, Interventions).
public struct PartSet: OptionSet, Sendable, Hashable {
  /// A bit a part.
  public var rawValue: UInt32

  /// A set from its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// One part.
  public init(_ part: Part) { rawValue = 1 << UInt32(part.number) }

  /// Some parts.
  public init(_ parts: some Sequence<Part>) { self = parts.reduce([]) { $0.union(PartSet($1)) } }

  /// c·dkᵀq of a score.
  public static let dKtQ = PartSet(.dKtQ)
  /// c·kᵀdq of a score.
  public static let KtdQ = PartSet(.KtdQ)
  /// c·dkᵀdq of a score.
  public static let dKtdQ = PartSet(.dKtdQ)
  /// dp·v of a head's output.
  public static let dPV = PartSet(.dPV)
  /// p·dv of a head's output.
  public static let PdV = PartSet(.PdV)
  /// dp·dv of a head's output.
  public static let dPdV = PartSet(.dPdV)
  /// dG·E of a mixture's output.
  public static let dGE = PartSet(.dGE)
  /// G·dE of a mixture's output.
  public static let GdE = PartSet(.GdE)
  /// dG·dE of a mixture's output.
  public static let dGdE = PartSet(.dGdE)

  /// The three terms of a score.
  public static let scores = PartSet(Part.scores)
  /// The three terms of a head's output.
  public static let values = PartSet(Part.values)
  /// The three terms of a mixture's output.
  public static let experts = PartSet(Part.experts)

  /// A source of an operand's change.
  public static func source(_ source: Source, of operand: Operand) -> PartSet {
    PartSet(Part.sources(of: operand)[source.rawValue])
  }

  /// All sources of an operand's change.
  public static func sources(of operand: Operand) -> PartSet { PartSet(Part.sources(of: operand)) }

  private static let sources = PartSet(Operand.allCases.flatMap(Part.sources))

  /// What some writers added to the stream, as queries or keys read it; which writers, a clause says.
  public static func written(into operand: Operand) -> PartSet {
    PartSet(rawValue: 1 << UInt32(Part.allCases.count + operand.rawValue))
  }
  /// The same of all operands.
  static let written = Operand.allCases.reduce([] as PartSet) { $0.union(.written(into: $1)) }

  /// Whether any source of any operand is in the set.
  public var hasSources: Bool { !isDisjoint(with: Self.sources) }
  /// Whether operands enter less than whole.
  var cutsOperands: Bool { hasSources || !isDisjoint(with: .written) }
}

/// What a run leaves out of its change, where.
public struct PartFilter: Sendable, Equatable {
  /// A layer's query head.
  public struct Head: Sendable, Hashable {
    /// The layer.
    public var layer: Int
    /// The query head.
    public var head: Int

    /// A head.
    public init(layer: Int, head: Int) {
      self.layer = layer
      self.head = head
    }
  }

  /// Parts, and the layers, heads and pairs of tokens from which they are left out; nil stands for all.
  public struct Clause: Sendable, Equatable {
    /// What is left out.
    public var parts: PartSet
    /// Whose writing is left out of queries and of keys, in layers behind the writer; part of ``parts`` where there are any.
    package var written: [Operand: Set<StreamWriter>]
    /// In which layers.
    public var layers: Set<Int>?
    /// In which heads.
    public var heads: Set<Head>?
    /// By prompt, the positions of the queries.
    public var queries: [[Range<Int>]]?
    /// By prompt, the positions of the keys.
    public var keys: [[Range<Int>]]?

    /// A clause; by default everywhere.
    package init(
      _ parts: PartSet, written: [Operand: Set<StreamWriter>] = [:], layers: Set<Int>? = nil, heads: Set<Head>? = nil,
      queries: [[Range<Int>]]? = nil, keys: [[Range<Int>]]? = nil
    ) {
      self.written = written.filter { !$1.isEmpty }
      self.parts = self.written.keys.reduce(parts) { $0.union(.written(into: $1)) }
      self.layers = layers
      self.heads = heads
      self.queries = queries
      self.keys = keys
    }

    /// What is left out in a layer: only what was written before it.
    func parts(in layer: Int) -> PartSet {
      written.reduce(parts) { parts, own in
        own.value.contains { $0.stands(before: layer) } ? parts : parts.subtracting(.written(into: own.key))
      }
    }

    var writers: Set<StreamWriter> { written.values.reduce(into: []) { $0.formUnion($1) } }

    func covers(layer: Int, head: Int) -> Bool {
      (layers?.contains(layer) ?? true) && (heads?.contains(Head(layer: layer, head: head)) ?? true)
    }
  }

  /// What is left out; parts of several clauses add up. Of the clauses that meet in a head one at most may leave out sources.
  public var clauses: [Clause]

  /// A filter; by default nothing is left out.
  public init(_ clauses: [Clause] = []) { self.clauses = clauses }

  /// Parts of a mixture's output that are left out for a token. Clauses that name heads or keys are of attention alone.
  func experts(layer: Int, prompt: Int, position: Int) -> PartSet {
    clauses.reduce([]) { found, clause in
      guard clause.heads == nil, clause.keys == nil, clause.layers?.contains(layer) ?? true,
        clause.queries?[prompt].contains(where: { $0.contains(position) }) ?? true
      else { return found }
      return found.union(clause.parts.intersection(.experts))
    }
  }

  /// What is left out of one head in one prompt.
  func head(_ head: Int, layer: Int, prompt: Int) -> HeadFilter {
    HeadFilter(
      clauses: clauses.filter {
        $0.covers(layer: layer, head: head) && !$0.parts(in: layer).isSubset(of: .experts)
      }.map {
        HeadFilter.Clause(
          parts: $0.parts(in: layer), written: $0.written, queries: $0.queries?[prompt], keys: $0.keys?[prompt])
      })
  }

  /// Whose writing is left out of what a layer reads.
  func writers(readIn layer: Int) -> Set<StreamWriter> {
    clauses.reduce(into: []) { found, clause in
      guard clause.layers?.contains(layer) ?? true, clause.heads?.contains(where: { $0.layer == layer }) ?? true else {
        return
      }
      for writer in clause.writers where writer.stands(before: layer) { found.insert(writer) }
    }
  }

  /// Whose writing is left out anywhere.
  var writers: Set<StreamWriter> { clauses.reduce(into: []) { $0.formUnion($1.writers) } }

  /// Whether any clause that acts in a layer leaves out sources.
  func dropsSources(layer: Int) -> Bool {
    clauses.contains { clause in
      clause.parts.hasSources && (clause.layers?.contains(layer) ?? true)
        && (clause.heads?.contains { $0.layer == layer } ?? true)
    }
  }
}

/// What is left out of one head in one prompt.
struct HeadFilter: Sendable {
  struct Clause: Sendable {
    var parts: PartSet
    var written: [Operand: Set<StreamWriter>] = [:]
    var queries: [Range<Int>]?
    var keys: [Range<Int>]?
  }

  /// Keys in a run that a query treats alike, and what it leaves out there.
  struct Segment {
    var keys: Range<Int>
    var dropped: PartSet
  }

  var clauses: [Clause]
  var isEmpty: Bool { clauses.isEmpty }

  /// All parts that any clause leaves out.
  var parts: PartSet { clauses.reduce([]) { $0.union($1.parts) } }

  /// Whose writing is left out of an operand.
  func writers(into operand: Operand) -> Set<StreamWriter> {
    clauses.reduce(into: []) { $0.formUnion($1.written[operand] ?? []) }
  }

  /// The keys of a query, cut where what is left out changes.
  func segments(query: Int, keys: Range<Int>) -> [Segment] {
    var result = [Segment(keys: keys, dropped: [])]
    for clause in clauses where clause.queries?.contains(where: { $0.contains(query) }) ?? true {
      for run in clause.keys ?? [keys] {
        result = result.flatMap { $0.cut(by: run, adding: clause.parts) }
      }
    }
    return result
  }
}

extension HeadFilter.Segment {
  fileprivate func cut(by run: Range<Int>, adding parts: PartSet) -> [HeadFilter.Segment] {
    let inside = keys.clamped(to: run)
    guard !inside.isEmpty else { return [self] }
    return [
      HeadFilter.Segment(keys: keys.lowerBound..<inside.lowerBound, dropped: dropped),
      HeadFilter.Segment(keys: inside, dropped: dropped.union(parts)),
      HeadFilter.Segment(keys: inside.upperBound..<keys.upperBound, dropped: dropped),
    ].filter { !$0.keys.isEmpty }
  }
}
