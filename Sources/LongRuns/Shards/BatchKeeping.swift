import Foundation

/// Where finished batches are kept until a run is done, so that an interrupted run can go on.
///
/// Only a run of several batches keeps any. Each is written whole or not at all, and the folder stays when the run fails:
/// call ``remove()`` once the result is safe.
public struct BatchKeeping: Sendable {
  /// What becomes of batches that an earlier run left.
  public enum Existing: Sendable {
    /// Nothing is touched, and an error says what is there.
    case refuse
    /// They are taken over, if they belong to the same request.
    case resume
    /// They are removed.
    case discard
  }

  /// The folder.
  public let folder: URL
  /// What becomes of batches that are there.
  public let existing: Existing
  /// Whether batches are taken over that another of OpenBLAS's kernels computed, whose last digits are others.
  public var allowsAnyKernel = false
  /// Told how many batches were finished before.
  public let notice: (@Sendable (String) -> Void)?

  /// A place for finished batches: `DIR.partial` beside the output `DIR`.
  public init(beside output: URL, existing: Existing = .refuse, notice: (@Sendable (String) -> Void)? = nil) {
    let output = output.standardizedFileURL
    folder = output.deletingLastPathComponent().appendingPathComponent("\(output.lastPathComponent).partial")
    self.existing = existing
    self.notice = notice
  }

  /// Removes the batches of a run whose result is safe.
  public func remove() { try? FileManager.default.removeItem(at: folder) }
}
