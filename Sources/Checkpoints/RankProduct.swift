import Architectures

/// scale·left·right in double precision, with left (outputs, rank) and right (rank, inputs), formed row by row.
struct RankProduct: Sendable {
  let rank: Int
  let inputs: Int
  let scale: Double
  let left: [Double]
  let right: [Double]

  init(rank: Int, inputs: Int, scale: Double, left: [Double], right: [Double]) {
    self.rank = rank
    self.inputs = inputs
    self.scale = scale
    self.left = left
    self.right = right
  }

  /// The product of a low-rank part.
  init(_ part: LowRank, inputs: Int) {
    self.init(
      rank: part.rank, inputs: inputs, scale: part.scale, left: part.b.map(Double.init),
      right: part.a.map(Double.init))
  }

  /// Adds a row to what stands at the target.
  func add(row: Int, to target: UnsafeMutablePointer<Double>) {
    right.withUnsafeBufferPointer { right in
      for inner in 0..<rank {
        let factor = scale * left[row * rank + inner]
        guard factor != 0 else { continue }
        for column in 0..<inputs { target[column] += factor * right[inner * inputs + column] }
      }
    }
  }
}

extension LinearChange {
  /// Adds rows of dW to rows of a weight.
  func add(to values: inout [Double], _ linear: Linear, rows: RowSelection) throws(CheckpointError) {
    if let dense {
      var formed = [Float](repeating: 0, count: values.count)
      try formed.fill { target throws(CheckpointError) in try dense.form(rows, target) }
      for index in values.indices { values[index] += Double(formed[index]) }
    }
    let products = lowRank.map { RankProduct($0, inputs: linear.inputs) }
    try values.fill { target throws(CheckpointError) in
      for (index, row) in rows.runs.joined().enumerated() {
        for product in products { product.add(row: row, to: target + index * linear.inputs) }
      }
    }
  }
}

extension DenseChange {
  /// A change that is formed in double precision row by row and rounded once: `form` adds a row of it to zeros.
  init(
    inputs: Int, form: @escaping @Sendable (_ row: Int, _ into: UnsafeMutablePointer<Double>) -> Void
  ) {
    self.init { rows, target throws(CheckpointError) in
      var delta = [Double](repeating: 0, count: inputs)
      for (index, row) in rows.runs.joined().enumerated() {
        try delta.fill { scratch throws(CheckpointError) in
          scratch.update(repeating: 0, count: inputs)
          form(row, scratch)
        }
        for column in 0..<inputs { target[index * inputs + column] = Float(delta[column]) }
      }
    }
  }
}
