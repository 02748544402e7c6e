import Vocabulary

/// Where changed weights act: a weight in [0, 1] for each token of a prompt, nil for 1 everywhere.
package struct ReferenceMask: Sendable {
  /// On the low-rank part.
  package var lowRank: [Double]?
  /// On every other change.
  package var other: [Double]?

  /// A mask; by default it lets every change act on every token.
  package init(lowRank: [Double]? = nil, other: [Double]? = nil) {
    self.lowRank = lowRank
    self.other = other
  }

  /// The same weights on every change.
  package init(all weights: [Double]) { self.init(lowRank: weights, other: weights) }
}

/// The masks of one prompt.
package struct ReferenceMasks: Sendable {
  /// Of everything that has no mask of its own: projections, norms, tables and the head.
  package var common: ReferenceMask
  /// Of single projections, in every layer.
  package var sites: [Site: ReferenceMask]

  /// Masks; by default every change acts on every token.
  package init(_ common: ReferenceMask = ReferenceMask(), sites: [Site: ReferenceMask] = [:]) {
    self.common = common
    self.sites = sites
  }

  /// The mask of a projection; nil stands for one that is no site, such as the head.
  subscript(site: Site?) -> ReferenceMask {
    site.flatMap { sites[$0] ?? $0.followed.flatMap { sites[$0] } } ?? common
  }

  /// Whether every mask has a weight for each of so many tokens.
  func fit(tokens: Int) -> Bool {
    ([common] + sites.values).allSatisfy { mask in
      [mask.lowRank, mask.other].allSatisfy { $0.map { $0.count == tokens } ?? true }
    }
  }
}
