import Architectures
import Checkpoints
import Foundation

/// The recurrence of one layer in double precision, token by token, with what its state receives kept.
struct ReferenceRecurrence {
  /// What its projections read.
  var input: TokenVectors
  /// What goes to the output projection.
  var mixed: TokenVectors
  /// What goes to the stream.
  var output: TokenVectors
  /// By value head, what its state receives; empty where there is none.
  var heads: [Head] = []

  /// What the state of one value head receives of each token.
  struct Head {
    /// Width of a key and of a value.
    var (keys, values): (Int, Int)
    /// Normed and scaled, (tokens × keys).
    var query: [Double]
    /// Normed, (tokens × keys).
    var key: [Double]
    /// (tokens × values).
    var value: [Double]
    /// e^g, by token.
    var decay: [Double]
    /// β, by token.
    var strength: [Double]
  }

  init(
    _ recurrence: Recurrence, of model: ReferenceModel, reading x: TokenVectors
  ) throws(CheckpointError) {
    input = x
    switch recurrence {
    case .deltaRule(let rule):
      let operands = try DeltaRuleOperands(rule, of: model, reading: x)
      heads = (0..<rule.valueHeads).map { operands.head($0) }
      var read = TokenVectors(positions: x.positions, width: rule.valueWidth)
      for (index, head) in heads.enumerated() {
        var state = State(head)
        for token in 0..<x.positions.count {
          state.take(token)
          for (column, value) in state.read(head.query, token).enumerated() {
            read.values[token * read.width + index * head.values + column] = value
          }
        }
      }
      let normed = try model.normalize(read, rule.norm)
      mixed = normed * (try model.apply(rule.gate, at: .recurrence, to: x)).mapped { Activation.silu($0) }
    case .convolution(let short):
      let all = try model.apply(Projection(short.input), at: .recurrence, to: x)
      let width = short.convolution.channels
      let parts = (0..<3).map { part in
        TokenVectors(
          positions: x.positions, width: width,
          values: x.positions.indices.flatMap {
            all.row($0 - x.positions.lowerBound)[columns: part * width..<(part + 1) * width]
          })
      }
      mixed = parts[1] * (try model.convolve(parts[0] * parts[2], short.convolution))
    }
    output = try model.apply(Projection(recurrence.output), at: .recurrence, to: mixed)
  }

  /// A state on its way through the tokens.
  struct State {
    private let head: Head
    /// (keys × values).
    private var elements: [Double]

    init(_ head: Head) {
      self.head = head
      elements = Array(repeating: 0, count: head.keys * head.values)
    }

    /// S ← e^g·S; S ← S + k ⊗ β(v − Sᵀk).
    mutating func take(_ token: Int) {
      for index in elements.indices { elements[index] *= head.decay[token] }
      let recalled = read(head.key, token)
      for column in 0..<head.values {
        let written = head.strength[token] * (head.value[token * head.values + column] - recalled[column])
        for row in 0..<head.keys {
          elements[row * head.values + column] += head.key[token * head.keys + row] * written
        }
      }
    }

    /// Sᵀx with x a token's row.
    func read(_ x: [Double], _ token: Int) -> [Double] {
      var result = [Double](repeating: 0, count: head.values)
      for row in 0..<head.keys {
        let factor = x[token * head.keys + row]
        for column in 0..<head.values { result[column] += factor * elements[row * head.values + column] }
      }
      return result
    }
  }
}

/// What the states of a gated delta rule receive, all heads side by side.
private struct DeltaRuleOperands {
  let rule: GatedDeltaRule
  let (query, key, value): (TokenVectors, TokenVectors, TokenVectors)
  let (decay, strength): (TokenVectors, TokenVectors)

  init(_ rule: GatedDeltaRule, of model: ReferenceModel, reading x: TokenVectors) throws(CheckpointError) {
    self.rule = rule
    let joined = try model.convolutionInput(.deltaRule(rule), reading: x)
    let mixed = try model.convolve(joined, rule.convolution).mapped { Activation.silu($0) }
    func columns(_ columns: Range<Int>) -> TokenVectors {
      TokenVectors(
        positions: x.positions, width: columns.count,
        values: x.positions.indices.flatMap { mixed.row($0 - x.positions.lowerBound)[columns: columns] })
    }
    query = columns(0..<rule.keyWidth)
    key = columns(rule.keyWidth..<2 * rule.keyWidth)
    value = columns(2 * rule.keyWidth..<rule.convolution.channels)
    strength = try model.apply(rule.strength, at: .recurrence, to: x).mapped { 1 / (1 + exp(-$0)) }
    var decay = try model.apply(rule.decay, at: .recurrence, to: x)
    let shape = [rule.valueHeads]
    let logarithms = try model.numbers(rule.decayLogarithms, shape)
    let bias = try model.numbers(rule.decayBias, shape)
    for (row, position) in x.positions.enumerated() {
      for head in 0..<rule.valueHeads {
        let u = decay.values[row * decay.width + head] + bias.value(head, at: position)
        let g = -exp(logarithms.value(head, at: position)) * (u > 30 ? u : log1p(exp(u)))
        decay.values[row * decay.width + head] = exp(g)
      }
    }
    self.decay = decay
  }

  /// The operands of one value head.
  func head(_ head: Int) -> ReferenceRecurrence.Head {
    let group = head / rule.groupSize
    return ReferenceRecurrence.Head(
      keys: rule.keyDimension, values: rule.valueDimension,
      query: lengthOne(query, group, factor: 1 / Double(rule.keyDimension).squareRoot()),
      key: lengthOne(key, group, factor: 1), value: rows(value, head, rule.valueDimension),
      decay: rows(decay, head, 1), strength: rows(strength, head, 1))
  }

  private func rows(_ all: TokenVectors, _ head: Int, _ width: Int) -> [Double] {
    all.positions.indices.flatMap { all.row($0 - all.positions.lowerBound)[columns: head * width..<(head + 1) * width] }
  }

  /// x/√(Σx² + 1e-6), times a factor.
  private func lengthOne(_ all: TokenVectors, _ head: Int, factor: Double) -> [Double] {
    let width = rule.keyDimension
    var result = rows(all, head, width)
    for start in stride(from: 0, to: result.count, by: width) {
      let squares = result[start..<start + width].reduce(0) { $0 + $1 * $1 }
      for index in start..<start + width { result[index] *= factor / (squares + 1e-6).squareRoot() }
    }
    return result
  }
}

/// A small tensor with its change, which is switched on token by token.
struct ReferenceNumbers {
  let base: [Float]
  let change: [Float]?
  let mask: [Double]?

  /// An element as a token has it.
  func value(_ index: Int, at position: Int) -> Double {
    Double(base[index]) + (mask?[position] ?? 1) * Double(change?[index] ?? 0)
  }
}

extension ReferenceModel {
  /// A tensor of a recurrence.
  func numbers(_ name: String, _ shape: [Int]) throws(CheckpointError) -> ReferenceNumbers {
    ReferenceNumbers(
      base: try model.numbers(name, shape: shape), change: adaptation?.numbers[name], mask: masks.common.other)
  }

  /// A causal convolution over the tokens, every channel by itself.
  fileprivate func convolve(
    _ x: TokenVectors, _ convolution: DepthwiseConvolution
  ) throws(CheckpointError) -> TokenVectors {
    let numbers = convolution.numbers
    let weight = try self.numbers(numbers[0].name, numbers[0].shape)
    let bias = convolution.hasBias ? try self.numbers(numbers[1].name, numbers[1].shape) : nil
    var y = x
    for (row, position) in x.positions.enumerated() {
      for channel in 0..<x.width {
        var sum = bias?.value(channel, at: position) ?? 0
        for place in 0..<convolution.kernel {
          let source = row - convolution.kernel + 1 + place
          guard source >= 0 else { continue }
          sum +=
            weight.value(channel * convolution.kernel + place, at: position) * x.values[source * x.width + channel]
        }
        y.values[row * x.width + channel] = sum
      }
    }
    return y
  }
}

extension TokenVectors {
  /// A function of every value.
  func mapped(_ function: (Double) -> Double) -> TokenVectors {
    TokenVectors(positions: positions, width: width, values: values.map(function))
  }
}

extension ArraySlice<Double> {
  /// Some columns of a row.
  fileprivate subscript(columns columns: Range<Int>) -> ArraySlice<Double> {
    self[startIndex + columns.lowerBound..<startIndex + columns.upperBound]
  }
}
