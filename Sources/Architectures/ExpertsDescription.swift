/// Experts behind a router: y = Σ_e G_e(x)·E_e(x) over the experts that the router chooses for a token (Shazeer et al., 2017).
package struct ExpertsDescription: Sendable, Equatable {
  /// x → a logit for each expert.
  package var router: Linear
  /// From logits to the weights G.
  package var routing: Routing
  /// The experts, all of the same shape.
  package var experts: [MLPDescription]
  /// x → the logit of a gate on what the layer's dense MLP adds beside the experts, σ(gate·x)·mlp(x); nil adds all of it.
  package var sharedGate: Linear?
  /// A tensor of a number for each expert that is added to the scores by which experts are chosen, and to no weight.
  package var correction: String?
  /// Norms of their own, where experts stand beside a dense MLP as a second feed-forward half; nil where both read the same.
  package var norms: MixtureNorms?
  /// A tensor of a number for each expert by which its weight is multiplied.
  package var scales: String?
  /// The members of config.json that say how many experts there are and how wide they are.
  package var members: [String] = []

  /// A description from its parts.
  package init(router: Linear, routing: Routing, experts: [MLPDescription], sharedGate: Linear? = nil) {
    self.router = router
    self.routing = routing
    self.experts = experts
    self.sharedGate = sharedGate
  }

  /// The linear layers, the router first.
  package var linears: [Linear] {
    [router] + [sharedGate].compactMap(\.self) + experts.flatMap(\.linears)
  }
}

/// How a router's logits become the weights of a few experts. The others' weights are 0.
package struct Routing: Sendable, Equatable {
  /// What makes a score of a logit.
  package enum Scoring: Sendable, Equatable {
    /// A softmax over all experts.
    case softmax
    /// σ of each by itself.
    case sigmoid
  }

  /// What makes a score of a logit.
  package var scoring = Scoring.softmax
  /// Experts chosen for each token, those with the largest scores, corrected where there is a correction.
  package var topK: Int
  /// Whether the weights are the chosen experts' scores over their sum; else they are the scores.
  package var isNormalized: Bool
  /// Experts in as many groups of consecutive ones; only those of ``topGroups`` groups can be chosen, the ones whose two best
  /// experts have the largest sums.
  package var groups = 1
  /// Groups of which experts can be chosen.
  package var topGroups = 1
  /// A factor on the router's logits.
  package var logitFactor = 1.0
  /// A factor on all weights.
  package var factor = 1.0

  /// A rule from its parts.
  package init(topK: Int, isNormalized: Bool) {
    self.topK = topK
    self.isNormalized = isNormalized
  }
}
