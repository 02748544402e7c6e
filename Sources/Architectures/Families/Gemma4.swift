import StrictJSON

/// Gemma 4 (`transformers.models.gemma4`): Gemma 3 with heads of another width in full layers, norms on values, layers that read the keys
/// and values of others, an input of its own to each layer, a factor on the stream, and experts beside the dense MLP.
enum Gemma4 {
  static let textFamily = Family(
    ["gemma4_text"], ownMembers: ["per_layer_config", "use_bidirectional_attention"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let usual = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 262_144, hidden: 2304, inner: 9216, layers: 30, heads: 8, keyValueHeads: 4, headDimension: 256,
        positions: 131_072))
    try refuseOthers(config)
    var windows: [Int?] = try config.windows(
      layers: usual.layers, window: config.size("sliding_window", default: 512)
    ) { ($0 + 1) % 6 != 0 }
    // The class makes the last layer a full one, whatever the file says.
    windows[windows.count - 1] = nil
    let sizes = try LayerSizes(config, usual, windows)
    let rotary = try rotary(config, sizes, windows)
    let producers = try producers(config, windows)
    let isDoubled = try config.flag("use_double_wide_mlp", default: false)
    let parts = try Parts(config, usual)
    var layers: [LayerDescription] = []
    for (index, window) in windows.enumerated() {
      var own = sizes[index]
      if isDoubled, producers[index] != nil { own.inner *= 2 }
      var attention = own.attention(
        layer: index, inputBias: parts.bias, outputBias: parts.bias, rotary: rotary[index], window: window)
      attention.scale = 1
      own.normHeads(&attention, layer: index, epsilon: parts.epsilon)
      attention.valueNorm = Norm(.rootMeanSquare, modules: [], width: own.headDimension, epsilon: parts.epsilon)
      if parts.valuesAreKeys, window == nil { attention.value = attention.key }
      if let producer = producers[index] { attention.readKeys(of: layers[producer].attention, at: producer) }
      layers.append(parts.layer(index, own, attention))
    }
    var model = usual.description(
      family: "gemma4_text", layers: layers, finalNorm: usual.norm("model.norm", epsilon: parts.epsilon),
      isTied: try config.flag("tie_word_embeddings", default: true))
    // The library keeps this factor in the type it computes in, here float32.
    model.embedding.scale = Float(Double(usual.hidden).squareRoot())
    model.head.softCap = try config.optionalPositive("final_logit_softcapping", default: nil)
    model.layerInputs = try inputs(config, usual, parts)
    // Files from before the library left them out hold them all the same.
    model.unusedModules = Set(
      producers.indices.filter { producers[$0] != nil }.flatMap { index in
        ["k_proj", "v_proj", "k_norm", "v_norm"].map { "\(DecoderSizes.layer(index)).self_attn.\($0)" }
      })
    return model
  }

  private static func refuseOthers(_ config: JSONReader) throws(JSONMemberError) {
    // Images alone are attended to both ways where it says "vision".
    let reading = config["use_bidirectional_attention"]
    guard reading == nil || reading == .boolean(false) || reading == .string("vision") else {
      throw config.error("use_bidirectional_attention", "attention to later tokens is not supported")
    }
    try config.refuse(
      "rope_scaling",
      because: "this family states its rope in rope_parameters, and the library would ignore this member")
  }

  /// By layer, the one whose keys and values it reads: of the last `num_kv_shared_layers` the last one before them of the same kind.
  private static func producers(_ config: JSONReader, _ windows: [Int?]) throws(JSONMemberError) -> [Int?] {
    let name = "num_kv_shared_layers"
    let shared = try config.isAbsent(name) ? 0 : config.integer(name, in: 0...windows.count)
    let first = windows.count - shared
    var producers = [Int?](repeating: nil, count: windows.count)
    for index in first..<windows.count {
      producers[index] = (0..<first).last { (windows[$0] == nil) == (windows[index] == nil) }
      guard producers[index] != nil else {
        throw config.error(
          name, "layer \(index) would share keys and values, but none of the first \(first) layers is of its kind")
      }
    }
    return producers
  }

  /// By layer, its rotary embedding.
  private static func rotary(
    _ config: JSONReader, _ sizes: LayerSizes, _ windows: [Int?]
  ) throws(JSONMemberError) -> [Rotary] {
    let nested = try config.optionalObject("rope_parameters")
    func read(_ kind: String, _ index: Int?, default absent: [String: JSONValue]) throws(JSONMemberError) -> Rotary? {
      guard let index else { return nil }
      let block = try nested?.optionalObject(kind)
      if let nested, block == nil { throw nested.error(kind, "missing; layer \(index) is of that kind") }
      var object = JSONObject()
      for (name, value) in absent { _ = object.append(name, value) }
      let stated = block ?? JSONReader(file: config.file, path: "rope_parameters.\(kind)", object: object)
      let isProportional = stated["rope_type"] == .string("proportional")
      let settings = try RotarySettings(
        block: stated, base: 10_000, sizes: sizes[index], turnsWholeHeads: !isProportional)
      return try isProportional ? settings.proportional() : settings.rotary()
    }
    let sliding = try read("sliding_attention", windows.firstIndex { $0 != nil }, default: [:])
    let full = try read(
      "full_attention", windows.firstIndex { $0 == nil },
      default: [
        "rope_type": .string("proportional"), "partial_rotary_factor": .number(0.25), "rope_theta": .number(1_000_000),
      ])
    return windows.compactMap { $0 == nil ? full : sliding }
  }

  /// What all layers get of each token.
  private static func inputs(
    _ config: JSONReader, _ sizes: DecoderSizes, _ parts: Parts
  ) throws(JSONMemberError) -> LayerInputs? {
    guard let width = parts.inputWidth else { return nil }
    let rows = try config.size("vocab_size_per_layer_input", default: 262_144)
    guard rows >= sizes.vocabulary else {
      throw config.error(
        "vocab_size_per_layer_input", "\(rows) tokens have inputs to layers, but vocab_size is \(sizes.vocabulary)")
    }
    let all = sizes.layers * width
    return LayerInputs(
      width: width, tokens: Embedding("model.embed_tokens_per_layer", rows: rows, columns: all),
      tokenScale: Float(Double(width).squareRoot()),
      projection: Linear("model.per_layer_model_projection", inputs: sizes.hidden, outputs: all),
      projectionScale: 1 / Double(sizes.hidden).squareRoot(),
      norm: Norm(
        .rootMeanSquare, modules: ["model.per_layer_projection_norm"], width: width, epsilon: parts.epsilon),
      factor: 0.5.squareRoot())
  }
}

extension Gemma4 {
  /// What layers have in common.
  private struct Parts {
    let bias: Bool
    let activation: Activation
    let epsilon: Double
    let valuesAreKeys: Bool
    /// Features of a layer's own input; nil where there is none.
    let inputWidth: Int?
    /// The experts beside every layer's dense MLP; nil where there are none.
    let mixture: Mixture?

    init(_ config: JSONReader, _ sizes: DecoderSizes) throws(JSONMemberError) {
      mixture = try Gemma4.mixture(config, sizes)
      bias = try config.flag("attention_bias", default: false)
      activation = try config.activation("hidden_activation", default: "gelu_pytorch_tanh")
      epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
      valuesAreKeys = try config.flag("attention_k_eq_v", default: false)
      let name = "hidden_size_per_layer_input"
      let width = try config.isAbsent(name) ? 256 : config.integer(name, in: 0...1 << 14)
      inputWidth = width == 0 ? nil : width
    }

    func layer(_ index: Int, _ sizes: DecoderSizes, _ attention: AttentionDescription) -> LayerDescription {
      let module = DecoderSizes.layer(index)
      func norm(_ name: String) -> Norm { sizes.norm("\(module).\(name)", epsilon: epsilon) }
      var layer = LayerDescription(
        attentionInputNorm: norm("input_layernorm"), attention: attention,
        attentionOutputNorm: norm("post_attention_layernorm"), mlpInputNorm: norm("pre_feedforward_layernorm"),
        mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation),
        mlpOutputNorm: norm("post_feedforward_layernorm"))
      layer.experts = mixture.flatMap { Gemma4.experts($0, layer: index, sizes, activation, norm: norm) }
      layer.scale = "\(module).layer_scalar"
      layer.input = inputWidth.map { width in
        LayerInput(
          gate: Linear("\(module).per_layer_input_gate", inputs: sizes.hidden, outputs: width), activation: activation,
          projection: Linear("\(module).per_layer_projection", inputs: width, outputs: sizes.hidden),
          norm: norm("post_per_layer_input_norm"))
      }
      return layer
    }
  }

  /// Sizes by layer: full layers have heads of another width.
  private struct LayerSizes {
    private var all: [DecoderSizes] = []

    subscript(index: Int) -> DecoderSizes { all[index] }

    /// `per_layer_config`, which the class writes, goes before `global_head_dim` and `num_global_key_value_heads`, of which it makes it.
    init(_ config: JSONReader, _ usual: DecoderSizes, _ windows: [Int?]) throws(JSONMemberError) {
      if let stated = try config.optionalObject("per_layer_config") {
        all = try Self.stated(stated, usual)
      } else {
        var full = usual
        full.headDimension = try config.size("global_head_dim", default: 512)
        let heads = try config.optionalCount("num_global_key_value_heads", default: nil)
        if let heads, try config.flag("attention_k_eq_v", default: false) { full.keyValueHeads = heads }
        try full.check(config, "global_head_dim", "num_global_key_value_heads")
        all = windows.map { $0 == nil ? full : usual }
      }
      for isFull in [true, false] {
        let own = windows.indices.filter { (windows[$0] == nil) == isFull }
        guard let other = own.first(where: { !all[$0].hasHeads(of: all[own[0]]) }) else { continue }
        throw config.error(
          "per_layer_config",
          "layers \(own[0]) and \(other) are of the same kind and have other heads, which is not supported")
      }
    }

    private static func stated(_ layers: JSONReader, _ usual: DecoderSizes) throws(JSONMemberError) -> [DecoderSizes] {
      var all = Array(repeating: usual, count: usual.layers)
      for (name, _) in layers.object.members {
        guard let index = Int(name), all.indices.contains(index) else {
          throw layers.error(name, "the number of a layer from 0 to \(usual.layers - 1) is expected")
        }
        let own = try layers.object(name)
        for (member, _) in own.object.members where member != "head_dim" && member != "num_key_value_heads" {
          throw own.error(member, "of a layer's own members only head_dim and num_key_value_heads are supported")
        }
        all[index].headDimension = try own.size("head_dim", default: usual.headDimension)
        all[index].keyValueHeads = try own.count("num_key_value_heads", default: usual.keyValueHeads)
        try all[index].check(own, "head_dim", "num_key_value_heads")
      }
      return all
    }
  }
}

extension DecoderSizes {
  /// Refuses heads that are too wide, or that cannot be shared evenly.
  fileprivate func check(_ reader: JSONReader, _ width: String, _ count: String) throws(JSONMemberError) {
    guard headDimension <= 1 << 14 else {
      throw reader.error(width, "a head of \(headDimension) features is not supported; the limit is 16384")
    }
    guard heads % keyValueHeads == 0 else {
      throw reader.error(count, "\(heads) query heads cannot share \(keyValueHeads) key-value heads evenly")
    }
  }

  fileprivate func hasHeads(of other: DecoderSizes) -> Bool {
    headDimension == other.headDimension && keyValueHeads == other.keyValueHeads
  }
}

extension AttentionDescription {
  /// Takes the place of its own keys and values by those of an earlier layer.
  fileprivate mutating func readKeys(of other: AttentionDescription, at layer: Int) {
    (key, value, keyNorm, valueNorm) = (other.key, other.value, other.keyNorm, other.valueNorm)
    keysOfLayer = layer
  }
}
