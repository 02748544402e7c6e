/// One of the three parts of a score's change.
public enum Term: Int, Sendable, CaseIterable, Codable {
  /// dKᵀQ: the keys changed under the base's queries.
  case dKtQ
  /// KᵀdQ: the queries changed over the base's keys.
  case KtdQ
  /// dKᵀdQ: both changed; second order.
  case dKtdQ

  /// The name in analysis.json: "dKtQ", "KtdQ", "dKtdQ".
  public var name: String {
    switch self {
    case .dKtQ: "dKtQ"
    case .KtdQ: "KtdQ"
    case .dKtdQ: "dKtdQ"
    }
  }

  /// The name in prose: "dKᵀQ", "KᵀdQ", "dKᵀdQ".
  public var symbol: String {
    switch self {
    case .dKtQ: "dKᵀQ"
    case .KtdQ: "KᵀdQ"
    case .dKtdQ: "dKᵀdQ"
    }
  }
}

/// Why a term is zero in a whole block.
public enum ZeroCause: String, Sendable, Codable {
  /// The mask or the adapter's targets force it; known without looking at values.
  case structural
  /// The values happen to be zero.
  case measured
  /// It is promised to be zero and is not.
  case leak
}

/// Size of a quantity over the pairs of a block.
public struct Magnitude: Sendable, Equatable, Codable {
  /// (1/n) Σ T.
  public var mean: Double
  /// (1/n) Σ |T|.
  public var meanAbs: Double
  /// √((1/n) Σ T²).
  public var rms: Double
  /// max |T|.
  public var maxAbs: Double

  /// A magnitude from its parts.
  public init(mean: Double, meanAbs: Double, rms: Double, maxAbs: Double) {
    self.mean = mean
    self.meanAbs = meanAbs
    self.rms = rms
    self.maxAbs = maxAbs
  }
}

/// A term's statistics in a block.
public struct TermStatistics: Sendable, Equatable {
  /// Its size.
  public var magnitude: Magnitude
  /// ΣTΔ / ΣΔ²; 0 when Δ is 0 everywhere.
  public var share: Double
  /// Fraction of pairs in which this term alone has the largest magnitude.
  public var dominance: Double
  /// Why the term is zero, nil where it is not. Always nil in centred statistics.
  public var zero: ZeroCause?
  /// 95 % bootstrap interval of the share over prompts; in summary rows only.
  public var shareInterval: ClosedRange<Double>?

  /// Statistics from their parts.
  public init(
    magnitude: Magnitude, share: Double, dominance: Double, zero: ZeroCause? = nil,
    shareInterval: ClosedRange<Double>? = nil
  ) {
    self.magnitude = magnitude
    self.share = share
    self.dominance = dominance
    self.zero = zero
    self.shareInterval = shareInterval
  }
}

/// The change and its three terms, raw or centred.
public struct Decomposition: Sendable, Equatable {
  /// Size of ΔS.
  public var delta: Magnitude
  /// By ``Term``'s raw value.
  public var terms: [TermStatistics]

  /// A decomposition from its parts.
  public init(delta: Magnitude, terms: [TermStatistics]) {
    self.delta = delta
    self.terms = terms
  }

  /// One term's statistics.
  public subscript(term: Term) -> TermStatistics { terms[term.rawValue] }

  /// Which term explains the change.
  public var dominantTerm: Dominance {
    guard delta.rms > 0 else { return .unchanged }
    let ranked = Term.allCases.sorted { self[$0].share > self[$1].share }
    return self[ranked[0]].share - self[ranked[1]].share <= 0.1 ? .mixed : .term(ranked[0])
  }
}

/// The verdict on a block.
public enum Dominance: Sendable, Equatable {
  /// One term has the largest share.
  case term(Term)
  /// The two largest shares lie within 0.1.
  case mixed
  /// Nothing changed.
  case unchanged
}

/// A row of the result: a layer and head (or several pooled) and a pair of regions.
public struct Block: Sendable, Equatable {
  /// The layer; nil where layers are pooled.
  public var layer: Int?
  /// The query head; nil where heads are pooled.
  public var head: Int?
  /// Region of the query.
  public var query: String
  /// Region of the key.
  public var key: String
  /// Number of allowed (query, key) pairs, over heads and layers where pooled.
  public var pairs: Int
  /// Statistics of the terms.
  public var raw: Decomposition
  /// Statistics of T_ij − Σ_j p_ij T_ij.
  public var centered: Decomposition

  /// A row from its parts.
  public init(
    layer: Int?, head: Int?, query: String, key: String, pairs: Int, raw: Decomposition, centered: Decomposition
  ) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
    self.pairs = pairs
    self.raw = raw
    self.centered = centered
  }
}
