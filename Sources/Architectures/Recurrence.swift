/// What mixes tokens in a layer where no attention does: a state that goes from token to token. Such a layer has no scores.
package enum Recurrence: Sendable, Equatable {
  /// A gated delta rule.
  case deltaRule(GatedDeltaRule)
  /// A gated convolution over a few tokens.
  case convolution(ShortConvolution)

  /// The linear layers that read x, in the order of the columns that they fill.
  package var inputs: [Linear] {
    switch self {
    case .deltaRule(let rule): rule.inputs
    case .convolution(let short): [short.input]
    }
  }

  /// Back to the stream.
  package var output: Linear {
    switch self {
    case .deltaRule(let rule): rule.output
    case .convolution(let short): short.output
    }
  }

  /// The convolution over tokens.
  package var convolution: DepthwiseConvolution {
    switch self {
    case .deltaRule(let rule): rule.convolution
    case .convolution(let short): short.convolution
    }
  }

  /// The norm on what is read from the state, where there is one.
  package var norm: Norm? {
    guard case .deltaRule(let rule) = self else { return nil }
    return rule.norm
  }

  /// The heads that have a state.
  package var heads: Int {
    guard case .deltaRule(let rule) = self else { return 0 }
    return rule.valueHeads
  }

  /// Tensors that are no linear layer's and no norm's, with their shapes.
  package var numbers: [(name: String, shape: [Int])] {
    guard case .deltaRule(let rule) = self else { return convolution.numbers }
    return convolution.numbers + [(rule.decayLogarithms, [rule.valueHeads]), (rule.decayBias, [rule.valueHeads])]
  }

  /// The members of config.json that the shapes follow from.
  package var members: [String] {
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
package struct GatedDeltaRule: Sendable, Equatable {
  /// Heads of queries and keys.
  package var keyHeads: Int
  /// Heads of values and states; a multiple.
  package var valueHeads: Int
  /// Width of a query and a key.
  package var keyDimension: Int
  /// Width of a value.
  package var valueDimension: Int
  /// x → q, head by head.
  package var query: Projection
  /// x → k.
  package var key: Projection
  /// x → v.
  package var value: Projection
  /// x → z.
  package var gate: Projection
  /// x → b, a number a value head.
  package var strength: Projection
  /// x → a, a number a value head.
  package var decay: Projection
  /// Over [all q | all k | all v].
  package var convolution: DepthwiseConvolution
  /// The tensor of A, (valueHeads).
  package var decayLogarithms: String
  /// The tensor of the bias of a, (valueHeads).
  package var decayBias: String
  /// On every head's o.
  package var norm: Norm
  /// The heads side by side, back to the stream.
  package var output: Linear

  /// The linear layers that read x, each once.
  package var inputs: [Linear] {
    [query, key, value, gate, strength, decay].reduce(into: []) { if !$0.contains($1.linear) { $0.append($1.linear) } }
  }

  /// Value heads that read one key head.
  package var groupSize: Int { valueHeads / keyHeads }
  /// Width of all queries, or keys, of a token.
  package var keyWidth: Int { keyHeads * keyDimension }
  /// Width of all values of a token.
  package var valueWidth: Int { valueHeads * valueDimension }

  /// The column of a projection's row among those that ``inputs`` fill.
  package func column(_ projection: Projection, row: Int) -> Int {
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
package struct ShortConvolution: Sendable, Equatable {
  /// x → [B | C | x].
  package var input: Linear
  /// Over B ⊙ x.
  package var convolution: DepthwiseConvolution
  /// y → the stream.
  package var output: Linear
}

/// u_t = Σ_i w_i ⊙ x_{t − kernel + 1 + i} (+ bias), every channel by itself, over a token and those before it.
package struct DepthwiseConvolution: Sendable, Equatable {
  /// Path of the module; its weight is (channels, 1, kernel).
  package var module: String
  /// Width of x.
  package var channels: Int
  /// Tokens that are seen.
  package var kernel: Int
  /// Whether there is a bias.
  package var hasBias: Bool

  /// A convolution.
  package init(_ module: String, channels: Int, kernel: Int, hasBias: Bool = false) {
    (self.module, self.channels, self.kernel, self.hasBias) = (module, channels, kernel, hasBias)
  }

  /// The last part of its path.
  package var name: String { module.components.last ?? "" }

  /// Its tensors with their shapes.
  package var numbers: [(name: String, shape: [Int])] {
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
  package var output: Linear { recurrence?.output ?? attention.output }

  /// Whether it has scores.
  package var attends: Bool { recurrence == nil }
}

extension ModelDescription {
  /// The first attention, which stands for the sizes of all; one without heads where no layer attends.
  package var firstAttention: AttentionDescription? {
    (layers.first { $0.attends } ?? layers.first)?.attention
  }

  /// All recurrences.
  package var recurrences: [Recurrence] { layers.compactMap(\.recurrence) }

  /// Whether the output of an attention has a gate.
  package var hasOutputGates: Bool { layers.contains { $0.attention.gate != nil } }
}
