import Architectures
import Crypto
import Foundation
import Safetensors

/// A base model whose weights stay in its mapped files; each call widens what it is asked for. Adapters that were merged
/// in are added on the way.
///
/// Safe to use from several threads.
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
    fingerprint = Self.combine(base.fingerprint, adaptation.fingerprint)
  }

  /// The same model with adapters merged in, one after the other, as PEFT's `merge_and_unload` does. Sums are formed in
  /// double and rounded once for each adapter.
  /// - Throws: ``CheckpointError``, also for an Activated LoRA, which acts on some tokens only.
  public func merging(adapterFolders: [URL]) throws(CheckpointError) -> Model {
    var model = self
    for folder in adapterFolders {
      let adaptation = try Adaptation.open(folder: folder, base: model)
      if adaptation.invocationTokens != nil {
        throw .invalid(
          file: adaptation.name, found: "an Activated LoRA acts on some tokens only and cannot be merged",
          advice: "Give it as ADAPTED instead.")
      }
      model = Model(model, merging: adaptation)
    }
    return model
  }

  /// Last part of the folder's path.
  public var name: String { ([checkpoint.folder.name] + merged.map(\.name)).joined(separator: "+") }
  /// The architecture.
  public var description: ModelDescription { checkpoint.description }
  /// Type of most weights, as safetensors spells it ("BF16").
  public var storedType: String { checkpoint.storedType }
  /// Number of weights in the files.
  public var parameters: Int { checkpoint.folder.tensors.values.reduce(0) { $0 + $1.count } }

  /// Whether the weights are the files' own.
  var isUnmerged: Bool { merged.isEmpty }

  private static func combine(_ left: String, _ right: String) -> String {
    Data(SHA256.hash(data: Data("\(left) \(right)".utf8))).hexadecimal
  }
}

/// Reading weights.
extension Model {
  /// Widens rows of a weight, (rows.count, inputs) row-major, whatever the file's orientation and type. A tied head is
  /// asked for like any other linear layer.
  public func weight(
    _ linear: Linear, rows: RowSelection, into target: UnsafeMutablePointer<Float>
  ) throws(CheckpointError) {
    let tensor = try checkpoint.weight(linear)
    try readingWeights { () throws(SafetensorsError) in
      try linear.isTransposed
        ? tensor.widenColumns(rows, of: linear, into: target) : tensor.widenRows(rows, of: linear, into: target)
    }
    for adaptation in merged {
      guard let change = adaptation.linears[linear.module] else { continue }
      try change.add(to: target, linear, rows: rows)
    }
  }

  /// Rows of a bias, or nil without one.
  public func bias(_ linear: Linear, rows: RowSelection) throws(CheckpointError) -> [Float]? {
    guard linear.hasBias else { return nil }
    let tensor = try checkpoint.required("\(linear.module).bias", shape: [linear.outputs])
    var values = try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
    for adaptation in merged {
      guard let change = adaptation.linears[linear.module] else { continue }
      for part in change.lowRank.compactMap(\.bias) + [change.bias].compactMap(\.self) { values.add(part) }
    }
    return rows.runs.flatMap { values[$0] }
  }

  /// The gain as it multiplies (one is already added where the file holds g − 1), all modules one after the other.
  /// Empty without one.
  public func gain(_ norm: Norm) throws(CheckpointError) -> [Float] {
    let gains = try vector(norm, "weight", change: \.gain)
    return norm.storesGainMinusOne ? gains.map { $0 + 1 } : gains
  }

  /// The norm's bias, empty without one.
  public func bias(_ norm: Norm) throws(CheckpointError) -> [Float] {
    norm.hasBias ? try vector(norm, "bias", change: \.bias) : []
  }

  private func vector(
    _ norm: Norm, _ part: String, change: KeyPath<NormChange, [Float]?>
  ) throws(CheckpointError) -> [Float] {
    var result: [Float] = []
    for module in norm.modules {
      let tensor = try checkpoint.required("\(module).\(part)", shape: norm.shape)
      var values = try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
      for adaptation in merged {
        if let delta = adaptation.norms[module]?[keyPath: change] { values.add(delta) }
      }
      result += values
    }
    return result
  }

  /// One row of a table, (columns).
  public func row(
    _ index: Int, of table: Embedding, into target: UnsafeMutablePointer<Float>
  ) throws(CheckpointError) {
    let tensor = try checkpoint.table(table)
    try readingWeights { () throws(SafetensorsError) in
      try tensor.widen(index * table.columns..<(index + 1) * table.columns, into: target)
    }
    for adaptation in merged {
      guard let change = adaptation.embeddings[table.module], change.rows?.contains(index) ?? true else { continue }
      var delta = [Float](repeating: 0, count: table.columns)
      try change.row(index, into: &delta)
      for column in delta.indices { target[column] += delta[column] }
    }
  }
}

extension Model {
  /// One row of a table into an array.
  func read(_ index: Int, of table: Embedding, into target: inout [Float]) throws(CheckpointError) {
    var failure: CheckpointError?
    target.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      do throws(CheckpointError) { try row(index, of: table, into: start) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

extension [Float] {
  /// Adds another vector, each sum formed in double.
  fileprivate mutating func add(_ other: [Float]) {
    for index in indices { self[index] = Float(Double(self[index]) + Double(other[index])) }
  }
}

extension Tensor {
  /// Rows of a weight stored (outputs, inputs).
  fileprivate func widenRows(
    _ rows: RowSelection, of linear: Linear, into target: UnsafeMutablePointer<Float>
  ) throws(SafetensorsError) {
    var next = target
    for run in rows.runs {
      try widen(run.lowerBound * linear.inputs..<run.upperBound * linear.inputs, into: next)
      next += run.count * linear.inputs
    }
  }

  /// Rows of a weight stored (inputs, outputs), turned.
  fileprivate func widenColumns(
    _ rows: RowSelection, of linear: Linear, into target: UnsafeMutablePointer<Float>
  ) throws(SafetensorsError) {
    for input in 0..<linear.inputs {
      var row = 0
      for run in rows.runs {
        let start = input * linear.outputs
        for value in try floats(start + run.lowerBound..<start + run.upperBound) {
          target[row * linear.inputs + input] = value
          row += 1
        }
      }
    }
  }
}
