import Architectures
import Safetensors

/// What a second full checkpoint changes in a base. Tensors that are the same to the bit are no change.
struct CheckpointDifference {
  let base: Model
  let other: Checkpoint

  /// The difference, weight by weight.
  /// - Throws: ``CheckpointError`` when the configurations differ in anything the forward pass reads.
  func adaptation() throws(CheckpointError) -> Adaptation {
    try checkDescriptions()
    var result = Adaptation(name: other.folder.name, kind: .checkpoint, fingerprint: other.fingerprint)
    for linear in base.description.linears { result.linears[linear.module] = try change(of: linear) }
    // A head is compared where both have one; it only matters to losses.
    if let head = try? other.weight(base.description.head.linear) {
      result.linears[base.description.head.linear.module] = try change(of: base.description.head.linear, weight: head)
    }
    for norm in base.description.norms {
      for module in norm.modules { result.norms[module] = try change(of: norm, module) }
    }
    for table in base.description.tables { result.embeddings[table.module] = try change(of: table) }
    let changed = Set(result.linears.keys).union(result.norms.keys).union(result.embeddings.keys)
    result.targets = Set(changed.map { String($0.split(separator: ".").last ?? "") }).sorted()
    if changed.isEmpty { result.kind = .none }
    return result
  }

  /// The second description may have a larger vocabulary and other limits that only warn, and nothing else.
  private func checkDescriptions() throws(CheckpointError) {
    var theirs = other.description
    let ours = base.description
    guard theirs.vocabularySize >= ours.vocabularySize else {
      throw difference("a vocabulary of \(theirs.vocabularySize) where the base has \(ours.vocabularySize)")
    }
    theirs.vocabularySize = ours.vocabularySize
    theirs.embedding.tokens.rows = ours.embedding.tokens.rows
    theirs.head.linear.outputs = ours.head.linear.outputs
    theirs.configuredPositions = ours.configuredPositions
    theirs.head.isTied = ours.head.isTied
    if theirs == ours { return }
    if theirs.layers.count != ours.layers.count {
      throw difference("\(theirs.layers.count) layers where the base has \(ours.layers.count)")
    }
    throw difference("a configuration that differs from the base's in something the forward pass reads")
  }

  private func difference(_ found: String) -> CheckpointError {
    .invalid(
      file: "\(other.folder.name)/config.json", found: "it describes \(found)",
      advice: "Only two checkpoints of the same architecture and sizes can be compared.")
  }

  private func change(of linear: Linear) throws(CheckpointError) -> LinearChange? {
    try change(of: linear, weight: other.weight(linear))
  }

  private func change(of linear: Linear, weight new: Tensor) throws(CheckpointError) -> LinearChange? {
    var change = LinearChange()
    if !(try isSame(new, base.checkpoint.weight(linear))) {
      let base = base
      change.dense = DenseChange { rows, target throws(CheckpointError) in
        try base.weight(linear, rows: rows, into: target)
        for (index, row) in rows.runs.joined().enumerated() {
          let values = try readingWeights { () throws(SafetensorsError) in try new.row(row, of: linear) }
          let start = target + index * linear.inputs
          for column in values.indices { start[column] = Float(Double(values[column]) - Double(start[column])) }
        }
      }
    }
    if linear.hasBias, let old = try base.bias(linear, rows: RowSelection(0..<linear.outputs)) {
      let bias = try other.required("\(linear.module).bias", shape: [linear.outputs])
      change.bias = difference(try readingWeights { () throws(SafetensorsError) in try bias.floats() }, old)
    }
    return change.dense == nil && change.bias == nil ? nil : change
  }

  private func change(of norm: Norm, _ module: String) throws(CheckpointError) -> NormChange? {
    var single = norm
    single.modules = [module]
    single.storesGainMinusOne = false
    func new(_ part: String) throws(CheckpointError) -> [Float] {
      let tensor = try other.required("\(module).\(part)", shape: norm.shape)
      return try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
    }
    let change = NormChange(
      gain: difference(try new("weight"), try base.gain(single)),
      bias: norm.hasBias ? difference(try new("bias"), try base.bias(single)) : nil)
    return change.gain == nil && change.bias == nil ? nil : change
  }

  private func change(of table: Embedding) throws(CheckpointError) -> EmbeddingChange? {
    var larger = table
    larger.rows = table == base.description.embedding.tokens ? other.description.vocabularySize : table.rows
    let new = try other.table(larger)
    if try isSame(new, base.checkpoint.table(table)) { return nil }
    return EmbeddingChange.replacing(table, of: base, rows: try changedRows(table, new)) { row throws(SafetensorsError) in
      try new.floats(row * table.columns..<(row + 1) * table.columns)
    }
  }

  /// Rows with other values.
  private func changedRows(_ table: Embedding, _ new: Tensor) throws(CheckpointError) -> Set<Int> {
    var old = [Float](repeating: 0, count: table.columns)
    var rows: Set<Int> = []
    for row in 0..<table.rows {
      let values = try readingWeights { () throws(SafetensorsError) in
        try new.floats(row * table.columns..<(row + 1) * table.columns)
      }
      try base.read(row, of: table, into: &old)
      if values != old { rows.insert(row) }
    }
    return rows
  }

  /// Whether a tensor's leading part is the base's to the bit; merged adapters make the base something else.
  private func isSame(_ new: Tensor, _ old: Tensor) -> Bool { base.isUnmerged && new.isIdentical(to: old) }

  private func difference(_ new: [Float], _ old: [Float]) -> [Float]? {
    new == old ? nil : zip(new, old).map { Float(Double($0) - Double($1)) }
  }
}
