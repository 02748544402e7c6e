import StrictJSON

/// Experts beside the dense MLP of every layer, with norms of their own: of what router and experts read, and of what each half gives.
extension Gemma4 {
  /// The experts; nil where `enable_moe_block` does not ask for them.
  static func mixture(_ config: JSONReader, _ sizes: DecoderSizes) throws(JSONMemberError) -> Mixture? {
    guard try config.flag("enable_moe_block", default: false) else { return nil }
    for name in ["num_experts", "top_k_experts", "moe_intermediate_size"] {
      guard config[name] == nil || config[name] == .null else { continue }
      throw config.error(
        name, "missing; enable_moe_block asks for experts, whose number and width it has no default for")
    }
    var mixture = try Mixture(
      config, sizes, counts: ["num_experts"], topK: "top_k_experts", defaults: .init(count: 1, topK: 1, inner: 1),
      isNormalized: true)
    mixture.module = ""
    mixture.router = "router.proj"
    mixture.routing.logitFactor = 1 / Double(sizes.hidden).squareRoot()
    return mixture
  }

  /// The experts of a layer.
  static func experts(
    _ mixture: Mixture, layer index: Int, _ sizes: DecoderSizes, _ activation: Activation, norm: (String) -> Norm
  ) -> ExpertsDescription? {
    guard var experts = mixture.experts(layer: index, sizes, activation) else { return nil }
    let router = "\(DecoderSizes.layer(index)).router"
    var routerNorm = norm("router")
    routerNorm.gainName = "scale"
    experts.norms = MixtureNorms(
      router: routerNorm, input: norm("pre_feedforward_layernorm_2"), output: norm("post_feedforward_layernorm_2"),
      dense: norm("post_feedforward_layernorm_1"))
    experts.scales = "\(router).per_expert_scale"
    return experts
  }
}
