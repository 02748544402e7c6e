/// What attention reads, projected from the stream.
public enum Operand: Int, Sendable, CaseIterable {
  /// Keys.
  case key
  /// Queries.
  case query
  /// Values.
  case value

  /// "dK", "dQ", "dV".
  public var changeName: String {
    switch self {
    case .key: "dK"
    case .query: "dQ"
    case .value: "dV"
    }
  }
}

/// Where the change of an operand comes from: dk = dW·x + W·dx + dW·dx, carried through bias, norm and rotary embedding.
public enum Source: Int, Sendable, CaseIterable {
  /// dW·x: the layer's own weight change.
  case own
  /// W·dx: handed on by the stream.
  case inherited
  /// dW·dx: both.
  case joint
  /// What a norm on queries and keys adds: x·(1/r′ − 1/r).
  case norm

  /// "own", "inherited", "joint", "norm".
  public var name: String { "\(self)" }
}
