import Architectures
import Safetensors
import StrictJSON

/// Changes of embedding tables.
extension AdapterReader {
  /// A saved table, trained rows or a low-rank part.
  func change(
    _ table: Embedding, _ roles: [AdapterTensors.Role: Tensor], in result: inout Adaptation
  ) throws(CheckpointError) {
    if let down = roles[.embeddingDown], let up = roles[.embeddingUp] {
      result.embeddings[table.module] = try lowRank(table, down: down, up: up)
    } else if let saved = roles[.weight] {
      try check(saved, [table.rows, table.columns])
      result.embeddings[table.module] = EmbeddingChange.replacing(table, of: base, rows: nil) {
        row throws(SafetensorsError) in try saved.floats(row * table.columns..<(row + 1) * table.columns)
      }
    } else if let trained = roles[.tokens] {
      try trainedRows(table, trained, in: &result)
    } else if let stray = roles.values.first {
      throw .unexpectedTensor(
        file: stray.file, tensor: stray.name, reason: "an embedding cannot have such a tensor, or its partner is missing")
    }
  }

  /// dW = s·(B·A)ᵀ with A (rank, rows) and B (columns, rank).
  private func lowRank(_ table: Embedding, down: Tensor, up: Tensor) throws(CheckpointError) -> EmbeddingChange {
    let rank = configuration.rank(of: table.module)
    try check(down, [rank, table.rows])
    try check(up, [table.columns, rank])
    let (a, b) = (try floats(down), try floats(up))
    let scale = configuration.scale(of: table.module)
    return EmbeddingChange(isLowRank: true, rows: nil) { row, target throws(CheckpointError) in
      for column in 0..<table.columns {
        var sum = 0.0
        for inner in 0..<rank { sum += Double(b[column * rank + inner]) * Double(a[inner * table.rows + row]) }
        target[column] = Float(scale * sum)
      }
    }
  }

  /// `trainable_token_indices`: listed rows are replaced; in a tied model the head's too (PEFT,
  /// `set_additional_trainable_modules`).
  private func trainedRows(
    _ table: Embedding, _ trained: Tensor, in result: inout Adaptation
  ) throws(CheckpointError) {
    let indices = try tokenIndices(of: table)
    try check(trained, [indices.count, table.columns])
    if let stray = indices.first(where: { !(0..<table.rows).contains($0) }) {
      throw .configuration(
        configuration.reader.error("trainable_token_indices", "token \(stray) is outside the vocabulary of \(table.rows)"))
    }
    let values = try floats(trained)
    var place: [Int: Int] = [:]
    for (index, token) in indices.enumerated() { place[token] = index }
    let columns = table.columns
    let places = place
    let change = EmbeddingChange.replacing(table, of: base, rows: Set(indices)) { row throws(SafetensorsError) in
      let start = (places[row] ?? 0) * columns
      return Array(values[start..<start + columns])
    }
    result.embeddings[table.module] = change
    guard description.head.isTied, table == description.embedding.tokens else { return }
    var head = result.linears[description.head.linear.module] ?? LinearChange()
    head.dense = DenseChange { rows, target throws(CheckpointError) in
      for (index, row) in rows.runs.joined().enumerated() {
        let start = target + index * columns
        if places[row] == nil { start.update(repeating: 0, count: columns) } else { try change.form(row, start) }
      }
    }
    result.linears[description.head.linear.module] = head
  }

  private func tokenIndices(of table: Embedding) throws(CheckpointError) -> [Int] {
    let reader = configuration.reader
    return try readingConfiguration { () throws(JSONMemberError) in
      guard case .object = reader["trainable_token_indices"] else {
        return try reader.optionalIntegers("trainable_token_indices") ?? []
      }
      let byModule = try reader.optionalObject("trainable_token_indices")
      let name = byModule?.object.members.map(\.name).first { table.module == $0 || table.module.hasSuffix(".\($0)") }
      return try name.flatMap { name throws(JSONMemberError) in try byModule?.optionalIntegers(name) } ?? []
    }
  }
}

extension EmbeddingChange {
  /// Rows that another table's rows replace.
  static func replacing(
    _ table: Embedding, of base: Model, rows: Set<Int>?,
    by newRow: @escaping @Sendable (Int) throws(SafetensorsError) -> [Float]
  ) -> EmbeddingChange {
    EmbeddingChange(isLowRank: false, rows: rows) { row, target throws(CheckpointError) in
      try base.row(row, of: table, into: target)
      let new = try readingWeights { () throws(SafetensorsError) in try newRow(row) }
      for column in 0..<table.columns { target[column] = Float(Double(new[column]) - Double(target[column])) }
    }
  }

  /// Writes the change of one row into an array.
  func row(_ row: Int, into target: inout [Float]) throws(CheckpointError) {
    var failure: CheckpointError?
    target.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      do throws(CheckpointError) { try form(row, start) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
