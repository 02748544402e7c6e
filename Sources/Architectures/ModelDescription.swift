/// A decoder-only transformer as data: which operations run on which weights, in which order.
///
/// One engine reads the description, so a family is one value of this type and not a forward pass of its own.
/// Modules are named by their path in the causal language model of HuggingFace transformers
/// (`model.layers.0.self_attn.q_proj`), which is also what PEFT adapters name.
public struct ModelDescription: Sendable, Equatable {
  /// The `model_type` of config.json.
  public var family: String
  /// Rows of the embedding, that is, the number of token ids.
  public var vocabularySize: Int
  /// Width of the residual stream.
  public var hiddenSize: Int
  /// How token ids become the first residual stream.
  public var embedding: EmbeddingDescription
  /// What layers are given of each token beside the stream, where the family has it.
  public var layerInputs: LayerInputs?
  /// The layers, first to last.
  public var layers: [LayerDescription]
  /// The norm before the output head.
  public var finalNorm: Norm
  /// From the last residual stream to logits.
  public var head: HeadDescription
  /// Positions the model was configured for (`max_position_embeddings`); longer prompts deserve a warning.
  public var configuredPositions: Int?
  /// Other names that checkpoints and adapters give the same modules: a prefix of a path, and what it stands for here
  /// ("embed_out." for "lm_head.").
  public var renamedPrefixes: [String: String] = [:]
  /// Whether the library opens the text half of such files by itself, so that adapters bear its names.
  public var opensAlone = false
  /// Layers behind the last that files hold for the prediction of further tokens at once; the model's own predictions do without.
  public var predictionLayers = 0
  /// Modules that files and adapters may hold, and that no run of this model passes through.
  public var unusedModules: Set<String> = []
  /// Other names for components within a path, in the order in which they are looked for: some that follow one another, and what
  /// they stand for here ("block_sparse_moe" for "mlp").
  public var renamedComponents: [RenamedComponents] = []

  /// A description from its parts.
  public init(
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
public struct EmbeddingDescription: Sendable, Equatable {
  /// The token table.
  public var tokens: Embedding
  /// A table of learned positions, where the family has one; a prompt cannot be longer.
  public var positions: Embedding?
  /// A factor on the token rows, already rounded to the type the library multiplies in.
  public var scale: Float

  /// A description from its parts.
  public init(tokens: Embedding, positions: Embedding? = nil, scale: Float = 1) {
    self.tokens = tokens
    self.positions = positions
    self.scale = scale
  }
}

/// Components of module paths under another name.
public struct RenamedComponents: Sendable, Equatable {
  /// As files have them, with dots between them: "block_sparse_moe.router.layer".
  public var stored: String
  /// As the description has them: "mlp.gate".
  public var own: String

  /// A pair of names.
  public init(_ stored: String, is own: String) {
    self.stored = stored
    self.own = own
  }
}

/// One layer.
///
/// Sequential: h = x + m·N₂(attention(N₁(x))); y = h + m·N₄(f(N₃(h))).
/// Parallel: y = x + m·N₂(attention(N₁(x))) + m·N₄(f(N₃(x))). A norm that is nil is the identity. The feed-forward half f is the MLP,
/// experts, or the sum of both, which may have norms of their own (``MixtureNorms``).
public struct LayerDescription: Sendable, Equatable {
  /// N₁, before the attention.
  public var attentionInputNorm: Norm?
  /// The attention; one without heads where a recurrence mixes the tokens.
  public var attention: AttentionDescription
  /// What mixes the tokens in the attention's place.
  public var recurrence: Recurrence?
  /// N₂, on the attention's output.
  public var attentionOutputNorm: Norm?
  /// N₃, before the feed-forward half.
  public var mlpInputNorm: Norm?
  /// The MLP that every token passes: all of a dense layer's feed-forward half, in a mixture of experts what stands beside the
  /// experts ("shared"), if anything does.
  public var mlp: MLPDescription?
  /// The experts of a mixture; nil in a dense layer.
  public var experts: ExpertsDescription?
  /// What the layer makes of its own input of each token, behind both halves.
  public var input: LayerInput?
  /// A tensor of one number that multiplies the stream as it leaves the layer.
  public var scale: String?
  /// N₄, on the output of the feed-forward half.
  public var mlpOutputNorm: Norm?
  /// Whether both halves read x.
  public var isParallel: Bool
  /// m, a factor on what both add to the stream.
  public var residualMultiplier: Float

  /// A description from its parts.
  public init(
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
public struct HeadDescription: Sendable, Equatable {
  /// The output projection. A tied head has no tensor of its own and reads the token table.
  public var linear: Linear
  /// Whether the weight is the token embedding's.
  public var isTied: Bool
  /// A factor on the logits.
  public var logitMultiplier: Double
  /// cap·tanh(logit / cap), where the family has it.
  public var softCap: Double?

  /// A description from its parts.
  public init(linear: Linear, isTied: Bool, logitMultiplier: Double = 1, softCap: Double? = nil) {
    self.linear = linear
    self.isTied = isTied
    self.logitMultiplier = logitMultiplier
    self.softCap = softCap
  }
}
