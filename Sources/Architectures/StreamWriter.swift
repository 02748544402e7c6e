/// A part of a model that adds to the residual stream.
package struct StreamWriter: Sendable, Hashable {
  /// Which part of a layer, or what stands before all of them.
  package enum Part: Sendable, Hashable {
    /// The tables of tokens and positions.
    case embed
    /// A layer's attention; where its heads are told apart what belongs to none of them: a bias, and what a norm behind them adds.
    case attention
    /// A layer's recurrence.
    case recurrence
    /// One head of a layer's attention.
    case head(Int)
    /// A layer's feed-forward half, experts included.
    case mlp
    /// What a layer makes of its own input of each token.
    case input
    /// A changed factor on the stream as it leaves a layer; what stood there before is multiplied along.
    case scale
  }

  /// The layer; nil for what stands before all of them.
  package let layer: Int?
  /// Which part.
  package let part: Part

  /// A writer.
  package init(layer: Int?, _ part: Part) { (self.layer, self.part) = (layer, part) }

  /// Whether a layer's attention reads what it writes.
  package func stands(before layer: Int) -> Bool { self.layer.map { $0 < layer } ?? true }
}

extension ModelDescription {
  /// What adds to the residual stream, in order. The stream that enters a layer is the sum of what all before it wrote.
  /// - Parameter byHead: Whether the heads of attentions are writers of their own.
  package func writers(byHead: Bool) -> [StreamWriter] {
    [StreamWriter(layer: nil, .embed)]
      + layers.enumerated().flatMap { index, layer in
        layer.writers(byHead: byHead).map { StreamWriter(layer: index, $0) }
      }
  }

  /// By layer, and last for the predictions, how many writers stand before it.
  package func writersBefore(byHead: Bool) -> [Int] {
    layers.reduce(into: [1]) { $0.append($0[$0.count - 1] + $1.writers(byHead: byHead).count) }
  }
}

extension ModelDescription {
  /// The layer whose input norm and projection a layer's keys come from: its own, or the one whose keys it reads.
  package func layerOfKeys(_ index: Int) -> Int { layers[index].attention.keysOfLayer ?? index }

  /// By what factors on the stream multiply what was written, on its way to a layer, or behind the last to the predictions.
  /// - Parameter scales: The factor behind every layer.
  package func factor<Number: FloatingPoint>(on writer: StreamWriter, before layer: Int, _ scales: [Number]) -> Number {
    let first = writer.layer.map { writer.part == .scale ? $0 + 1 : $0 } ?? 0
    return first < layer ? scales[first..<layer].reduce(1, *) : 1
  }
}

extension LayerDescription {
  /// What it adds to the stream, in order.
  /// - Parameter byHead: Whether the heads of its attention are writers of their own.
  package func writers(byHead: Bool) -> [StreamWriter.Part] {
    [attends ? .attention : .recurrence] + (byHead ? (0..<attention.queryHeads).map { .head($0) } : [])
      + (mlp == nil && experts == nil ? [] : [.mlp]) + (input == nil ? [] : [.input]) + (scale == nil ? [] : [.scale])
  }
}
