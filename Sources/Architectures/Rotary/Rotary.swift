/// Rotary position embedding of queries and keys (Su et al., RoFormer, 2021).
package struct Rotary: Sendable, Equatable {
  /// Which coordinates turn together.
  package enum Layout: Sendable, Equatable {
    /// i and i + dimensions/2 (Llama).
    case halves
    /// 2i and 2i + 1 (Cohere).
    case interleaved
  }
  /// How many coordinates of a head turn, the leading ones unless ``first`` says otherwise; the rest pass unchanged.
  package var dimensions: Int
  /// The first coordinate that turns.
  package var first = 0
  /// Which coordinates turn together.
  package var layout: Layout
  /// The angles.
  package var frequencies: RotaryFrequencies

  /// A rotary embedding.
  package init(dimensions: Int, layout: Layout = .halves, frequencies: RotaryFrequencies) {
    self.dimensions = dimensions
    self.layout = layout
    self.frequencies = frequencies
  }
}

/// Where inverse frequencies come from. They are the float32 values that transformers computes.
package enum RotaryFrequencies: Sendable, Equatable {
  /// The same for every prompt.
  case fixed(RotaryTable)
  /// One table up to a prompt length, another one beyond (longrope).
  case byLength(upTo: Int, short: RotaryTable, long: RotaryTable)
  /// Dynamic NTK scaling: beyond `trained` positions the base grows with the prompt's own length.
  case dynamic(base: Double, dimensions: Int, factor: Double, trained: Int)
}

/// Inverse frequencies of the turning pairs, (dimensions/2), and a factor on cosine and sine.
package struct RotaryTable: Sendable, Hashable {
  /// Radians a position, per pair.
  package var inverseFrequencies: [Float]
  /// A factor on cosine and sine (yarn, longrope), else 1.
  package var attentionFactor: Double

  /// A table.
  package init(inverseFrequencies: [Float], attentionFactor: Double = 1) {
    self.inverseFrequencies = inverseFrequencies
    self.attentionFactor = attentionFactor
  }
}
