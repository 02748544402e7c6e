import Architectures
import Foundation

/// A base checkpoint bound to its description: every tensor the description names is there, in its shape, in a type
/// that can be read. Weights stay in the mapped file; each call widens what it is asked for.
public final class Model: Sendable {
  /// Last part of the folder's path.
  public let name: String
  /// The architecture.
  public let description: ModelDescription
  /// Type of most weights, as safetensors spells it ("BF16").
  public let storedType: String
  /// SHA-256 over configuration, safetensors headers and each tensor's first 4 KiB.
  public let fingerprint: String

  /// Opens a HuggingFace folder.
  /// - Throws: ``CheckpointError``.
  public init(folder: URL) throws(CheckpointError) {
    fatalError("not yet")
  }

  /// Widens rows of a weight, (rows.count, inputs) row-major, whatever the file's orientation and type. A tied head is
  /// asked for like any other linear layer.
  public func weight(
    _ linear: Linear, rows: RowSelection, into target: UnsafeMutablePointer<Float>
  ) throws(CheckpointError) { fatalError("not yet") }

  /// Rows of a bias, or nil without one.
  public func bias(_ linear: Linear, rows: RowSelection) throws(CheckpointError) -> [Float]? {
    fatalError("not yet")
  }

  /// The gain as it multiplies (one is already added where the file holds g − 1), all modules one after the other.
  /// Empty without one.
  public func gain(_ norm: Norm) throws(CheckpointError) -> [Float] { fatalError("not yet") }

  /// The norm's bias, empty without one.
  public func bias(_ norm: Norm) throws(CheckpointError) -> [Float] { fatalError("not yet") }

  /// One row of a table, (columns).
  public func row(
    _ index: Int, of table: Embedding, into target: UnsafeMutablePointer<Float>
  ) throws(CheckpointError) { fatalError("not yet") }
}
