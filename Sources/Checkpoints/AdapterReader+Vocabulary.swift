import Architectures
import Safetensors

/// Adapters of a base whose vocabulary was resized: PEFT saves its table and its head whole.
extension AdapterReader {
  /// Rows of the adapted model's table: those of a saved token table, else the base's.
  func rows(of table: Embedding) -> Int {
    table == description.embedding.tokens ? savedRows(table.module, columns: table.columns) ?? table.rows : table.rows
  }

  /// Outputs of the adapted model's layer: a saved head's rows, those of a saved table that it shares, else the base's.
  func outputs(of linear: Linear) -> Int {
    guard linear == head, !linear.isTransposed else { return linear.outputs }
    return headWeight?.shape.first ?? linear.outputs
  }

  /// What the adapted model's vocabulary has that the base's has not; nil where both have the same rows.
  /// - Throws: ``CheckpointError`` for new rows whose values do not follow from the files.
  func vocabulary() throws(CheckpointError) -> VocabularyChange? {
    let (head, table, count) = (head, description.embedding.tokens, outputs(of: head))
    guard rows(of: table) != table.rows || count != head.outputs else { return nil }
    let weight = headWeight.map { StoredWeight(store: $0, linear: head) }
    let product = try newRows(count)
    var bias: [Float]?
    if count > head.outputs, head.hasBias {
      guard let saved = tensors.modules[head.module]?[.bias] else {
        throw missing("\(tensors.spelledPath(of: head.module)).bias", [count], because: "the saved head")
      }
      bias = Array(try floats(saved)[head.outputs...])
    }
    return VocabularyChange(tableRows: rows(of: table), headRows: count, headBias: bias, base: description) {
      rows, target throws(CheckpointError) in
      try readingWeights { () throws(SafetensorsError) in try weight?.widen(RowSelection(rows), into: target) }
      guard let product else { return }
      var delta = [Double](repeating: 0, count: head.inputs)
      for (index, row) in rows.enumerated() {
        try delta.fill { start throws(CheckpointError) in
          start.update(repeating: 0, count: head.inputs)
          product.add(row: row, to: start)
        }
        for column in delta.indices {
          target[index * head.inputs + column] = Float(Double(target[index * head.inputs + column]) + delta[column])
        }
      }
    }
  }

  /// The low-rank part of a head that has new rows.
  private func newRows(_ count: Int) throws(CheckpointError) -> RankProduct? {
    let roles = tensors.modules[head.module] ?? [:]
    guard count > head.outputs, let down = roles[.down], let up = roles[.up] else { return nil }
    if configuration.invocationTokens != nil || roles[.upBias] != nil || configuration.initialization != .plain {
      throw .unexpectedTensor(
        file: up.file, tensor: up.name,
        reason: """
          it has \(count) rows where the base has \(head.outputs), and of a resized head only a plain LoRA without a bias of \
          its own is supported; resize the base's vocabulary, save it, and give that as the base
          """)
    }
    let (rank, scale) = (down.shape.first ?? 0, configuration.scale(of: tensors.spellings(of: head.module)))
    return RankProduct(
      LowRank(rank: rank, scale: scale, a: try floats(down), b: try floats(up)), inputs: head.inputs)
  }

  /// A whole weight of the head: its own, or that of a table which it shares.
  private var headWeight: Tensor? {
    let table = description.embedding.tokens
    let saved = [
      head.module,
      sharesHead(table) && !configuration.saves(tensors.spelledPath(of: table.module)) ? table.module : nil,
    ]
    return saved.compactMap { $0.flatMap { tensors.modules[$0]?[.weight] } }.first { $0.shape.last == head.inputs }
  }

  private func savedRows(_ module: String, columns: Int) -> Int? {
    guard let saved = tensors.modules[module]?[.weight], saved.shape.count == 2, saved.shape[1] == columns else {
      return nil
    }
    return saved.shape[0]
  }
}
