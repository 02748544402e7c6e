/// Rotary position embedding of queries and keys (Su et al., RoFormer, 2021).
public struct Rotary: Sendable, Equatable {
  /// Which coordinates turn together.
  public enum Layout: Sendable, Equatable {
    /// i and i + dimensions/2 (Llama).
    case halves
    /// 2i and 2i + 1 (Cohere).
    case interleaved
  }
  /// How many coordinates of a head turn, the leading ones unless ``first`` says otherwise; the rest pass unchanged.
  public var dimensions: Int
  /// The first coordinate that turns.
  public var first = 0
  /// Which coordinates turn together.
  public var layout: Layout
  /// The angles.
  public var frequencies: RotaryFrequencies

  /// A rotary embedding.
  public init(dimensions: Int, layout: Layout = .halves, frequencies: RotaryFrequencies) {
    self.dimensions = dimensions
    self.layout = layout
    self.frequencies = frequencies
  }
}

/// Where inverse frequencies come from. They are the float32 values that transformers computes.
public enum RotaryFrequencies: Sendable, Equatable {
  /// The same for every prompt.
  case fixed(RotaryTable)
  /// One table up to a prompt length, another one beyond (longrope).
  case byLength(upTo: Int, short: RotaryTable, long: RotaryTable)
  /// Dynamic NTK scaling: beyond `trained` positions the base grows with the prompt's own length.
  case dynamic(base: Double, dimensions: Int, factor: Double, trained: Int)
}

/// Inverse frequencies of the turning pairs, (dimensions/2), and a factor on cosine and sine.
public struct RotaryTable: Sendable, Hashable {
  /// Radians a position, per pair.
  public var inverseFrequencies: [Float]
  /// A factor on cosine and sine (yarn, longrope), else 1.
  public var attentionFactor: Double

  /// A table.
  public init(inverseFrequencies: [Float], attentionFactor: Double = 1) {
    self.inverseFrequencies = inverseFrequencies
    self.attentionFactor = attentionFactor
  }
}
