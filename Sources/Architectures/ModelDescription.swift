/// A decoder-only transformer as data: which operations run on which weights, in which order.
///
/// One engine reads the description, so a family is one value of this type and not a forward pass of its own.
/// Modules are named by their path in the causal language model of HuggingFace transformers
/// (`model.layers.0.self_attn.q_proj`), which is also what PEFT adapters name.
package struct ModelDescription: Sendable, Equatable {
  /// The `model_type` of config.json.
  package var family: String
  /// Rows of the embedding, that is, the number of token ids.
  package var vocabularySize: Int
  /// Width of the residual stream.
  package var hiddenSize: Int
  /// How token ids become the first residual stream.
  package var embedding: EmbeddingDescription
  /// What layers are given of each token beside the stream, where the family has it.
  package var layerInputs: LayerInputs?
  /// The layers, first to last.
  package var layers: [LayerDescription]
  /// The norm before the output head.
  package var finalNorm: Norm
  /// From the last residual stream to logits.
  package var head: HeadDescription
  /// Positions the model was configured for (`max_position_embeddings`); longer prompts deserve a warning.
  package var configuredPositions: Int?
  /// Other names that checkpoints and adapters give the same modules: a prefix of a path, and what it stands for here
  /// ("embed_out." for "lm_head.").
  package var renamedPrefixes: [String: String] = [:]
  /// Whether the library opens the text half of such files by itself, so that adapters bear its names.
  package var opensAlone = false
  /// Layers behind the last that files hold for the prediction of further tokens at once; the model's own predictions do without.
  package var predictionLayers = 0
  /// Modules that files and adapters may hold, and that no run of this model passes through.
  package var unusedModules: Set<String> = []
  /// Other names for components within a path, in the order in which they are looked for: some that follow one another, and what
  /// they stand for here ("block_sparse_moe" for "mlp").
  package var renamedComponents: [RenamedComponents] = []

  /// A description from its parts.
  package init(
    family: String, vocabularySize: Int, hiddenSize: Int, embedding: EmbeddingDescription,
    layers: [LayerDescription], finalNorm: Norm, head: HeadDescription, configuredPositions: Int?
  ) {
    self.family = family
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.embedding = embedding
    self.layers = layers
    self.finalNorm = finalNorm
    self.head = head
    self.configuredPositions = configuredPositions
  }
}

/// x₀ = scale · E[token] (+ P[position]).
package struct EmbeddingDescription: Sendable, Equatable {
  /// The token table.
  package var tokens: Embedding
  /// A table of learned positions, where the family has one; a prompt cannot be longer.
  package var positions: Embedding?
  /// A factor on the token rows, already rounded to the type the library multiplies in.
  package var scale: Float

  /// A description from its parts.
  package init(tokens: Embedding, positions: Embedding? = nil, scale: Float = 1) {
    self.tokens = tokens
    self.positions = positions
    self.scale = scale
  }
}

/// Components of module paths under another name.
package struct RenamedComponents: Sendable, Equatable {
  /// As files have them, with dots between them: "block_sparse_moe.router.layer".
  package var stored: String
  /// As the description has them: "mlp.gate".
  package var own: String

  /// A pair of names.
  package init(_ stored: String, is own: String) {
    self.stored = stored
    self.own = own
  }
}

/// One layer.
///
/// Sequential: h = x + m·N₂(attention(N₁(x))); y = h + m·N₄(f(N₃(h))).
/// Parallel: y = x + m·N₂(attention(N₁(x))) + m·N₄(f(N₃(x))). A norm that is nil is the identity. The feed-forward half f is the MLP,
/// experts, or the sum of both, which may have norms of their own (``MixtureNorms``).
package struct LayerDescription: Sendable, Equatable {
  /// N₁, before the attention.
  package var attentionInputNorm: Norm?
  /// The attention; one without heads where a recurrence mixes the tokens.
  package var attention: AttentionDescription
  /// What mixes the tokens in the attention's place.
  package var recurrence: Recurrence?
  /// N₂, on the attention's output.
  package var attentionOutputNorm: Norm?
  /// N₃, before the feed-forward half.
  package var mlpInputNorm: Norm?
  /// The MLP that every token passes: all of a dense layer's feed-forward half, in a mixture of experts what stands beside the
  /// experts ("shared"), if anything does.
  package var mlp: MLPDescription?
  /// The experts of a mixture; nil in a dense layer.
  package var experts: ExpertsDescription?
  /// What the layer makes of its own input of each token, behind both halves.
  package var input: LayerInput?
  /// A tensor of one number that multiplies the stream as it leaves the layer.
  package var scale: String?
  /// N₄, on the output of the feed-forward half.
  package var mlpOutputNorm: Norm?
  /// Whether both halves read x.
  package var isParallel: Bool
  /// m, a factor on what both add to the stream.
  package var residualMultiplier: Float

  /// A description from its parts.
  package init(
    attentionInputNorm: Norm?, attention: AttentionDescription, attentionOutputNorm: Norm? = nil,
    mlpInputNorm: Norm?, mlp: MLPDescription?, experts: ExpertsDescription? = nil, mlpOutputNorm: Norm? = nil,
    isParallel: Bool = false, residualMultiplier: Float = 1
  ) {
    self.attentionInputNorm = attentionInputNorm
    self.attention = attention
    self.attentionOutputNorm = attentionOutputNorm
    self.mlpInputNorm = mlpInputNorm
    self.mlp = mlp
    self.experts = experts
    self.mlpOutputNorm = mlpOutputNorm
    self.isParallel = isParallel
    self.residualMultiplier = residualMultiplier
  }
}

/// Logits = softCap(logitMultiplier · (W·x + b)).
package struct HeadDescription: Sendable, Equatable {
  /// The output projection. A tied head has no tensor of its own and reads the token table.
  package var linear: Linear
  /// Whether the weight is the token embedding's.
  package var isTied: Bool
  /// A factor on the logits.
  package var logitMultiplier: Double
  /// cap·tanh(logit / cap), where the family has it.
  package var softCap: Double?

  /// A description from its parts.
  package init(linear: Linear, isTied: Bool, logitMultiplier: Double = 1, softCap: Double? = nil) {
    self.linear = linear
    self.isTied = isTied
    self.logitMultiplier = logitMultiplier
    self.softCap = softCap
  }
}
