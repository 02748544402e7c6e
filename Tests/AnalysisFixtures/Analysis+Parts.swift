import Results

extension Analysis {
  /// The same with sources, products and the further statistics of the stream, in the form of real ones: nothing is inherited
  /// in the first layer, and more from layer to layer.
  public func withParts(isKeyTrained: Bool) -> Analysis {
    var analysis = self
    analysis.sources = (blocks.map(PooledBlock.init) + summary).map {
      $0.sources(isKeyTrained: isKeyTrained, layers: base.layers)
    }
    let moved = Dictionary(grouping: stream, by: \.region).mapValues { $0.contains { $0.relative > 0 } }
    analysis.products = (0..<base.layers).flatMap { layer in
      [ProductChange.Site.q, .k, .v, .o, .gate, .up, .gateUp, .down].enumerated().flatMap { index, site in
        regions.map { region in
          let size = moved[region] == true ? 0.02 * Double((layer + 1) * (index + 1)) : 0
          let shares = inheritance(layer, of: base.layers)
          let parts = zip(shares, [size, size, size / 10]).map { share, size in
            PartSize(rms: share == 0 ? 0 : size * share.squareRoot(), share: size == 0 ? 0 : share)
          }
          return ProductChange(
            layer: layer, site: site, region: region, tokens: 120, delta: size, first: parts[0], second: parts[1],
            both: parts[2])
        }
      }
    }
    for index in analysis.stream.indices {
      analysis.stream[index].median = 1.5 * analysis.stream[index].relative
      analysis.stream[index].cosine = 1 - analysis.stream[index].relative / 10
    }
    return analysis
  }
}

/// Shares of own, inherited and joint.
private func inheritance(_ layer: Int, of layers: Int) -> [Double] {
  guard layer > 0 else { return [1, 0, 0] }
  let inherited = 0.25 + 0.5 * Double(layer) / Double(layers)
  return [0.96 - inherited, inherited, 0.04]
}

extension PooledBlock {
  fileprivate func sources(isKeyTrained: Bool, layers: Int) -> TermSources {
    func parts(_ term: Term, isTrained: Bool) -> SourceShares {
      let rms = raw[term].magnitude.rms
      let shares =
        isTrained ? inheritance(layer ?? layers / 2, of: layers) : layer == 0 ? [0, 0, 0] : [0, 1, 0]
      let sizes = shares.map { PartSize(rms: rms * $0.squareRoot(), share: rms == 0 ? 0 : $0) }
      return SourceShares(own: sizes[0], inherited: sizes[1], joint: sizes[2], norm: nil)
    }
    return TermSources(
      layer: layer, head: head, query: query, key: key, pairs: pairs, dKtQ: parts(.dKtQ, isTrained: isKeyTrained),
      KtdQ: parts(.KtdQ, isTrained: true))
  }
}
