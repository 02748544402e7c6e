/// A part of a model that adds to the residual stream.
public struct StreamWriter: Sendable, Hashable {
  /// Which part of a layer, or what stands before all of them.
  public enum Part: Sendable, Hashable {
    /// The tables of tokens and positions.
    case embed
    /// A layer's attention.
    case attention
    /// A layer's feed-forward half, experts included.
    case mlp
  }

  /// The layer; nil for what stands before all of them.
  public let layer: Int?
  /// Which part.
  public let part: Part

  /// A writer.
  public init(layer: Int?, _ part: Part) { (self.layer, self.part) = (layer, part) }
}

extension ModelDescription {
  /// What adds to the residual stream, in order. The stream that enters a layer is the sum of what all before it wrote.
  public var writers: [StreamWriter] {
    [StreamWriter(layer: nil, .embed)]
      + layers.enumerated().flatMap { index, layer in layer.writers.map { StreamWriter(layer: index, $0) } }
  }

  /// By layer, and last for the predictions, how many writers stand before it.
  public var writersBefore: [Int] {
    layers.reduce(into: [1]) { counts, layer in counts.append(counts[counts.count - 1] + layer.writers.count) }
  }
}

extension LayerDescription {
  /// What it adds to the stream, in order.
  public var writers: [StreamWriter.Part] { mlp == nil && experts == nil ? [.attention] : [.attention, .mlp] }
}
