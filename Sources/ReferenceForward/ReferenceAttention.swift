import Architectures
import Checkpoints
import Vocabulary

/// What the attention kernel receives.
struct AttentionOperands {
  /// After bias, norm and rotary embedding, (heads × tokens × d).
  var queries: [Double]
  /// After bias, norm and rotary embedding, (key-value heads × tokens × d).
  var keys: [Double]
  /// (key-value heads × tokens × d).
  var values: [Double]
  /// The logits of sinks, (heads × tokens); empty where there are none.
  var sinks: [Double]
}

/// The attention of one layer, head by head, with its operands kept.
struct ReferenceAttention {
  /// What q, k and v read.
  var input: TokenVectors
  /// What k and v read: of a layer that reads another's keys and values, what that one's read.
  var keyInput: TokenVectors
  /// What the attention kernel receives.
  var operands: AttentionOperands
  /// The heads' outputs z side by side, (tokens × heads·d), as the output projection reads them.
  var mixed: TokenVectors
  /// σ(g) that they were multiplied with, and what they were before; nil without gates.
  var gates: (factors: TokenVectors, heads: TokenVectors)?
  /// What the states of linear attention receive, by head.
  var states: [ReferenceRecurrence.Head] = []
  /// What goes to the stream.
  var output: TokenVectors

  init(
    _ attention: AttentionDescription, of model: ReferenceModel, reading x: TokenVectors,
    sharing shared: SharedKeys? = nil, leavingOut omission: LayerOmission? = nil
  ) throws(CheckpointError) {
    func received(_ site: Site) throws(CheckpointError) -> [Double] {
      let steps = OperandSteps(attention, at: site, positionIDs: model.positionIDs)
      return try steps.carry(model.project(attention, at: site, reading: x), of: model)
        .byHead(headDimension: attention.dimension(at: site))
    }
    if let shared {
      operands = AttentionOperands(
        queries: try received(.q), keys: shared.keys, values: shared.values,
        sinks: try model.sinks(attention, positions: x.positions))
    } else {
      operands = AttentionOperands(
        queries: try received(.q), keys: try received(.k), values: try received(.v),
        sinks: try model.sinks(attention, positions: x.positions))
    }
    input = x
    keyInput = shared?.input ?? x
    if let omission {
      mixed = try omission.mix(operands, attention, of: model, reading: x, keysReading: keyInput)
    } else {
      mixed = attention.mix(operands, positions: x.positions)
    }
    if let gate = attention.gate {
      let factors = try model.apply(gate, at: .q, to: x).mapped { 1 / (1 + exponential(-$0)) }
      gates = (factors, mixed)
      mixed = factors * mixed
    }
    output = try model.apply(Projection(attention.output), at: .o, to: mixed)
  }

  /// A recurrence in its place, which has no operands of scores.
  init(_ recurrence: ReferenceRecurrence) {
    (input, mixed, output) = (recurrence.input, recurrence.mixed, recurrence.output)
    operands = AttentionOperands(queries: [], keys: [], values: [], sinks: [])
    (states, keyInput) = (recurrence.heads, input)
  }
}

/// What a layer hands on to those that read its keys and values.
struct SharedKeys {
  var keys: [Double]
  var values: [Double]
  /// What both were projected from.
  var input: TokenVectors

  init(_ attention: ReferenceAttention) {
    (keys, values, input) = (attention.operands.keys, attention.operands.values, attention.keyInput)
  }
}

extension ReferenceModel {
  /// The logits of sinks, (heads × tokens); empty where there are none. Their change is switched on token by token.
  func sinks(_ attention: AttentionDescription, positions: Range<Int>) throws(CheckpointError) -> [Double] {
    guard let name = attention.sinks, let logits = try model.sinks(of: attention) else { return [] }
    let change = adaptation?.sinks[name] ?? logits.map { _ in 0 }
    return zip(logits, change).flatMap { logit, change in
      positions.map { Double(logit) + Double(change) * (masks.common.other?[$0] ?? 1) }
    }
  }
}

extension TokenVectors {
  /// From (tokens × heads·d) to (heads × tokens × d).
  func byHead(headDimension d: Int) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(values.count)
    for head in 0..<width / d {
      for token in 0..<positions.count {
        result += values[token * width + head * d..<token * width + (head + 1) * d]
      }
    }
    return result
  }
}
