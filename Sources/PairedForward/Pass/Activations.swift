import Architectures
import LinearAlgebra
import Vocabulary

/// What a batch keeps of the base between the steps of a layer: a row a token. It exists once, whatever the number of runs.
struct Activations: Sendable {
  /// Residual stream, (rows, hidden).
  let stream: Matrix
  /// Queries, keys and values side by side as the kernel receives them, (rows, q + k + v).
  let queryKeyValue: Matrix
  /// z: the heads' outputs side by side, (rows, heads · valueDimension).
  let heads: Matrix
  /// The stream that enters the first layer, (rows, hidden), where layers are given something made of it.
  let embedded: Matrix?
  /// Keys and values that further layers read.
  let shared: SharedKeys

  init(_ batch: Batch, _ description: ModelDescription) {
    stream = Matrix(rows: batch.rows, columns: description.hiddenSize)
    queryKeyValue = Matrix(rows: batch.rows, columns: description.mixedWidth.inputs)
    heads = Matrix(rows: batch.rows, columns: description.mixedWidth.outputs)
    embedded = description.layerInputs.map { _ in Matrix(rows: batch.rows, columns: description.hiddenSize) }
    shared = SharedKeys(rows: batch.rows, description)
  }
}

extension ModelDescription {
  /// The most that what mixes the tokens of a layer reads of a token, and that it gives.
  var mixedWidth: (inputs: Int, outputs: Int) {
    let shapes = layers.map { AttentionColumns($0.attention) }
    let inputs = shapes.map(\.total) + recurrences.map { $0.inputs.reduce(0) { $0 + $1.outputs } }
    let outputs = shapes.map(\.output.count) + recurrences.map(\.output.inputs)
    return (inputs.max() ?? 0, outputs.max() ?? 0)
  }
}

/// Where queries, keys and values stand in the columns of a row.
struct AttentionColumns: Sendable {
  let query: Range<Int>
  let key: Range<Int>
  let value: Range<Int>
  /// Of the gates of the heads' outputs; empty where there are none.
  let gate: Range<Int>
  /// Of the heads' outputs, which stand by themselves.
  let output: Range<Int>

  init(_ attention: AttentionDescription) {
    query = 0..<attention.queryHeads * attention.headDimension
    key = query.upperBound..<query.upperBound + attention.keyValueHeads * attention.headDimension
    value = key.upperBound..<key.upperBound + attention.keyValueHeads * attention.valueDimension
    output = 0..<attention.queryHeads * attention.valueDimension
    gate = value.upperBound..<value.upperBound + (attention.gate?.rows.count ?? 0)
  }

  var total: Int { gate.upperBound }

  /// The columns of an operand in one query head.
  func head(_ head: Int, _ operand: Operand, _ attention: AttentionDescription) -> Range<Int> {
    let width = operand == .value ? attention.valueDimension : attention.headDimension
    let group = operand == .query ? head : head / (attention.queryHeads / attention.keyValueHeads)
    let start = operand == .query ? query.lowerBound : operand == .key ? key.lowerBound : value.lowerBound
    return start + group * width..<start + (group + 1) * width
  }

  /// The columns of a query head's output.
  func output(_ head: Int, _ attention: AttentionDescription) -> Range<Int> {
    head * attention.valueDimension..<(head + 1) * attention.valueDimension
  }
}
