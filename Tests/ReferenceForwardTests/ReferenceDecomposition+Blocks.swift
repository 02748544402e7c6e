import ReferenceForward
import Results

/// The plain runs' statistics in the form of an analysis, so that both are held to the same reference.
extension ReferenceDecomposition {
  /// The blocks; regions 0 and 1 are `before` and `after`.
  func blockRows() -> [Block] {
    blocks.map { key, sums in
      Block(
        layer: key.layer, head: key.head, query: Self.name(key.query), key: key.key.map(Self.name) ?? "sink",
        pairs: sums.raw.pairs, raw: sums.raw.decomposition, centered: sums.centered.decomposition)
    }
  }

  /// The stream's divergence.
  func streamRows() -> [StreamDivergence] {
    stream.map { StreamDivergence(layer: $0.layer, region: Self.name($0.region), relative: $1) }
  }

  private static func name(_ region: Int) -> String { region == 0 ? "before" : "after" }
}

extension ReferenceSums {
  fileprivate var decomposition: Decomposition {
    Decomposition(
      delta: Magnitude(delta),
      terms: Term.allCases.map { name in
        let (size, share, dominance) = term(name.rawValue)
        return TermStatistics(magnitude: Magnitude(size), share: share, dominance: dominance)
      })
  }
}

extension Magnitude {
  fileprivate init(_ size: ReferenceSums.Size) {
    self.init(mean: size.mean, meanAbs: size.meanAbs, rms: size.rms, maxAbs: size.maxAbs)
  }
}
