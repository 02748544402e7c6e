import Architectures
import Safetensors
import StrictJSON

/// Changes of embedding tables, and of the head where it is the same tensor.
extension AdapterReader {
  /// A saved table, trained rows or a low-rank part.
  func change(
    _ table: Embedding, _ roles: [AdapterTensors.Role: Tensor], in result: inout Adaptation
  ) throws(CheckpointError) {
    var changes: [(tensor: Tensor, change: EmbeddingChange)] = []
    if let down = roles[.embeddingDown], let up = roles[.embeddingUp] {
      changes.append((down, try lowRank(table, down: down, up: up, magnitude: roles[.magnitude])))
    } else if let lone = roles[.embeddingDown] ?? roles[.embeddingUp] {
      throw .unexpectedTensor(
        file: lone.file, tensor: lone.name, reason: "its partner (lora_embedding_A or _B) is missing")
    }
    if let saved = roles[.weight], let change = try replacement(saved, table, in: &result) {
      changes.append((saved, change))
    }
    if let trained = roles[.tokens] {
      changes.append((trained, try trainedRows(trained, table, in: &result)))
    }
    let known: Set<AdapterTensors.Role> = [.embeddingDown, .embeddingUp, .magnitude, .weight, .tokens]
    if let stray = roles.first(where: { !known.contains($0.key) })?.value {
      throw .unexpectedTensor(file: stray.file, tensor: stray.name, reason: "a table cannot have such a tensor")
    }
    if let magnitude = roles[.magnitude], roles[.embeddingDown] == nil {
      throw .unexpectedTensor(
        file: magnitude.file, tensor: magnitude.name, reason: "a magnitude needs a low-rank part beside it")
    }
    if changes.count > 1 {
      throw .unexpectedTensor(
        file: changes[1].tensor.file, tensor: changes[1].tensor.name,
        reason: "the table is changed in a second way, and the combination is not supported")
    }
    result.embeddings[table.module] = changes.first?.change
  }

  /// dE = s·(B·A)ᵀ with A (rank, rows) and B (columns, rank).
  private func lowRank(
    _ table: Embedding, down: Tensor, up: Tensor, magnitude: Tensor?
  ) throws(CheckpointError) -> EmbeddingChange {
    let path = tensors.spelledPath(of: table.module)
    let rank = configuration.rank(of: tensors.spellings(of: table.module))
    guard configuration.initialization == .plain else {
      throw .configuration(
        configuration.reader.error("init_lora_weights", "\(path) is a table, which only a plain LoRA can adapt"))
    }
    guard !configuration.hasLoRABias else {
      throw .configuration(
        configuration.reader.error("lora_bias", "\(path) is a table, for which PEFT refuses it"))
    }
    let rows = rows(of: table)
    try check(down, [rank, rows], of: table.module, Self.rankMembers)
    try check(up, [table.columns, rank], of: table.module, Self.rankMembers)
    let product = TableProduct(
      rank: rank, rows: rows, table: table, scale: configuration.scale(of: tensors.spellings(of: table.module)),
      a: try floats(down), b: try floats(up))
    if configuration.usesDoRA { return try doRA(product, magnitude) }
    if let magnitude {
      throw .unexpectedTensor(file: magnitude.file, tensor: magnitude.name, reason: "a magnitude needs use_dora")
    }
    return EmbeddingChange(isLowRank: true, rows: nil) { row, target throws(CheckpointError) in
      for (column, value) in product.row(row).enumerated() { target[column] = Float(value) }
    }
  }

  /// DoRA of a table (PEFT, `DoraEmbeddingVariant`): a magnitude for each column, n its norm over all tokens.
  private func doRA(_ product: TableProduct, _ magnitude: Tensor?) throws(CheckpointError) -> EmbeddingChange {
    let table = product.table
    guard let magnitude else {
      let path = tensors.spelledPath(of: table.module)
      throw missing("\(path).lora_magnitude_vector", [table.columns], because: "use_dora")
    }
    try check(magnitude, [table.columns], of: table.module)
    let magnitudes = try floats(magnitude).map(Double.init)
    let base = base
    var squares = [Double](repeating: 0, count: table.columns)
    for row in 0..<min(table.rows, product.rows) {
      let (old, delta) = (try base.doubles(row: row, of: table), product.row(row))
      for column in squares.indices { squares[column] += (old[column] + delta[column]) * (old[column] + delta[column]) }
    }
    let norms = squares.map { $0.squareRoot() }
    if let column = norms.firstIndex(of: 0) { throw .zeroRow(module: table.module, row: column) }
    return EmbeddingChange(isLowRank: true, rows: nil) { row, target throws(CheckpointError) in
      let (old, delta) = (try base.doubles(row: row, of: table), product.row(row))
      for column in norms.indices {
        let (m, n) = (magnitudes[column], norms[column])
        target[column] = Float(m / n * delta[column] + (m - n) / n * old[column])
      }
    }
  }

  /// A whole table in the base's place, nil where nothing differs. One of `modules_to_save` is a copy of its own; one
  /// that PEFT saved unasked is loaded into the base's tensor, which a tied head shares.
  private func replacement(
    _ saved: Tensor, _ table: Embedding, in result: inout Adaptation
  ) throws(CheckpointError) -> EmbeddingChange? {
    try check(saved, [rows(of: table), table.columns], of: table.module)
    guard let change = try EmbeddingChange.replacing(table, of: base, by: saved) else { return nil }
    guard sharesHead(table), !configuration.saves(tensors.spellings(of: table.module)) else { return change }
    if let other = tensors.modules[head.module]?[.weight], !other.isIdentical(to: saved) {
      throw .unexpectedTensor(
        file: other.file, tensor: other.name,
        reason: "it differs from \(saved.name), though the two are one tensor in the base")
    }
    var headChange = result.linears[head.module] ?? LinearChange()
    headChange.dense = .replacing(
      head, of: base, by: StoredWeight(store: saved, linear: head), rows: rows(of: table))
    result.linears[head.module] = headChange
    return change
  }

  func sharesHead(_ table: Embedding) -> Bool {
    base.isHeadTied && table == description.embedding.tokens
  }
}

/// `trainable_token_indices`: listed rows are replaced (PEFT, `TrainableTokensLayer`).
extension AdapterReader {
  /// Trained rows of a table; a tied head without rows of its own follows (`set_additional_trainable_modules`).
  private func trainedRows(
    _ trained: Tensor, _ table: Embedding, in result: inout Adaptation
  ) throws(CheckpointError) -> EmbeddingChange {
    let tokens = try tokens(of: table.module, rows: table.rows, columns: table.columns, trained)
    let places = Self.places(tokens)
    if sharesHead(table), tensors.modules[head.module]?[.tokens] == nil {
      var change = result.linears[head.module] ?? LinearChange()
      guard change.dense == nil else {
        throw .unexpectedTensor(
          file: trained.file, tensor: trained.name,
          reason: "the tied head is changed in a second way, and the combination is not supported")
      }
      change.dense = try trainedRows(trained, head, tokens)
      result.linears[head.module] = change
    }
    return .replacing(table, of: base, rows: Set(tokens), by: trained) { places[$0] ?? 0 }
  }

  /// Trained rows of the head.
  func trainedRows(_ trained: Tensor, _ linear: Linear) throws(CheckpointError) -> DenseChange {
    let tokens = try tokens(of: linear.module, rows: linear.outputs, columns: linear.inputs, trained)
    return try trainedRows(trained, linear, tokens)
  }

  private func trainedRows(_ trained: Tensor, _ linear: Linear, _ tokens: [Int]) throws(CheckpointError) -> DenseChange
  {
    let (base, places, columns) = (base, Self.places(tokens), linear.inputs)
    return DenseChange { rows, target throws(CheckpointError) in
      for (index, row) in rows.runs.joined().enumerated() {
        let start = target + index * columns
        guard let place = places[row] else {
          start.update(repeating: 0, count: columns)
          continue
        }
        let old = try base.doubles(linear, rows: RowSelection(row..<row + 1))
        let new = try readingWeights { () throws(SafetensorsError) in
          try trained.doubles(place * columns..<(place + 1) * columns)
        }
        for column in 0..<columns { start[column] = Float(new[column] - old[column]) }
      }
    }
  }

  private static func places(_ tokens: [Int]) -> [Int: Int] {
    Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, $0) })
  }

  /// The tokens whose rows a tensor holds, in its order.
  private func tokens(
    of module: String, rows: Int, columns: Int, _ trained: Tensor
  ) throws(CheckpointError) -> [Int] {
    let tokens = configuration.trainableTokens(
      of: tensors.spelledPath(of: module), isInput: module == description.embedding.tokens.module)
    guard let tokens else {
      throw .unexpectedTensor(
        file: trained.file, tensor: trained.name, reason: "trainable_token_indices does not name its module")
    }
    if let stray = tokens.first(where: { !(0..<rows).contains($0) }) {
      throw .configuration(
        configuration.reader.error("trainable_token_indices", "token \(stray) is outside the vocabulary of \(rows)"))
    }
    try check(trained, [tokens.count, columns], of: module, ["trainable_token_indices"])
    return tokens
  }
}

extension AdapterConfiguration {
  /// The trained tokens of a module, nil where none are.
  func trainableTokens(of module: String, isInput: Bool) -> [Int]? {
    switch trainableTokens {
    case .none: nil
    case .ofInput(let tokens): isInput ? tokens : nil
    case .byModule(let entries): entries.first { module.ends(with: $0.name) }?.tokens
    }
  }
}

/// s·(B·A)ᵀ, row by row in double precision.
private struct TableProduct: Sendable {
  let rank: Int
  /// Of the adapted model's table.
  let rows: Int
  let table: Embedding
  let scale: Double
  /// (rank, rows)
  let a: [Float]
  /// (columns, rank)
  let b: [Float]

  func row(_ row: Int) -> [Double] {
    (0..<table.columns).map { column in
      var sum = 0.0
      for inner in 0..<rank { sum += Double(b[column * rank + inner]) * Double(a[inner * rows + row]) }
      return scale * sum
    }
  }
}
