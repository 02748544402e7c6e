import StrictJSON

/// The experts of a config.json under the names that most families share: a router `mlp.gate`, experts of `gate_proj`, `up_proj` and
/// `down_proj`, which files hold one by one or, as transformers 5 has them, all in `experts.gate_up_proj` and `experts.down_proj`.
struct Mixture {
  /// What the configuration class assumes where config.json is silent.
  struct Defaults {
    var count: Int
    var topK: Int
    var inner: Int
  }

  /// Number of experts.
  var count: Int
  /// Width of an expert.
  var inner: Int
  var routing: Routing
  /// The module of the feed-forward half in a layer; empty where experts and router are the layer's own modules.
  var module = "mlp"
  /// The router's in it.
  var router = "gate"
  /// Of the dense MLP beside the experts its module, its width and its gate's module.
  var shared: (module: String, inner: Int, gate: String?)?
  /// Of the correction of scores its tensor in the router's module.
  var correction: String?
  /// Whether router and experts have biases.
  var hasBias = false
  /// Whether tensors of all experts are (experts, inputs, rows), in which rows of gate and up take turns.
  var interleaves = false
  /// Bounds within the experts.
  var clamp: GateClamp?
  /// Which layers are mixtures; the others are dense.
  var isSparse: (Int) -> Bool
  private let members: [String]

  /// Reads and checks them.
  /// - Parameters:
  ///   - counts: Members that may hold the number of experts; the first that is there counts.
  ///   - inner: The member that holds the width of an expert.
  ///   - topK: The member that holds how many are chosen for a token.
  init(
    _ config: JSONReader, _ sizes: DecoderSizes, counts: [String], inner innerName: String = "moe_intermediate_size",
    topK topKName: String = "num_experts_per_tok", defaults: Defaults, isNormalized: Bool,
    isSparse: @escaping (Int) -> Bool = { _ in true }
  ) throws(JSONMemberError) {
    let name = counts.first { !config.isAbsent($0) } ?? counts[0]
    count = try config.count(name, default: defaults.count)
    inner = try config.size(innerName, default: defaults.inner)
    let topK = try config.count(topKName, default: defaults.topK)
    guard topK <= count else {
      throw config.error(topKName, "\(topK) of \(count) experts cannot be chosen for a token")
    }
    guard count * sizes.layers <= 1 << 17 else {
      throw config.error(name, "\(count) experts in each of \(sizes.layers) layers are too many to be true")
    }
    routing = Routing(topK: topK, isNormalized: isNormalized)
    members = [name, innerName]
    self.isSparse = isSparse
  }

  /// A mixture behind some dense layers, whose router chooses by corrected σ within groups, with shared experts: as DeepSeek-V3 has it.
  /// - Parameter dense: How many layers are dense where config.json is silent.
  static func behindDenseLayers(
    _ config: JSONReader, _ sizes: DecoderSizes, dense: Int, defaults: Defaults, groups: Int = 1, topGroups: Int = 1,
    factor: Double = 1
  ) throws(JSONMemberError) -> Mixture {
    let dense = try config.isAbsent("first_k_dense_replace") ? dense : config.integer("first_k_dense_replace")
    var mixture = try Mixture(
      config, sizes, counts: ["n_routed_experts", "num_local_experts"], defaults: defaults,
      isNormalized: config.flag("norm_topk_prob", default: true)
    ) { $0 >= dense }
    mixture.correction = "e_score_correction_bias"
    mixture.routing.scoring = .sigmoid
    try mixture.readGroups(config, groups: groups, topGroups: topGroups, factor: factor)
    let shared = try config.count("n_shared_experts", default: 1)
    mixture.shared = ("shared_experts", mixture.inner * shared, nil)
    return mixture
  }

  /// Reads `n_group`, `topk_group` and `routed_scaling_factor`.
  mutating func readGroups(
    _ config: JSONReader, groups: Int = 1, topGroups: Int = 1, factor: Double = 1
  ) throws(JSONMemberError) {
    routing.groups = try config.count("n_group", default: groups)
    routing.topGroups = try config.count("topk_group", default: topGroups)
    routing.factor = try config.positive("routed_scaling_factor", default: factor)
    guard count % routing.groups == 0, count / routing.groups >= 2 else {
      throw config.error("n_group", "\(count) experts cannot be \(routing.groups) groups of two or more")
    }
    guard routing.topGroups <= routing.groups, routing.topK <= routing.topGroups * (count / routing.groups) else {
      throw config.error(
        "topk_group",
        "\(routing.topGroups) of \(routing.groups) groups of \(count / routing.groups) experts do not have the "
          + "\(routing.topK) that num_experts_per_tok asks for")
    }
  }

  /// The experts of a layer; nil where it is dense.
  func experts(layer index: Int, _ sizes: DecoderSizes, _ activation: Activation) -> ExpertsDescription? {
    guard isSparse(index) else { return nil }
    let path = ([DecoderSizes.layer(index)] + [module].filter { !$0.isEmpty }).joined(separator: ".")
    func stack(_ name: String, _ expert: Int, height: Int) -> WeightStack {
      let tensor = "\(path).experts.\(name)"
      var stack = WeightStack(tensor, expert: expert, of: count, height: height)
      stack.isTransposed = interleaves
      if hasBias { stack.bias = "\(tensor)_bias" }
      return stack
    }
    let experts = (0..<count).map { expert in
      var mlp = sizes.gatedMLP(
        "\(path).experts.\(expert)", inner: inner, bias: hasBias, activation: activation)
      var both = stack("gate_up_proj", expert, height: 2 * inner)
      both.rowStep = interleaves ? 2 : 1
      mlp.gate?.linear.stack = both
      both.firstRow = interleaves ? 1 : inner
      mlp.up.linear.stack = both
      mlp.down.stack = stack("down_proj", expert, height: sizes.hidden)
      mlp.clamp = clamp
      return mlp
    }
    var result = ExpertsDescription(
      router: Linear("\(path).\(router)", inputs: sizes.hidden, outputs: count, hasBias: hasBias), routing: routing,
      experts: experts,
      sharedGate: shared?.gate.map { Linear("\(path).\($0)", inputs: sizes.hidden, outputs: 1) })
    result.correction = correction.map { "\(path).\(router).\($0)" }
    result.members = members
    return result
  }

  /// The dense MLP of a layer: beside its experts, if there is one, or in place of them.
  func dense(layer index: Int, _ sizes: DecoderSizes, _ activation: Activation) -> MLPDescription? {
    isSparse(index)
      ? shared(layer: index, sizes, activation) : sizes.gatedMLP(layer: index, bias: false, activation: activation)
  }

  private func shared(layer index: Int, _ sizes: DecoderSizes, _ activation: Activation) -> MLPDescription? {
    shared.map {
      sizes.gatedMLP("\(DecoderSizes.layer(index)).\(module).\($0.module)", inner: $0.inner, activation: activation)
    }
  }
}
