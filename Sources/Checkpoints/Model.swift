import Architectures
import Fingerprints
import Foundation
import Safetensors

/// A base model whose weights stay in its mapped files; each call widens what it is asked for. Adapters that were merged
/// in are added on the way.
///
/// Safe to use from several threads. Opening reads the headers and 4 KiB of each tensor, so a second model on the same
/// folder is cheap.
public final class Model: Sendable {
  let checkpoint: Checkpoint
  /// Adapters merged into the base, in order.
  private let merged: [Adaptation]
  /// SHA-256 over configuration, safetensors headers and each tensor's first 4 KiB, merged adapters included.
  public let fingerprint: String

  /// Opens a HuggingFace folder.
  /// - Throws: ``CheckpointError``.
  public init(folder: URL) throws(CheckpointError) {
    checkpoint = try Checkpoint(folder)
    merged = []
    fingerprint = checkpoint.fingerprint
  }

  private init(_ base: Model, merging adaptation: Adaptation) {
    checkpoint = base.checkpoint
    merged = base.merged + [adaptation]
    var both = Fingerprint()
    both.add("\(base.fingerprint) \(adaptation.fingerprint)")
    fingerprint = both.hexadecimal()
  }

  /// The same model with adapters merged in, one after the other, as PEFT's `merge_and_unload` does. Sums are formed in
  /// double and rounded once.
  /// - Throws: ``CheckpointError``, also for what cannot be merged: see ``CheckpointError/notMergeable(adapter:reason:)``.
  public func merging(adapterFolders: [URL]) throws(CheckpointError) -> Model {
    var model = self
    for folder in adapterFolders {
      let adaptation = try Adaptation.open(folder: folder, base: model)
      if let reason = model.obstacle(to: adaptation) {
        throw .notMergeable(adapter: folder.relativePath, reason: reason)
      }
      model = Model(model, merging: adaptation)
    }
    return model
  }

  /// Why an adaptation cannot be merged, nil when it can.
  private func obstacle(to adaptation: Adaptation) -> String? {
    if adaptation.kind != .lora { return "it is a checkpoint; give the folder of a PEFT adapter" }
    if adaptation.invocationTokens != nil {
      return "an Activated LoRA acts on some tokens only; give it as the adapted model instead"
    }
    if let vocabulary = adaptation.vocabulary {
      return """
        it has \(vocabulary.tableRows) tokens and a head of \(vocabulary.headRows), the base \
        \(description.vocabularySize); merge it with PEFT and give the result as the base
        """
    }
    for linear in description.linears + [description.head.linear] where !linear.hasBias {
      guard adaptation.linears[linear.module]?.lowRank.contains(where: { $0.bias != nil }) ?? false else { continue }
      return "its lora_bias would have to be added to \(linear.module), which has no bias; PEFT refuses it too"
    }
    let head = adaptation.linears[description.head.linear.module]
    let changesInPlace =
      adaptation.embeddings[description.embedding.tokens.module]?.isLowRank ?? false
      || head.map { !$0.lowRank.isEmpty || adaptation.usesDoRA } ?? false
    if isHeadTied, changesInPlace {
      return """
        it changes the token table or the head, which are one tensor in this model, so PEFT's merge changes both; \
        untie them first (tie_word_embeddings: false and a copy of the table as lm_head.weight)
        """
    }
    return nil
  }

  /// Last part of the folder's path, and those of the merged adapters: "base+adapter".
  public var name: String { ([checkpoint.folder.name] + merged.map(\.name)).joined(separator: "+") }
  /// The architecture.
  package var description: ModelDescription { checkpoint.description }
  /// Form of most weights: a type as safetensors spells it ("BF16"), or how they are packed ("NF4").
  public var storedType: String { checkpoint.contents().form }
  /// Number of weights that the files stand for.
  public var parameters: Int { checkpoint.contents().parameters }
  /// Whether the files hold an output head or tie it to the token table: without one there are no predictions.
  public var hasHead: Bool { checkpoint.hasHead }
  /// Whether head and token table are one parameter: a merged adapter that saved one of them as a module of its own parts them.
  var isHeadTied: Bool { checkpoint.isHeadTied && !merged.contains(where: \.partsHeadFromTable) }
  /// Whether no merged adapter changed a module's weight: it is the file's own.
  func isStored(_ module: String) -> Bool {
    !merged.contains { $0.linears[module] != nil || $0.embeddings[module] != nil }
  }
}

/// Reading weights.
extension Model {
  /// Widens rows of a weight, (rows.count, inputs) row-major, whatever the file's orientation and type. A tied head is
  /// asked for like any other linear layer.
  /// - Throws: ``CheckpointError`` when the weight holds NaN or infinity, or a head is asked for that the files lack.
  package func weight(
    _ linear: Linear, rows: RowSelection, into target: UnsafeMutablePointer<Float>
  ) throws(CheckpointError) {
    guard !isStored(linear.module) else {
      let stored = try checkpoint.weight(linear)
      return try readingWeights { () throws(SafetensorsError) in try stored.widen(rows, into: target) }
    }
    var next = target
    for piece in rows.pieces {
      let values = try doubles(linear, rows: piece)
      for index in values.indices { next[index] = Float(values[index]) }
      next += values.count
    }
  }

  /// Asks the system to read a layer's weights in the background.
  package func prefetch(_ layer: LayerDescription) {
    for linear in layer.linears { try? checkpoint.weight(linear).store.prefetch() }
  }

  /// Rows of a weight in double precision, unrounded.
  func doubles(_ linear: Linear, rows: RowSelection) throws(CheckpointError) -> [Double] {
    let stored = try checkpoint.weight(linear)
    var values = [Double](repeating: 0, count: rows.count * linear.inputs)
    try values.fill { target throws(CheckpointError) in
      try readingWeights { () throws(SafetensorsError) in try stored.widen(rows, into: target) }
    }
    for adaptation in merged {
      try adaptation.linears[linear.module]?.add(to: &values, linear, rows: rows)
    }
    return values
  }

  /// Rows of a bias, or nil without one.
  package func bias(_ linear: Linear, rows: RowSelection) throws(CheckpointError) -> [Float]? {
    guard linear.hasBias else { return nil }
    let changes = merged.compactMap { $0.linears[linear.module] }.flatMap { change in
      change.lowRank.compactMap(\.bias) + [change.bias].compactMap(\.self)
    }
    let values = sum(try checkpoint.bias(linear, count: linear.outputs), changes)
    return rows.runs.flatMap { values[$0] }
  }

  /// The logits of an attention's sinks, (queryHeads); nil where there are none. No adapter changes them.
  package func sinks(of attention: AttentionDescription) throws(CheckpointError) -> [Float]? {
    guard let name = attention.sinks else { return nil }
    let tensor = try checkpoint.required(name, shape: [attention.queryHeads])
    return try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
  }

  /// The gain as it multiplies (one is already added where the file holds g − 1), all modules one after the other.
  /// Empty without one.
  package func gain(_ norm: Norm) throws(CheckpointError) -> [Float] { try exactGain(norm).map(Float.init) }

  /// The same before it is rounded to single precision.
  package func exactGain(_ norm: Norm) throws(CheckpointError) -> [Double] {
    let gains = try vector(norm, norm.gainName, change: \.gain)
    return gains.map { Double($0) + (norm.storesGainMinusOne ? 1 : 0) }
  }

  /// The numbers that correct the scores by which experts are chosen, a number an expert; nil where there are none. No adapter changes
  /// them.
  package func correction(of experts: ExpertsDescription) throws(CheckpointError) -> [Float]? {
    guard let name = experts.correction else { return nil }
    let tensor = try checkpoint.required(name, shape: [experts.experts.count])
    return try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
  }

  /// The norm's bias, empty without one.
  package func bias(_ norm: Norm) throws(CheckpointError) -> [Float] {
    norm.hasBias ? try vector(norm, "bias", change: \.bias) : []
  }

  private func vector(
    _ norm: Norm, _ part: String, change: KeyPath<NormChange, [Float]?>
  ) throws(CheckpointError) -> [Float] {
    var result: [Float] = []
    for module in norm.modules {
      let tensor = try checkpoint.required("\(module).\(part)", shape: norm.shape)
      let stored = try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
      result += sum(stored, merged.compactMap { $0.norms[module]?[keyPath: change] })
    }
    return result
  }

  /// A small tensor with the changes of merged adapters.
  func merging(_ stored: [Float], _ name: String) -> [Float] { sum(stored, merged.compactMap { $0.numbers[name] }) }

  private func sum(_ stored: [Float], _ changes: [[Float]]) -> [Float] {
    if changes.isEmpty { return stored }
    return stored.indices.map { index in
      Float(changes.reduce(Double(stored[index])) { $0 + Double($1[index]) })
    }
  }

  /// One row of a table, (columns).
  package func row(
    _ index: Int, of table: Embedding, into target: UnsafeMutablePointer<Float>
  ) throws(CheckpointError) {
    guard !isStored(table.module) else {
      let tensor = try checkpoint.table(table)
      return try readingWeights { () throws(SafetensorsError) in
        try tensor.widen(index * table.columns..<(index + 1) * table.columns, into: target)
      }
    }
    let values = try doubles(row: index, of: table)
    for column in values.indices { target[column] = Float(values[column]) }
  }

  /// One row of a table in double precision, unrounded.
  func doubles(row index: Int, of table: Embedding) throws(CheckpointError) -> [Double] {
    let tensor = try checkpoint.table(table)
    var values = [Double](repeating: 0, count: table.columns)
    try values.fill { target throws(CheckpointError) in
      try readingWeights { () throws(SafetensorsError) in
        try tensor.widen(index * table.columns..<(index + 1) * table.columns, into: target)
      }
    }
    var delta = [Float](repeating: 0, count: table.columns)
    for adaptation in merged {
      guard let change = adaptation.embeddings[table.module], change.rows?.contains(index) ?? true else { continue }
      try delta.fill { target throws(CheckpointError) in try change.form(index, target) }
      for column in delta.indices { values[column] += Double(delta[column]) }
    }
    return values
  }
}

extension Array {
  /// Lets a function write the elements; its error passes through.
  mutating func fill<Failure: Error>(
    _ write: (UnsafeMutablePointer<Element>) throws(Failure) -> Void
  ) throws(Failure) {
    var failure: Failure?
    withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      do throws(Failure) { try write(start) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
