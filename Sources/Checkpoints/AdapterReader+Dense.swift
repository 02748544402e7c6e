import Architectures
import LinearAlgebra
import Safetensors

/// Changes that are not a plain low-rank product.
extension AdapterReader {
  /// DoRA (Liu et al., 2024): W′ = diag(m/n)·(W + dW) with n the norms of the rows of W + dW, so
  /// W′ − W = (m/n)·dW + W·(m − n)/n: a tiny change is never a difference of large weights.
  func doRA(
    _ change: LinearChange, magnitude: Tensor, _ linear: Linear
  ) throws(CheckpointError) -> LinearChange {
    guard !change.lowRank.isEmpty, change.dense == nil else {
      throw .unexpectedTensor(
        file: magnitude.file, tensor: magnitude.name, reason: "a magnitude needs a low-rank part beside it")
    }
    let magnitudes = try floats(magnitude)
    let (base, parts) = (base, change.lowRank)
    var result = change
    result.lowRank = []
    result.dense = DenseChange { rows, target throws(CheckpointError) in
      try base.weight(linear, rows: rows, into: target)
      var delta = [Double](repeating: 0, count: linear.inputs)
      for (index, row) in rows.runs.joined().enumerated() {
        let weights = target + index * linear.inputs
        delta.setProduct(of: parts, row: row)
        var square = 0.0
        for column in delta.indices {
          let sum = Double(weights[column]) + delta[column]
          square += sum * sum
        }
        let norm = square.squareRoot()
        let stretch = Double(magnitudes[row]) / norm
        let excess = (Double(magnitudes[row]) - norm) / norm
        for column in delta.indices {
          weights[column] = Float(stretch * delta[column] + excess * Double(weights[column]))
        }
      }
    }
    if parts.contains(where: { $0.bias != nil }) {
      throw .unexpectedTensor(file: magnitude.file, tensor: magnitude.name, reason: "lora_bias beside a DoRA is not supported")
    }
    return result
  }

  /// PiSSA and OLoRA start from the leading part of W, which they take out of the base: that part is a second low-rank
  /// change. PiSSA (Meng et al., 2024): U_r S_r V_rᵀ; OLoRA (Büyükakyüz, 2024): s·Q_r R_r.
  func apply(
    _ initialization: AdapterConfiguration.Initialization, to change: inout LinearChange, _ linear: Linear
  ) throws(CheckpointError) {
    guard initialization != .plain, let part = change.lowRank.first else { return }
    let weight = Matrix(rows: linear.outputs, columns: linear.inputs)
    try base.weight(linear, rows: RowSelection(0..<linear.outputs), into: weight.elements)
    let values = (0..<linear.outputs * linear.inputs).map { Double(weight.elements[$0]) }
    let leading =
      initialization == .pissa
      ? leadingSingularPart(values, rows: linear.outputs, columns: linear.inputs, rank: part.rank)
      : leadingOrthogonalPart(values, rows: linear.outputs, columns: linear.inputs, rank: part.rank)
    guard let leading else {
      throw .invalid(
        file: linear.module, found: "its decomposition for the adapter's initialisation does not converge or its rank is too large",
        advice: "Convert the adapter to a plain LoRA when saving it.")
    }
    change.lowRank.append(
      LowRank(
        rank: part.rank, scale: initialization == .pissa ? -1 : -part.scale,
        a: leading.right.map(Float.init), b: leading.left.map(Float.init)))
  }
}

extension LinearChange {
  /// Adds rows of dW to rows of a weight, each sum formed in double.
  func add(
    to target: UnsafeMutablePointer<Float>, _ linear: Linear, rows: RowSelection
  ) throws(CheckpointError) {
    var product = [Double](repeating: 0, count: linear.inputs)
    let formed = dense == nil ? nil : Matrix(rows: rows.count, columns: linear.inputs)
    if let formed { try dense?.form(rows, formed.elements) }
    for (index, row) in rows.runs.joined().enumerated() {
      product.setProduct(of: lowRank, row: row)
      let weights = target + index * linear.inputs
      for column in product.indices {
        let extra = formed.map { Double($0.view[index][column]) } ?? 0
        weights[column] = Float(Double(weights[column]) + product[column] + extra)
      }
    }
  }
}

extension [Double] {
  /// A row of Σ scale·B·A.
  fileprivate mutating func setProduct(of parts: [LowRank], row: Int) {
    for column in indices { self[column] = 0 }
    for part in parts {
      for inner in 0..<part.rank {
        let factor = part.scale * Double(part.b[row * part.rank + inner])
        guard factor != 0 else { continue }
        for column in indices { self[column] += factor * Double(part.a[inner * count + column]) }
      }
    }
  }
}
