import Architectures
import LinearAlgebra

/// What a batch keeps between the steps of a layer: base matrices with a row a token, delta matrices with a row a token
/// that can change.
struct Activations: Sendable {
  /// Residual stream, (rows, hidden).
  let stream: Matrix
  /// Its delta, (delta rows, hidden).
  let streamDelta: Matrix
  /// Queries, keys and values side by side as the kernel receives them, (rows, q + k + v).
  let queryKeyValue: Matrix
  /// Their deltas.
  let queryKeyValueDelta: Matrix
  /// z: the heads' outputs side by side, (rows, heads · headDimension).
  let heads: Matrix
  /// dz.
  let headsDelta: Matrix

  init(_ batch: Batch, _ description: ModelDescription) {
    let shapes = description.layers.map { AttentionColumns($0.attention) }
    let width = shapes.map(\.total).max() ?? 0
    let headWidth = shapes.map(\.query.count).max() ?? 0
    stream = Matrix(rows: batch.rows, columns: description.hiddenSize)
    streamDelta = Matrix(rows: batch.deltaRows, columns: description.hiddenSize)
    queryKeyValue = Matrix(rows: batch.rows, columns: width)
    queryKeyValueDelta = Matrix(rows: batch.deltaRows, columns: width)
    heads = Matrix(rows: batch.rows, columns: headWidth)
    headsDelta = Matrix(rows: batch.deltaRows, columns: headWidth)
  }
}

/// Where queries, keys and values stand in the columns of a row.
struct AttentionColumns: Sendable {
  let query: Range<Int>
  let key: Range<Int>
  let value: Range<Int>

  init(_ attention: AttentionDescription) {
    query = 0..<attention.queryHeads * attention.headDimension
    key = query.upperBound..<query.upperBound + attention.keyValueHeads * attention.headDimension
    value = key.upperBound..<key.upperBound + key.count
  }

  var total: Int { value.upperBound }
}
