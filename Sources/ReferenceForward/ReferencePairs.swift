import Architectures

/// The terms and patterns of chosen pairs of a query and a key, from pairs of plain runs.
package struct ReferencePairs: Sendable {
  /// All pairs of one query in one head.
  package struct Place: Sendable, Hashable {
    /// Index of the prompt.
    package var prompt: Int
    /// The layer.
    package var layer: Int
    /// The query head.
    package var head: Int
    /// Position of the query.
    package var query: Int

    /// A place from its parts.
    package init(prompt: Int, layer: Int, head: Int, query: Int) {
      self.prompt = prompt
      self.layer = layer
      self.head = head
      self.query = query
    }
  }

  /// What is known of a pair.
  package struct Pair: Sendable {
    /// dKᵀQ, KᵀdQ and dKᵀdQ.
    package var raw: SIMD3<Double>
    /// The same of T_ij − Σ_j p_ij T_ij.
    package var centered: SIMD3<Double>
    /// The part of its attention that the query pays to the key in the base.
    package var base: Double
    /// The same in the adapted model.
    package var adapted: Double
    /// (p′ − p)·(log p′ − log p).
    package var nats: Double
  }

  /// The pairs of a place by the position of their key, where it was asked for.
  package private(set) var rows: [Place: [Int: Pair]] = [:]
  private let places: Set<Place>
  private let weight: Double

  /// Nothing yet, to be found out at these places.
  /// - Parameter weight: How far on the way from base to adapted model the operands are taken: 0 at the base.
  package init(_ places: Set<Place>, at weight: Double = 0) {
    self.places = places
    self.weight = weight
  }

  /// Adds one prompt.
  /// - Parameters:
  ///   - prompt: Its index.
  ///   - base: The base's run.
  ///   - adapted: The adapted model's run on the same tokens.
  ///   - model: The description both ran by.
  ///   - tokens: The length of the prompt.
  package mutating func add(
    prompt: Int, base: ReferenceRun, adapted: ReferenceRun, model: ModelDescription, tokens: Int
  ) {
    for place in places where place.prompt == prompt {
      let row = ScoreRow(
        model.layers[place.layer].attention, base: base.layers[place.layer], adapted: adapted.layers[place.layer],
        head: place.head, query: place.query, tokens: tokens)
      let (before, after) = (row.before, row.after)
      let terms = row.terms.map { $0.taken(at: weight) }
      let mean = zip(before, terms).reduce(SIMD3<Double>.zero) { $0 + $1.0 * $1.1 }
      let felt = DivergenceRow(row)
      let pairs = terms.indices.map {
        Pair(
          raw: terms[$0], centered: terms[$0] - mean, base: before[$0], adapted: after[$0],
          nats: felt.change[$0] * felt.logarithmChange[$0])
      }
      rows[place] = Dictionary(uniqueKeysWithValues: zip(row.keys, pairs))
    }
  }
}
