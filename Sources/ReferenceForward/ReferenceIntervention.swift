import Architectures
import Checkpoints
import Vocabulary

/// Parts of the adapted model's change that are left out, and where.
///
/// Layers, heads and regions restrict one another: a part is left out of a pair of tokens that all of them name.
package struct ReferenceIntervention: Sendable {
  /// A query head of a layer.
  package struct Head: Hashable, Sendable {
    /// The layer.
    package var layer: Int
    /// The query head.
    package var head: Int

    /// A head.
    package init(layer: Int, head: Int) {
      self.layer = layer
      self.head = head
    }
  }

  /// What is left out.
  package var dropped: Set<Part>
  /// By operand, writers whose writing is left out of it, as later layers read it: W·(g ⊙ dw/r′).
  package var written: [Operand: Set<StreamWriter>]
  /// Region of the queries, nil for every token.
  package var query: Int?
  /// Region of the keys, nil for every token.
  package var key: Int?
  /// The layers, nil for all.
  package var layers: Set<Int>?
  /// The heads, nil for all.
  package var heads: Set<Head>?

  /// An intervention; by default in every layer and head and between all tokens.
  package init(
    dropping dropped: Set<Part>, written: [Operand: Set<StreamWriter>] = [:], query: Int? = nil, key: Int? = nil,
    layers: Set<Int>? = nil, heads: Set<Head>? = nil
  ) {
    self.dropped = dropped
    self.written = written.filter { !$1.isEmpty }
    self.query = query
    self.key = key
    self.layers = layers
    self.heads = heads
  }
}

extension ReferenceModel {
  /// Runs the adapted model on one prompt with parts of its change left out; everything downstream follows.
  ///
  /// Every delta is this run's own: its stream less the base's.
  /// - Parameters:
  ///   - tokens: The prompt.
  ///   - intervention: What is left out, and where.
  ///   - base: The base's run on the same tokens, with ``ReferenceDetail/all`` kept.
  ///   - regions: The region of each token, nil for a token in none.
  ///   - logitPositions: Positions whose logits are wanted.
  ///   - keeping: What of each layer stays in memory.
  /// - Throws: ``CheckpointError`` when weights cannot be read.
  package func run(
    _ tokens: [Int], leavingOut intervention: ReferenceIntervention, base: ReferenceRun, regions: [Int?],
    logitPositions: Range<Int>, keeping: ReferenceDetail = .operands
  ) throws(CheckpointError) -> ReferenceRun {
    precondition(regions.count == tokens.count && base.layers.count == model.description.layers.count)
    return try run(
      tokens, leavingOut: Omission(intervention: intervention, base: base, regions: regions),
      logitPositions: logitPositions, keeping: keeping)
  }
}

/// What an intervention does to the tokens a prompt predicts.
package struct ReferenceOutcome: Sendable {
  /// Number of predicted tokens.
  package var tokens: Int
  /// Mean loss of the base, in nats.
  package var base: Double
  /// Mean loss of the adapted model.
  package var adapted: Double
  /// Mean loss of the run with the parts left out.
  package var intervened: Double
  /// Mean of KL(adapted ‖ intervened) over the predictions, in nats.
  package var divergence: Double
  /// Fraction of predictions whose likeliest token is the adapted model's.
  package var agreement: Double

  /// The outcome for some tokens of a prompt, each predicted from those before it; nil where there are none. Tokens that the
  /// vocabulary of one of the runs lacks are left out.
  ///
  /// All three runs must hold the logits of the position before each of them.
  package init?(
    base: ReferenceRun, adapted: ReferenceRun, intervened: ReferenceRun, tokens: [Int], predicted: Range<Int>
  ) {
    guard
      let (losses, known) = ReferenceRun.meanLosses([base, adapted, intervened], tokens: tokens, predicted: predicted)
    else { return nil }
    let count = Double(known.count)
    self.tokens = known.count
    (self.base, self.adapted, self.intervened) = (losses[0], losses[1], losses[2])
    divergence = known.reduce(0) { $0 + adapted.divergence(of: intervened, after: $1 - 1) } / count
    let equal = known.filter {
      adapted.likeliestToken(after: $0 - 1) == intervened.likeliestToken(after: $0 - 1)
    }
    agreement = Double(equal.count) / count
  }
}
