import Architectures
import LinearAlgebra
import Safetensors

/// Changes of a linear layer that are not a plain low-rank product.
extension AdapterReader {
  /// Adds what the adapter's other tensors and its initialisation do to the weight.
  func applyDense(
    _ roles: [AdapterTensors.Role: Tensor], to change: inout LinearChange, _ linear: Linear
  ) throws(CheckpointError) {
    let isDoRA = configuration.usesDoRA && !change.lowRank.isEmpty
    if let magnitude = roles[.magnitude], !isDoRA {
      throw .unexpectedTensor(
        file: magnitude.file, tensor: magnitude.name,
        reason: "a magnitude needs use_dora and a low-rank part beside it")
    }
    var sources: [(tensor: Tensor, change: DenseChange)] = []
    if let saved = roles[.weight], let dense = try replacement(saved, linear) { sources.append((saved, dense)) }
    if let trained = roles[.tokens] { sources.append((trained, try trainedRows(trained, linear))) }
    if sources.count > 1 || (!sources.isEmpty && (isDoRA || configuration.initialization != .plain)) {
      throw .unexpectedTensor(
        file: sources[0].tensor.file, tensor: sources[0].tensor.name,
        reason: "the module's weight is changed in a second way, and the combination is not supported")
    }
    change.dense = sources.first?.change
    guard let part = change.lowRank.first else { return }
    let product = RankProduct(part, inputs: linear.inputs)
    let removed = try leadingPart(linear, rank: part.rank, scale: part.scale)
    if isDoRA {
      change.dense = try doRA([product] + [removed].compactMap(\.self), roles[.magnitude], linear)
      change.lowRank = []
    } else if let removed, configuration.invocationTokens == nil {
      // Most of B·A is the leading part again: their difference is formed in double precision.
      change.dense = DenseChange(inputs: linear.inputs) { row, target in
        product.add(row: row, to: target)
        removed.add(row: row, to: target)
      }
      change.lowRank = []
    } else if let removed {
      // An Activated LoRA's mask covers B·A, and the base without its leading part acts everywhere.
      change.dense = DenseChange(inputs: linear.inputs) { row, target in removed.add(row: row, to: target) }
    }
  }

  /// A whole weight in the base's place, nil where nothing differs.
  private func replacement(_ saved: Tensor, _ linear: Linear) throws(CheckpointError) -> DenseChange? {
    try check(saved, storedShape(linear), of: linear.module)
    let old = try base.checkpoint.weight(linear).store
    if try isBase(saved, old, in: linear.module) { return nil }
    let isShared =
      linear == head && base.isHeadTied && !configuration.saves(tensors.spellings(of: head.module))
    if isShared, tensors.modules[description.embedding.tokens.module]?[.weight] == nil {
      throw .unexpectedTensor(
        file: saved.file, tensor: saved.name,
        reason: "it differs from the base's token table, which is the same tensor there and is not changed")
    }
    return .replacing(
      linear, of: base, by: StoredWeight(store: saved, linear: linear), rows: outputs(of: linear))
  }

  /// Whether a weight's rows that both have are the base's values, be they stored in another type.
  private func isBase(
    _ saved: Tensor, _ old: any WeightStore, in module: String
  ) throws(CheckpointError) -> Bool {
    guard base.isStored(module) else { return false }
    return try readingWeights { () throws(SafetensorsError) in
      try saved.hasEqualValues(0..<min(saved.count, old.count), to: old)
    }
  }

  private func doRA(
    _ parts: [RankProduct], _ magnitude: Tensor?, _ linear: Linear
  ) throws(CheckpointError) -> DenseChange {
    guard let magnitude else {
      throw missing(
        "\(tensors.spelledPath(of: linear.module)).lora_magnitude_vector", [linear.outputs], because: "use_dora")
    }
    try check(magnitude, [linear.outputs], of: linear.module)
    return .doRA(parts, magnitudes: try floats(magnitude), linear, of: base)
  }

  /// PiSSA and OLoRA start from the leading part of W and take it out of the base. PiSSA (Meng et al., 2024):
  /// U_r S_r V_rᵀ; OLoRA (Büyükakyüz, 2024): s·Q_r R_r. Nil for other initialisations.
  private func leadingPart(_ linear: Linear, rank: Int, scale: Double) throws(CheckpointError) -> RankProduct? {
    guard configuration.initialization != .plain else { return nil }
    let (rows, columns) = (linear.outputs, linear.inputs)
    let failure = CheckpointError.decomposition(module: linear.module, shape: [rows, columns], rank: rank)
    // OLoRA decomposes the weight as it is stored, which fits no adapter when that is transposed.
    guard configuration.initialization == .pissa || !linear.isTransposed else { throw failure }
    let values = try base.doubles(linear, rows: RowSelection(0..<rows))
    let isPiSSA = configuration.initialization == .pissa
    let leading =
      isPiSSA
      ? leadingSingularPart(values, rows: rows, columns: columns, rank: rank)
      : leadingOrthogonalPart(values, rows: rows, columns: columns, rank: rank)
    guard let leading else { throw failure }
    return RankProduct(
      rank: rank, inputs: columns, scale: isPiSSA ? -1 : -scale, left: leading.left, right: leading.right)
  }
}

extension DenseChange {
  /// DoRA (Liu et al., 2024): W′ = diag(m/n)·(W + dW) with n the norms of the rows of W + dW, so
  /// W′ − W = (m/n)·dW + W·(m − n)/n: a tiny change is never a difference of large weights.
  static func doRA(
    _ parts: [RankProduct], magnitudes: [Float], _ linear: Linear, of base: Model
  ) -> DenseChange {
    DenseChange { rows, target throws(CheckpointError) in
      var next = target
      for piece in rows.pieces {
        let weights = try base.doubles(linear, rows: piece)
        var deltas = [Double](repeating: 0, count: weights.count)
        try deltas.fill { start throws(CheckpointError) in
          for (index, row) in piece.runs.joined().enumerated() {
            for part in parts { part.add(row: row, to: start + index * linear.inputs) }
          }
        }
        for (index, row) in piece.runs.joined().enumerated() {
          let columns = index * linear.inputs..<(index + 1) * linear.inputs
          let norm = columns.reduce(0) { $0 + (weights[$1] + deltas[$1]) * (weights[$1] + deltas[$1]) }.squareRoot()
          guard norm > 0 else { throw .zeroRow(module: linear.module, row: row) }
          let stretch = Double(magnitudes[row]) / norm
          let excess = (Double(magnitudes[row]) - norm) / norm
          for column in columns { next[column] = Float(stretch * deltas[column] + excess * weights[column]) }
        }
        next += weights.count
      }
    }
  }
}
