import Architectures
import Safetensors
import StrictJSON

/// What a second full checkpoint changes in a base. Tensors with the same values are no change, whatever type they are
/// stored in.
struct CheckpointDifference {
  let base: Model
  let other: Checkpoint

  /// The difference, weight by weight, adapted − base in double precision.
  /// - Throws: ``CheckpointError`` when the configurations differ in anything the forward pass reads.
  func adaptation() throws(CheckpointError) -> Adaptation {
    let agreement = try checkDescriptions()
    var result = Adaptation(name: other.folder.name, kind: .checkpoint, fingerprint: other.fingerprint)
    result.agreement = agreement
    result.lacksHead = !other.hasHead
    for linear in base.description.linears {
      result.linears[linear.module] = try change(of: linear, theirs: linear)
    }
    let (head, theirHead) = (base.description.head.linear, other.description.head.linear)
    if base.checkpoint.hasHead, other.hasHead {
      result.linears[head.module] = try change(of: head, theirs: theirHead)
    }
    for norm in base.description.norms {
      for module in norm.modules { result.norms[module] = try change(of: norm, module) }
    }
    for (module, activation) in base.description.activations {
      result.activations[module] = .difference(
        try other.numbers(of: activation, module), try base.parameters(of: activation, module))
    }
    for attention in base.description.layers.map(\.attention) {
      guard let name = attention.sinks, let old = try base.sinks(of: attention) else { continue }
      let tensor = try other.required(name, shape: [old.count])
      let new = try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
      result.sinks[name] = difference(new, old)
    }
    result.streamScales = try changedScales()
    for (name, shape) in base.description.numbers {
      result.numbers[name] = difference(
        try other.numbers(name, shape: shape), try base.numbers(name, shape: shape))
    }
    try checkCorrections()
    result.embeddings[tokens.module] = try change(of: tokens, theirs: other.description.embedding.tokens)
    for table in base.description.tables.dropFirst() {
      result.embeddings[table.module] = try change(of: table, theirs: table)
    }
    result.vocabulary = try vocabulary()
    result.collectTargets()
    // A head that neither has is the table, which is named already.
    if !base.checkpoint.storesHead, !other.storesHead {
      result.targets.removeAll { $0 == head.module.components.last }
    }
    if result.targets.isEmpty, result.vocabulary == nil, !result.lacksHead || !base.checkpoint.hasHead {
      result.kind = .none
    }
    let heads = other.modulesBeside
    if !heads.isEmpty {
      result.warnings.append(
        "What stands beside the decoder, \(heads.listed(3)), is left out: attention does not pass through it.")
    }
    return result
  }

  private var tokens: Embedding { base.description.embedding.tokens }

  /// The second description may have another vocabulary, tie its head or not, and have other limits that only warn. Windows and
  /// rotary embeddings may differ where only long prompts reach them.
  private func checkDescriptions() throws(CheckpointError) -> LengthAgreement? {
    var theirs = other.description
    let ours = base.description
    theirs.vocabularySize = ours.vocabularySize
    theirs.embedding.tokens.rows = ours.embedding.tokens.rows
    theirs.head.linear.outputs = ours.head.linear.outputs
    theirs.head.isTied = ours.head.isTied
    theirs.configuredPositions = ours.configuredPositions
    theirs.family = ours.family
    theirs.renamedPrefixes = ours.renamedPrefixes
    if theirs == ours { return nil }
    if let agreement = LengthAgreement(ours, theirs) { return agreement }
    let difference = firstDifference(between: ours, and: theirs)
    throw .differentArchitecture(
      folder: other.folder.path, member: difference?.path ?? "the description",
      found: difference?.right ?? "different", base: difference?.left ?? "another")
  }

  /// What corrects the choice of experts may not differ.
  private func checkCorrections() throws(CheckpointError) {
    for experts in base.description.layers.compactMap(\.experts) {
      guard let name = experts.correction, let own = try base.correction(of: experts) else { continue }
      let tensor = try other.required(name, shape: [own.count])
      let theirs = try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
      guard theirs != own else { continue }
      throw .unexpectedTensor(
        file: tensor.file, tensor: tensor.name,
        reason: """
          it differs from the base's, and a changed correction of the choice of experts is not supported; give the base's tensor \
          its values to leave that change out
          """)
    }
  }

  private func change(of linear: Linear, theirs: Linear) throws(CheckpointError) -> LinearChange? {
    var change = LinearChange()
    let new = try other.weight(theirs)
    let old = try base.checkpoint.weight(linear)
    if !isSame(new.store, old.store, in: linear.module) {
      change.dense = .replacing(linear, of: base, by: new, rows: theirs.outputs)
    }
    if linear.hasBias, let old = try base.bias(linear, rows: RowSelection(0..<linear.outputs)) {
      let shared = min(theirs.outputs, linear.outputs)
      let new = try other.bias(theirs, count: shared)
      change.bias = difference(new, Array(old.prefix(shared)))?.fitted(to: linear.outputs, zero: 0)
    }
    return change.dense == nil && change.bias == nil ? nil : change
  }

  private func change(of norm: Norm, _ module: String) throws(CheckpointError) -> NormChange? {
    func new(_ part: String) throws(CheckpointError) -> [Float] {
      let tensor = try other.required("\(module).\(part)", shape: norm.shape)
      return try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
    }
    let stored = norm.stored(module)
    let change = NormChange(
      gain: difference(try new(norm.gainName), try base.gain(stored)),
      bias: norm.hasBias ? difference(try new("bias"), try base.bias(stored)) : nil)
    return change.gain == nil && change.bias == nil ? nil : change
  }

  private func change(of table: Embedding, theirs: Embedding) throws(CheckpointError) -> EmbeddingChange? {
    try .replacing(table, of: base, by: other.table(theirs))
  }

  /// What the other vocabulary has that the base's has not; nil where both have the same rows.
  private func vocabulary() throws(CheckpointError) -> VocabularyChange? {
    let (head, count) = (other.description.head.linear, base.description.head.linear.outputs)
    let hasHead = base.checkpoint.hasHead && other.hasHead
    let weight = hasHead ? try other.weight(head) : nil
    var bias: [Float]?
    if hasHead, head.hasBias, head.outputs > count {
      let tensor = try other.required("\(head.module).bias", shape: [head.outputs])
      bias = try readingWeights { () throws(SafetensorsError) in try tensor.floats(count..<head.outputs) }
    }
    return VocabularyChange(
      tableRows: other.description.embedding.tokens.rows, headRows: weight == nil ? count : head.outputs,
      headBias: bias,
      base: base.description
    ) { rows, target throws(CheckpointError) in
      try readingWeights { () throws(SafetensorsError) in try weight?.widen(RowSelection(rows), into: target) }
    }
  }

  /// Whether a weight's leading part has the base's values, be it stored in another form or tied; a merged adapter makes the
  /// base something else. What cannot be read is not the same: it is told when it is used.
  private func isSame(_ new: any WeightStore, _ old: any WeightStore, in module: String) -> Bool {
    guard base.isStored(module) else { return false }
    return (try? new.hasEqualValues(0..<min(new.count, old.count), to: old)) ?? false
  }
}

/// New − old, nil where nothing differs.
func difference(_ new: [Float], _ old: [Float]) -> [Float]? {
  new == old ? nil : zip(new, old).map { Float(Double($0) - Double($1)) }
}

extension Norm {
  /// One of its modules, as the file holds it.
  func stored(_ module: String) -> Norm {
    var norm = self
    norm.modules = [module]
    norm.storesGainMinusOne = false
    return norm
  }
}

extension DenseChange {
  /// new − base in double precision, formed on demand; of rows that the new weight lacks, zeros.
  static func replacing(_ linear: Linear, of base: Model, by new: StoredWeight, rows count: Int) -> DenseChange {
    let change = DenseChange { rows, target throws(CheckpointError) in
      var next = target
      for piece in rows.pieces {
        let old = try base.doubles(linear, rows: piece)
        var values = [Double](repeating: 0, count: old.count)
        try values.fill { scratch throws(CheckpointError) in
          try readingWeights { () throws(SafetensorsError) in try new.widen(piece, into: scratch) }
        }
        for index in old.indices { next[index] = Float(values[index] - old[index]) }
        next += old.count
      }
    }
    return count < linear.outputs ? change.before(count, inputs: linear.inputs) : change
  }
}

extension EmbeddingChange {
  /// Another table in the base's place, nil where nothing differs; rows that one of them lacks are not used.
  static func replacing(
    _ table: Embedding, of base: Model, by new: any WeightStore
  ) throws(CheckpointError) -> EmbeddingChange? {
    let old = try base.checkpoint.table(table)
    let isStored = base.isStored(table.module)
    let shared = min(new.count, old.count)
    if isStored, new.isIdentical(0..<shared, to: old) { return nil }
    var rows: Set<Int> = []
    for row in 0..<shared / table.columns {
      let elements = row * table.columns..<(row + 1) * table.columns
      if isStored, new.isIdentical(elements, to: old) { continue }
      let values = try readingWeights { () throws(SafetensorsError) in try new.doubles(elements) }
      if values != (try base.doubles(row: row, of: table)) { rows.insert(row) }
    }
    return rows.isEmpty ? nil : .replacing(table, of: base, rows: rows, by: new) { $0 }
  }

  /// Chosen rows, found at a place in another table, minus the base's, in double precision.
  static func replacing(
    _ table: Embedding, of base: Model, rows: Set<Int>, by new: any WeightStore,
    at place: @escaping @Sendable (Int) -> Int
  ) -> EmbeddingChange {
    EmbeddingChange(isLowRank: false, rows: rows) { row, target throws(CheckpointError) in
      let old = try base.doubles(row: row, of: table)
      let start = place(row) * table.columns
      let values = try readingWeights { () throws(SafetensorsError) in
        try new.doubles(start..<start + table.columns)
      }
      for column in old.indices { target[column] = Float(values[column] - old[column]) }
    }
  }
}

extension Adaptation {
  /// States the kinds of module that change.
  mutating func collectTargets() {
    let changed =
      Array(linears.keys) + Array(norms.keys) + Array(activations.keys) + Array(sinks.keys)
      + Array(streamScales.keys) + numbers.keys.map { $0.rest(before: ".weight") ?? $0.rest(before: ".bias") ?? $0 }
      + Array(embeddings.keys)
    targets = Set(changed.map { $0.components.last ?? "" }).sorted()
  }
}
