/// What mixes tokens in a layer where no attention does: a state that goes from token to token. Such a layer has no scores.
public enum Recurrence: Sendable, Equatable {
  /// A gated delta rule.
  case deltaRule(GatedDeltaRule)
  /// A gated convolution over a few tokens.
  case convolution(ShortConvolution)

  /// The linear layers that read x, in the order of the columns that they fill.
  public var inputs: [Linear] {
    switch self {
    case .deltaRule(let rule): rule.inputs
    case .convolution(let short): [short.input]
    }
  }

  /// Back to the stream.
  public var output: Linear {
    switch self {
    case .deltaRule(let rule): rule.output
    case .convolution(let short): short.output
    }
  }

  /// The convolution over tokens.
  public var convolution: DepthwiseConvolution {
    switch self {
    case .deltaRule(let rule): rule.convolution
    case .convolution(let short): short.convolution
    }
  }

  /// The norm on what is read from the state, where there is one.
  public var norm: Norm? {
    guard case .deltaRule(let rule) = self else { return nil }
    return rule.norm
  }

  /// The heads that have a state.
  public var heads: Int {
    guard case .deltaRule(let rule) = self else { return 0 }
    return rule.valueHeads
  }

  /// Tensors that are no linear layer's and no norm's, with their shapes.
  public var numbers: [(name: String, shape: [Int])] {
    guard case .deltaRule(let rule) = self else { return convolution.numbers }
    return convolution.numbers + [(rule.decayLogarithms, [rule.valueHeads]), (rule.decayBias, [rule.valueHeads])]
  }

  /// The members of config.json that the shapes follow from.
  public var members: [String] {
    switch self {
    case .deltaRule:
      [
        "linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim", "linear_value_head_dim",
        "linear_conv_kernel_dim",
      ]
    case .convolution: ["conv_L_cache"]
    }
  }
}

/// Linear attention by a gated delta rule (Yang, Kautz and Hatamizadeh, 2024).
///
/// q, k and v go through the convolution and SiLU, q and k to length 1, and q times 1/√keyDimension. With β = σ(b) and
/// g = −exp(A)·softplus(a + bias) a head's state, (keyDimension, valueDimension), is S ← e^g·S; S ← S + k ⊗ β(v − Sᵀk); it is read as
/// o = Sᵀq, and norm(o)·silu(z) goes to the output. Value head j reads key head ⌊j·keyHeads/valueHeads⌋.
public struct GatedDeltaRule: Sendable, Equatable {
  /// Heads of queries and keys.
  public var keyHeads: Int
  /// Heads of values and states; a multiple.
  public var valueHeads: Int
  /// Width of a query and a key.
  public var keyDimension: Int
  /// Width of a value.
  public var valueDimension: Int
  /// x → q, head by head.
  public var query: Projection
  /// x → k.
  public var key: Projection
  /// x → v.
  public var value: Projection
  /// x → z.
  public var gate: Projection
  /// x → b, a number a value head.
  public var strength: Projection
  /// x → a, a number a value head.
  public var decay: Projection
  /// Over [all q | all k | all v].
  public var convolution: DepthwiseConvolution
  /// The tensor of A, (valueHeads).
  public var decayLogarithms: String
  /// The tensor of the bias of a, (valueHeads).
  public var decayBias: String
  /// On every head's o.
  public var norm: Norm
  /// The heads side by side, back to the stream.
  public var output: Linear

  /// The linear layers that read x, each once.
  public var inputs: [Linear] {
    [query, key, value, gate, strength, decay].reduce(into: []) { if !$0.contains($1.linear) { $0.append($1.linear) } }
  }

  /// Value heads that read one key head.
  public var groupSize: Int { valueHeads / keyHeads }
  /// Width of all queries, or keys, of a token.
  public var keyWidth: Int { keyHeads * keyDimension }
  /// Width of all values of a token.
  public var valueWidth: Int { valueHeads * valueDimension }

  /// The column of a projection's row among those that ``inputs`` fill.
  public func column(_ projection: Projection, row: Int) -> Int {
    var first = 0
    for linear in inputs {
      if linear == projection.linear { break }
      first += linear.outputs
    }
    let rows = projection.rows
    return first + rows.start + row / rows.length * rows.stride + row % rows.length
  }
}

/// y = C ⊙ conv(B ⊙ x), with [B | C | x] from one linear layer (LFM2).
public struct ShortConvolution: Sendable, Equatable {
  /// x → [B | C | x].
  public var input: Linear
  /// Over B ⊙ x.
  public var convolution: DepthwiseConvolution
  /// y → the stream.
  public var output: Linear
}

/// u_t = Σ_i w_i ⊙ x_{t − kernel + 1 + i} (+ bias), every channel by itself, over a token and those before it.
public struct DepthwiseConvolution: Sendable, Equatable {
  /// Path of the module; its weight is (channels, 1, kernel).
  public var module: String
  /// Width of x.
  public var channels: Int
  /// Tokens that are seen.
  public var kernel: Int
  /// Whether there is a bias.
  public var hasBias: Bool

  /// A convolution.
  public init(_ module: String, channels: Int, kernel: Int, hasBias: Bool = false) {
    (self.module, self.channels, self.kernel, self.hasBias) = (module, channels, kernel, hasBias)
  }

  /// The last part of its path.
  public var name: String { module.components.last ?? "" }

  /// Its tensors with their shapes.
  public var numbers: [(name: String, shape: [Int])] {
    [("\(module).weight", [channels, 1, kernel])] + (hasBias ? [("\(module).bias", [channels])] : [])
  }
}

extension AttentionDescription {
  /// What a layer has that no attention mixes: no heads.
  static func none(hidden: Int) -> AttentionDescription {
    let nothing = Linear("", inputs: hidden, outputs: 0)
    return AttentionDescription(
      queryHeads: 0, keyValueHeads: 1, headDimension: 0, query: Projection(nothing), key: Projection(nothing),
      value: Projection(nothing), output: Linear("", inputs: 0, outputs: hidden), rotary: nil, scale: 1)
  }
}

extension LayerDescription {
  /// What leads from heads, or from a recurrence, back to the stream.
  public var output: Linear { recurrence?.output ?? attention.output }

  /// Whether it has scores.
  public var attends: Bool { recurrence == nil }
}

extension ModelDescription {
  /// The first attention, which stands for the sizes of all; one without heads where no layer attends.
  public var firstAttention: AttentionDescription? {
    (layers.first { $0.attends } ?? layers.first)?.attention
  }

  /// All recurrences.
  public var recurrences: [Recurrence] { layers.compactMap(\.recurrence) }

  /// Whether the output of an attention has a gate.
  public var hasOutputGates: Bool { layers.contains { $0.attention.gate != nil } }
}
