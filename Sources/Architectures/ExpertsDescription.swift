/// Experts behind a router: y = Σ_e G_e(x)·E_e(x) over the experts that the router chooses for a token (Shazeer et al., 2017).
public struct ExpertsDescription: Sendable, Equatable {
  /// x → a logit for each expert.
  public var router: Linear
  /// From logits to the weights G.
  public var routing: Routing
  /// The experts, all of the same shape.
  public var experts: [MLPDescription]
  /// x → the logit of a gate on what the layer's dense MLP adds beside the experts, σ(gate·x)·mlp(x); nil adds all of it.
  public var sharedGate: Linear?
  /// The members of config.json that say how many experts there are and how wide they are.
  public var members: [String] = []

  /// A description from its parts.
  public init(router: Linear, routing: Routing, experts: [MLPDescription], sharedGate: Linear? = nil) {
    self.router = router
    self.routing = routing
    self.experts = experts
    self.sharedGate = sharedGate
  }

  /// The linear layers, the router first.
  public var linears: [Linear] {
    [router] + [sharedGate].compactMap(\.self) + experts.flatMap(\.linears)
  }
}

/// How a router's logits become the weights of a few experts. The others' weights are 0.
public struct Routing: Sendable, Equatable {
  /// Experts chosen for each token, those with the largest scores.
  public var topK: Int
  /// Whether the softmax is over the chosen experts alone, which is the same as to divide the weights by their sum; over all
  /// experts otherwise, so that the chosen ones' weights sum to less than 1.
  public var isNormalized: Bool

  /// A rule from its parts.
  public init(topK: Int, isNormalized: Bool) {
    self.topK = topK
    self.isNormalized = isNormalized
  }
}
