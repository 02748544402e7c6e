import Architectures

/// One model's run on one prompt, everything in double precision.
package struct ReferenceRun: Sendable {
  /// The layers, first to last.
  package var layers: [ReferenceLayer]
  /// Logits of the positions that were asked for, (positions × vocabulary), row-major.
  package var logits: [Double]
  /// The positions that were asked for.
  package var logitPositions: Range<Int>
}

/// What of each layer a run keeps.
package enum ReferenceDetail: Sendable {
  /// The stream, the queries and the keys: enough for the terms of the scores, the stream and attention mass.
  case operands
  /// Also the values and what every projection reads: for values, sources, products and interventions.
  case all
}

/// What one layer sees and does.
package struct ReferenceLayer: Sendable {
  /// The residual stream that enters the layer, (tokens × hidden).
  package var stream: [Double]
  /// Queries as the attention receives them, after bias, norm and rotary embedding, (heads × tokens × d).
  package var queries: [Double]
  /// Keys as the attention receives them, (key-value heads × tokens × d).
  package var keys: [Double]
  /// The logits of attention sinks, (heads × tokens); empty where there are none.
  package var sinks: [Double]
  /// Only with ``ReferenceDetail/all``.
  private var kept: ReferenceLayerDetails?

  init(
    stream: [Double], queries: [Double], keys: [Double], sinks: [Double] = [], details: ReferenceLayerDetails?
  ) {
    self.stream = stream
    self.queries = queries
    self.keys = keys
    self.sinks = sinks
    kept = details
  }

  /// What ``ReferenceDetail/all`` keeps besides.
  var details: ReferenceLayerDetails {
    guard let kept else { preconditionFailure("a run that keeps .all") }
    return kept
  }
}

/// What a layer's attention and MLP read, with the values and the heads' outputs; the MLP's inner vectors are formed again
/// where they are asked for, since they are the widest.
struct ReferenceLayerDetails: Sendable {
  /// What q reads, and mostly k and v.
  var attentionInput: TokenVectors
  /// What k and v read, in the layer whose they are.
  var keyInput: TokenVectors
  /// (key-value heads × tokens × d).
  var values: [Double]
  /// What o reads: the heads' outputs z side by side.
  var mixed: TokenVectors
  /// σ(g) that the heads' outputs were multiplied with, and what they were before; nil without gates.
  var gates: (factors: TokenVectors, heads: TokenVectors)?
  /// What the states of linear attention receive, by head.
  var states: [ReferenceRecurrence.Head]
  /// What the feed-forward half reads.
  var feedInput: FeedInput
  /// What gate and up read.
  var mlpInput: TokenVectors { feedInput.dense }
  /// What its parts add to the stream; a layer without a feed-forward half adds nothing by it.
  var writes: [StreamWriter.Part: TokenVectors]
  /// The stream as it leaves the layer.
  var leaving: TokenVectors

  init(
    attention: ReferenceAttention, feedInput: FeedInput, writes: [StreamWriter.Part: TokenVectors],
    leaving: TokenVectors
  ) {
    (self.writes, self.leaving) = (writes, leaving)
    attentionInput = attention.input
    keyInput = attention.keyInput
    values = attention.operands.values
    mixed = attention.mixed
    gates = attention.gates
    states = attention.states
    self.feedInput = feedInput
  }
}
