import StrictJSON

/// The parts of a description that the families descending from Llama share, under the module names they share.
extension DecoderSizes {
  /// Path of a layer.
  static func layer(_ index: Int) -> String { "model.layers.\(index)" }

  /// Separate `q_proj`, `k_proj`, `v_proj` and `o_proj` with the scale 1/√headDimension.
  func attention(
    layer index: Int, inputBias: Bool, outputBias: Bool, rotary: Rotary?, window: Int? = nil
  ) -> AttentionDescription {
    let module = "\(Self.layer(index)).self_attn"
    func input(_ name: String, _ outputs: Int) -> Projection {
      Projection(Linear("\(module).\(name)", inputs: hidden, outputs: outputs, hasBias: inputBias))
    }
    return AttentionDescription(
      queryHeads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension,
      query: input("q_proj", queryWidth), key: input("k_proj", keyValueWidth),
      value: input("v_proj", keyValueWidth),
      output: Linear("\(module).o_proj", inputs: queryWidth, outputs: hidden, hasBias: outputBias),
      rotary: rotary, scale: 1 / Double(headDimension).squareRoot(), window: window)
  }

  /// `gate_proj`, `up_proj` and `down_proj`.
  func gatedMLP(layer index: Int, bias: Bool, activation: Activation) -> MLPDescription {
    gatedMLP("\(Self.layer(index)).mlp", inner: inner, bias: bias, activation: activation)
  }

  /// The same under another path and of another width.
  func gatedMLP(_ module: String, inner: Int, bias: Bool = false, activation: Activation) -> MLPDescription {
    func projection(_ name: String) -> Projection {
      Projection(Linear("\(module).\(name)", inputs: hidden, outputs: inner, hasBias: bias))
    }
    return MLPDescription(
      gate: projection("gate_proj"), up: projection("up_proj"),
      down: Linear("\(module).down_proj", inputs: inner, outputs: hidden, hasBias: bias),
      activation: activation)
  }

  /// Two projections without a gate.
  func plainMLP(
    layer index: Int, up: String = "up_proj", down: String = "down_proj", bias: Bool, activation: Activation
  ) -> MLPDescription {
    let module = "\(Self.layer(index)).mlp"
    return MLPDescription(
      gate: nil, up: Projection(Linear("\(module).\(up)", inputs: hidden, outputs: inner, hasBias: bias)),
      down: Linear("\(module).\(down)", inputs: inner, outputs: hidden, hasBias: bias), activation: activation)
  }

  /// `gate_up_proj`, the gate's rows before those of up, and `down_proj`, without biases.
  func fusedGateMLP(layer index: Int, activation: Activation) -> MLPDescription {
    let module = "\(Self.layer(index)).mlp"
    let fused = Linear("\(module).gate_up_proj", inputs: hidden, outputs: 2 * inner)
    return MLPDescription(
      gate: Projection(fused, rows: RowSelection(0..<inner)),
      up: Projection(fused, rows: RowSelection(inner..<2 * inner)),
      down: Linear("\(module).down_proj", inputs: inner, outputs: hidden), activation: activation)
  }

  /// A root-mean-square norm on every query and key head, one gain for all heads.
  func normHeads(
    _ attention: inout AttentionDescription, layer index: Int, names: (String, String) = ("q_norm", "k_norm"),
    epsilon: Double
  ) {
    func norm(_ name: String) -> Norm {
      Norm(
        .rootMeanSquare, modules: ["\(Self.layer(index)).self_attn.\(name)"], width: headDimension, epsilon: epsilon)
    }
    attention.queryNorm = norm(names.0)
    attention.keyNorm = norm(names.1)
  }

  /// A root-mean-square norm of the stream.
  func norm(_ module: String, epsilon: Double) -> Norm {
    Norm(.rootMeanSquare, modules: [module], width: hidden, epsilon: epsilon)
  }

  /// A sequential layer with `input_layernorm` before the attention and `post_attention_layernorm` before the MLP.
  func preNormLayer(
    _ index: Int, attention: AttentionDescription, mlp: MLPDescription?, experts: ExpertsDescription? = nil,
    norm: (String) -> Norm
  ) -> LayerDescription {
    let module = Self.layer(index)
    return LayerDescription(
      attentionInputNorm: norm("\(module).input_layernorm"), attention: attention,
      mlpInputNorm: norm("\(module).post_attention_layernorm"), mlp: mlp, experts: experts)
  }

  /// `model.embed_tokens`, the layers, the final norm and `lm_head`.
  func description(
    family: String, layers: [LayerDescription], finalNorm: Norm, isTied: Bool
  ) -> ModelDescription {
    ModelDescription(
      family: family, vocabularySize: vocabulary, hiddenSize: hidden,
      embedding: EmbeddingDescription(
        tokens: Embedding("model.embed_tokens", rows: vocabulary, columns: hidden)),
      layers: layers, finalNorm: finalNorm,
      head: HeadDescription(
        linear: Linear("lm_head", inputs: hidden, outputs: vocabulary), isTied: isTied),
      configuredPositions: positions)
  }
}
