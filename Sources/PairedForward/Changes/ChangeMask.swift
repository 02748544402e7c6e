import Vocabulary

/// Per token of a prompt, how much of a change acts there.
public struct TokenMask: Sendable, Equatable {
  /// The weight in [0, 1] of low-rank parts.
  public var lowRank: [Float]
  /// The weight in [0, 1] of every other change: dense parts, biases, norms, tables.
  public var other: [Float]

  /// A mask from its weights.
  public init(lowRank: [Float], other: [Float]) {
    precondition(lowRank.count == other.count, "a weight a token")
    self.lowRank = lowRank
    self.other = other
  }

  /// Every change acts on every one of so many tokens.
  public init(everywhere count: Int) {
    self.init(lowRank: Array(repeating: 1, count: count), other: Array(repeating: 1, count: count))
  }
}

/// Where a change acts in one prompt: a mask for everything, and others for the projections that differ from it
/// (docs/method.md, Masks).
public struct ChangeMask: Sendable, Equatable {
  /// Of norms, tables, the head, and all sites that are not named.
  public var general: TokenMask
  /// Of sites with a mask of their own.
  public var sites: [Site: TokenMask]

  /// A mask from its parts.
  public init(general: TokenMask, sites: [Site: TokenMask] = [:]) {
    self.general = general
    self.sites = sites
  }

  /// The mask of a projection; nil stands for all that is none.
  public subscript(site: Site?) -> TokenMask { site.flatMap(sites.mask) ?? general }
}

extension [Site: TokenMask] {
  /// What is said of a site, or of the one that it follows.
  func mask(of site: Site) -> TokenMask? { self[site] ?? site.followed.flatMap { self[$0] } }
}
