/// What layers are given of each token beside the stream: u = f·(N(s·P x₀) + t·T[token]), a piece of ``width`` features a layer, with
/// x₀ the stream that enters the first layer (Gemma 3n and 4).
package struct LayerInputs: Sendable, Equatable {
  /// Features that a layer gets.
  package var width: Int
  /// T, (tokens, layers · width).
  package var tokens: Embedding
  /// t, already rounded to the type the library multiplies in.
  package var tokenScale: Float
  /// P, hidden → layers · width.
  package var projection: Linear
  /// s.
  package var projectionScale: Double
  /// N, on every layer's piece.
  package var norm: Norm
  /// f.
  package var factor: Double

  /// Inputs from their parts.
  package init(
    width: Int, tokens: Embedding, tokenScale: Float, projection: Linear, projectionScale: Double, norm: Norm,
    factor: Double
  ) {
    self.width = width
    self.tokens = tokens
    self.tokenScale = tokenScale
    self.projection = projection
    self.projectionScale = projectionScale
    self.norm = norm
    self.factor = factor
  }

  /// The features that a layer gets.
  package func columns(ofLayer index: Int) -> Range<Int> { index * width..<(index + 1) * width }
}

/// What a layer makes of its input u of ``LayerInputs``, behind its feed-forward half: y = h + N(P·(a(G·h) × u)).
package struct LayerInput: Sendable, Equatable {
  /// G, hidden → width.
  package var gate: Linear
  /// a.
  package var activation: Activation
  /// P, width → hidden.
  package var projection: Linear
  /// N.
  package var norm: Norm

  /// An input from its parts.
  package init(gate: Linear, activation: Activation, projection: Linear, norm: Norm) {
    self.gate = gate
    self.activation = activation
    self.projection = projection
    self.norm = norm
  }
}
