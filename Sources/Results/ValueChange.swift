/// One of the three parts of the change of what a head writes: of P·V, the pattern times the values.
public enum ValueTerm: Int, Sendable, CaseIterable {
  /// dP·V: attention went elsewhere.
  case dPV
  /// P·dV: the values changed where attention goes.
  case PdV
  /// dP·dV: both; second order.
  case dPdV

  /// The name in analysis.json: "dPV", "PdV", "dPdV".
  public var name: String {
    switch self {
    case .dPV: "dPV"
    case .PdV: "PdV"
    case .dPdV: "dPdV"
    }
  }

  /// The name in prose: "dP·V", "P·dV", "dP·dV".
  public var symbol: String {
    switch self {
    case .dPV: "dP·V"
    case .PdV: "P·dV"
    case .dPdV: "dP·dV"
    }
  }
}

/// Size and share of a part of a change.
public struct PartSize: Sendable, Equatable, Codable {
  /// √ of the mean square.
  public var rms: Double
  /// Σ⟨T, Δ⟩ / Σ‖Δ‖²; 0 where Δ is 0 everywhere.
  public var share: Double

  /// A size.
  public init(rms: Double, share: Double) {
    self.rms = rms
    self.share = share
  }
}

/// How the vectors change that a head writes to the residual stream from the tokens of a region: W_O,h·Σ_{j∈key} p_ij v_j,
/// with the base's output projection. Every query of the region counts, also one that cannot change.
public struct ValueChange: Sendable, Equatable {
  /// The layer; nil where layers are pooled.
  public var layer: Int?
  /// The query head; nil where heads are pooled.
  public var head: Int?
  /// Region of the queries.
  public var query: String
  /// Region of the keys.
  public var key: String
  /// Number of queries, over heads and layers where pooled.
  public var queries: Int
  /// √ of the mean squared norm of the change, in units of the residual stream.
  public var delta: Double
  /// By ``ValueTerm``'s raw value.
  public var terms: [PartSize]

  /// A row from its parts.
  public init(
    layer: Int?, head: Int?, query: String, key: String, queries: Int, delta: Double, terms: [PartSize]
  ) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
    self.queries = queries
    self.delta = delta
    self.terms = terms
  }

  /// One term's size.
  public subscript(term: ValueTerm) -> PartSize { terms[term.rawValue] }
}
