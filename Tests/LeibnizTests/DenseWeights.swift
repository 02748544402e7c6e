import Architectures
import Checkpoints
import Leibniz
import LinearAlgebra
import Results
import Testing

/// The plain way: whole matrices of hidden × hidden in double precision, of a model that is small enough.
struct DenseWeights {
  let pair: ModelPair
  let foldsNorm: Bool

  /// W and dW of a projection, (outputs, inputs).
  func projection(
    _ projection: Projection, norm: Norm? = nil
  ) throws -> (weight: DoubleMatrix, change: DoubleMatrix) {
    let linear = projection.linear
    let (rows, inputs) = (projection.rows.runs.flatMap(Array.init), linear.inputs)
    let all = RowSelection(0..<linear.outputs)
    let floats = Matrix(rows: linear.outputs, columns: inputs)
    try pair.model.weight(linear, rows: all, into: floats.elements)
    var gain = [Double](repeating: 1, count: inputs)
    var gainChange = [Double](repeating: 0, count: inputs)
    if foldsNorm, let norm, !norm.modules.isEmpty {
      gain = try pair.model.gain(norm).map(Double.init)
      if let change = pair.adaptation.norms[norm.modules[0]]?.gain { gainChange = change.map(Double.init) }
    }
    var formed = [Double](repeating: 0, count: linear.outputs * inputs)
    let change = pair.adaptation.linears[linear.module]
    if let dense = change?.dense {
      let target = Matrix(rows: linear.outputs, columns: inputs)
      try dense.form(all, target.elements)
      for index in formed.indices { formed[index] = Double(target.elements[index]) }
    }
    for part in change?.lowRank ?? [] {
      for row in 0..<linear.outputs {
        for column in 0..<inputs {
          formed[row * inputs + column] += (0..<part.rank).reduce(0) {
            $0 + part.scale * Double(part.b[row * part.rank + $1]) * Double(part.a[$1 * inputs + column])
          }
        }
      }
    }
    var weight = DoubleMatrix(rows: rows.count, columns: inputs)
    var delta = weight
    for column in 0..<inputs {
      for (index, row) in rows.enumerated() {
        let old = Double(floats.elements[row * inputs + column])
        let new = (old + formed[row * inputs + column]) * (gain[column] + gainChange[column])
        weight.elements[column * rows.count + index] = old * gain[column]
        // Without a gain the change is taken as it is: a difference of large numbers would lose it.
        delta.elements[column * rows.count + index] =
          gainChange[column] == 0 ? formed[row * inputs + column] * gain[column] : new - old * gain[column]
      }
    }
    return (weight, delta)
  }

  /// The form of a head, and its three terms, (hidden, hidden).
  func form(_ kind: FormKind, layer: Int, head: Int) throws -> (base: DoubleMatrix, terms: [DoubleMatrix]) {
    let layer = pair.model.description.layers[layer]
    let attention = layer.attention
    let width = attention.headDimension
    let keyHead = head / (attention.queryHeads / attention.keyValueHeads)
    func slice(_ matrix: DoubleMatrix, _ head: Int) -> DoubleMatrix {
      var result = DoubleMatrix(rows: width, columns: matrix.columns)
      for column in 0..<matrix.columns {
        for row in 0..<width {
          result.elements[column * width + row] = matrix.elements[column * matrix.rows + head * width + row]
        }
      }
      return result
    }
    switch kind {
    case .qk:
      let query = try projection(attention.query, norm: layer.attentionInputNorm)
      let key = try projection(attention.key, norm: layer.attentionInputNorm)
      func product(_ q: DoubleMatrix, _ k: DoubleMatrix) -> DoubleMatrix {
        slice(q, head).times(slice(k, keyHead), transposed: true, scaledBy: attention.scale)
      }
      return (
        product(query.weight, key.weight),
        [product(query.weight, key.change), product(query.change, key.weight), product(query.change, key.change)]
      )
    case .ov:
      let output = try projection(Projection(attention.output))
      let value = try projection(attention.value, norm: layer.attentionInputNorm)
      func product(_ o: DoubleMatrix, _ v: DoubleMatrix) -> DoubleMatrix {
        o.columns(head * width..<(head + 1) * width).times(slice(v, keyHead))
      }
      return (
        product(output.weight, value.weight),
        [
          product(output.weight, value.change), product(output.change, value.weight),
          product(output.change, value.change),
        ]
      )
    }
  }
}
