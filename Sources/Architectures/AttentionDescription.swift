import Foundation

/// Attention with grouped key-value heads.
package struct AttentionDescription: Sendable, Equatable {
  /// Number of query heads.
  package var queryHeads: Int
  /// Number of key-value heads; query head h reads key-value head h / (queryHeads / keyValueHeads).
  package var keyValueHeads: Int
  /// Width of a query and of a key of one head.
  package var headDimension: Int
  /// Width of a value of one head.
  package var valueDimension: Int
  /// x → q, (queryHeads · headDimension) rows, head by head.
  package var query: Projection
  /// x → k, (keyValueHeads · headDimension) rows.
  package var key: Projection
  /// x → v, (keyValueHeads · headDimension) rows.
  package var value: Projection
  /// The heads' outputs, side by side, back to the stream.
  package var output: Linear
  /// Where keys and values, and mostly queries, come through latents, what stands before ``query``, ``key`` and ``value``.
  package var latent: LatentAttention?
  /// A norm on the query.
  package var queryNorm: Norm?
  /// A norm on the key.
  package var keyNorm: Norm?
  /// A norm on the value.
  package var valueNorm: Norm?
  /// An earlier layer whose finished keys and values this one reads and has none of its own: ``key``, ``value`` and their norms are
  /// that layer's.
  package var keysOfLayer: Int?
  /// Whether the norms of queries and keys stand behind the rotary embedding, not before it.
  package var normsAfterRotary = false
  /// Before the rotary embedding q, k and v are kept within ±clip, where the family has it.
  package var clip: Double?
  /// The rotary embedding of queries and keys, unless the layer has none.
  package var rotary: Rotary?
  /// A factor on the finished query that grows with its position, where the family has it.
  package var queryScale: PositionScale?
  /// c in s = c·kᵀq.
  package var scale: Double
  /// cap·tanh(s / cap) before the softmax, where the family has it.
  package var softCap: Double?
  /// A query sees itself and the window − 1 keys before it; nil sees all.
  package var window: Int?
  /// A tensor with a logit for each query head, (queryHeads), of a sink: one more column of the softmax, which takes attention and has
  /// no value; neither scaled nor capped.
  package var sinks: String?
  /// x → a number for each of the heads' outputs, whose σ they are multiplied with before ``output``; nil where there is none.
  package var gate: Projection?

  /// A description from its parts.
  package init(
    queryHeads: Int, keyValueHeads: Int, headDimension: Int, query: Projection, key: Projection,
    value: Projection, output: Linear, queryNorm: Norm? = nil, keyNorm: Norm? = nil, rotary: Rotary?,
    scale: Double, softCap: Double? = nil, window: Int? = nil
  ) {
    self.queryHeads = queryHeads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
    valueDimension = headDimension
    self.query = query
    self.key = key
    self.value = value
    self.output = output
    self.queryNorm = queryNorm
    self.keyNorm = keyNorm
    self.rotary = rotary
    self.scale = scale
    self.softCap = softCap
    self.window = window
  }

  /// Whether a norm divides keys, before or behind their projection, so that their change has a source of its own.
  package var normalizesKeys: Bool { keyNorm != nil || latent != nil }
  /// The same of queries.
  package var normalizesQueries: Bool { queryNorm != nil || latent?.query != nil }
  /// The same of values.
  package var normalizesValues: Bool { valueNorm != nil || latent != nil }
  /// Whether values are what the keys' projection gives, before any norm: a change of it is masked as the keys' are.
  package var valuesAreKeys: Bool { value == key }

  /// The first key position that the query at `position` sees.
  package func firstKey(of position: Int) -> Int { window.map { max(0, position - $0 + 1) } ?? 0 }
}

/// Projections in two steps, y = B·n(A·x), the first to a narrow latent with a norm n (DeepSeek-AI, DeepSeek-V2, 2024).
///
/// ``AttentionDescription/query``, `key` and `value` are B's rows. A head's key is [its rows of B | the rotary key], which all heads
/// share and which comes from A without a norm; its query is [the part that does not turn | the part that does].
package struct LatentAttention: Sendable, Equatable {
  /// A step to a latent.
  package struct Step: Sendable, Equatable {
    /// A.
    package var linear: Linear
    /// n, over the latent.
    package var norm: Norm

    /// A step.
    package init(linear: Linear, norm: Norm) {
      self.linear = linear
      self.norm = norm
    }
  }

  /// x → the queries' latent; nil where ``AttentionDescription/query`` reads x.
  package var query: Step?
  /// x → the latent of keys and values, and behind it the rotary key; the norm is of the latent alone.
  package var keyValue: Step
  /// Width of the rotary key.
  package var rotaryWidth: Int

  /// Latents from their parts.
  package init(query: Step?, keyValue: Step, rotaryWidth: Int) {
    self.query = query
    self.keyValue = keyValue
    self.rotaryWidth = rotaryWidth
  }

  /// Width of the latent of keys and values.
  package var rank: Int { keyValue.linear.outputs - rotaryWidth }
}

/// 1 + β·ln(1 + ⌊position / length⌋).
package struct PositionScale: Sendable, Equatable {
  /// β.
  package var beta: Double
  /// Positions after which the factor grows for the first time.
  package var length: Int

  /// A factor by its numbers.
  package init(beta: Double, length: Int) {
    self.beta = beta
    self.length = length
  }

  /// The factor at a position.
  package func factor(at position: Int) -> Double { 1 + beta * log1p(Double(position / length)) }
}

/// The feed-forward half of a layer: down(activation(gate(x)) × up(x)), or down(activation(up(x))) without a gate.
package struct MLPDescription: Sendable, Equatable {
  /// The gate, where the family has one; the activation acts on it.
  package var gate: Projection?
  /// The projection to the inner width.
  package var up: Projection
  /// The projection back to the stream.
  package var down: Linear
  /// The non-linearity.
  package var activation: Activation
  /// The module whose tensors are the non-linearity's own numbers (``Activation/parameters``).
  package var activationModule: String?
  /// Bounds on what gate and up give, where the family has them.
  package var clamp: GateClamp?

  /// A description from its parts.
  package init(gate: Projection?, up: Projection, down: Linear, activation: Activation) {
    self.gate = gate
    self.up = up
    self.down = down
    self.activation = activation
  }
}

/// Bounds within a gated MLP: with g = min(gate·x, limit) it is down(g·σ(slope·g) × (clip(up·x, ±limit) + 1)); the non-linearity is
/// ``Activation/quickGelu``, whose 1.702 the slope stands for.
package struct GateClamp: Sendable, Equatable {
  /// What gate may not exceed, and up neither way.
  package var limit: Double
  /// The factor within σ.
  package var slope: Double

  /// Bounds by their numbers.
  package init(limit: Double, slope: Double) {
    self.limit = limit
    self.slope = slope
  }
}

/// A non-linearity of the feed-forward half.
package enum Activation: Sendable, Equatable, CaseIterable {
  /// x·σ(x).
  case silu
  /// x·Φ(x), exact, by the error function.
  case gelu
  /// x·σ(2√(2/π)(x + 0.044715x³)), the same as ½x(1 + tanh(…)).
  case geluTanh
  /// x·σ(1.702x).
  case quickGelu
  /// max(x, 0).
  case relu
  /// max(x, 0)².
  case reluSquared
  /// With α₊ = softplus(alpha_p) and α₋ = β + softplus(alpha_n): α₊x² + βx where x > 0, else
  /// α₋(expm1(min(x, ε)) − x) + βx (Huang and Schlag, 2024).
  case xielu

  /// The tensors of a module that holds its numbers, with their shapes; empty for one that has none.
  package var parameters: [(name: String, shape: [Int])] {
    self == .xielu ? [("alpha_p", [1]), ("alpha_n", [1]), ("beta", []), ("eps", [])] : []
  }
}
