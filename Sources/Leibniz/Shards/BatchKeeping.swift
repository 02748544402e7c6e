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
  /// Told how many batches were finished before.
  public let notice: (@Sendable (String) -> Void)?

  /// A place for finished batches: `DIR.partial` beside the output `DIR`.
  public init(beside output: URL, existing: Existing = .refuse, notice: (@Sendable (String) -> Void)? = nil) {
    let output = output.standardizedFileURL
    folder = output.deletingLastPathComponent().appendingPathComponent("\(output.lastPathComponent).partial")
    self.existing = existing
    self.notice = notice
  }

  /// A place of its own inside, for one of several runs that belong to one request.
  func inside(_ name: String) -> BatchKeeping {
    BatchKeeping(folder: folder.appendingPathComponent(name), existing: existing, notice: notice)
  }

  private init(folder: URL, existing: Existing, notice: (@Sendable (String) -> Void)?) {
    self.folder = folder
    self.existing = existing
    self.notice = notice
  }

  /// Removes the batches of a run whose result is safe.
  public func remove() { try? FileManager.default.removeItem(at: folder) }
}

/// The finished batches of one run in their folder.
final class FinishedBatches {
  private let folder: URL
  private let identity: RunIdentity
  private let batches: Int
  /// Held for as long as the run goes on.
  private var lock: Int32 = -1

  /// Finds what an earlier run left.
  /// - Throws: ``ShardError`` where it belongs to another request, or nobody said that it is to be taken over.
  init(_ keeping: BatchKeeping, _ identity: RunIdentity, batches: Int) throws(ShardError) {
    folder = keeping.folder
    self.identity = identity
    self.batches = batches
    guard FileManager.default.fileExists(atPath: folder.path) else { return }
    let found = try Self.contents(folder)
    try takeLock()
    if keeping.existing == .discard {
      do { try FileManager.default.removeItem(at: folder) } catch {
        throw .unwritable(folder.relativePath, reason: error.localizedDescription)
      }
      releaseLock()
      return
    }
    let finished = found.count { $0.hasPrefix("batch-") }
    if finished > 0, keeping.existing == .refuse { throw .unfinished(folder.relativePath, finished: finished) }
    if found.contains(Self.run) { try check(ShardFile(file(Self.run))) }
    if finished > 0 { keeping.notice?("\(finished) of \(batches) batches were finished before.") }
  }

  deinit { releaseLock() }

  private static let run = "run.part"

  private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  private func name(_ batch: Int) -> String { "batch-\(batch + 1).part" }

  /// The names in a folder of batches; those of files that were never finished are left out.
  private static func contents(_ folder: URL) throws(ShardError) -> [String] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder.path) } catch {
      throw .unreadable(folder.relativePath, reason: error.localizedDescription)
    }
    let known = names.filter { $0 == run || ($0.hasPrefix("batch-") && $0.hasSuffix(".part")) }
    if let other = names.sorted().first(where: { !known.contains($0) && !($0.hasPrefix(".") && $0.hasSuffix(".new")) })
    {
      throw .notAPart(folder.relativePath, reason: "it holds \(other), which no interrupted run leaves")
    }
    return known
  }

  private func check(_ part: ShardFile) throws(ShardError) {
    guard let difference = part.head.identity.difference(from: identity) else { return }
    throw .foreign(
      folder.relativePath, what: difference.name, found: difference.own, expected: difference.other)
  }

  /// The sums of a batch, where they are there and intact; what is damaged is computed again.
  func bytes(of batch: Int) throws(ShardError) -> [UInt8]? {
    let url = file(name(batch))
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let part: ShardFile
    do { part = try ShardFile(url) } catch .damaged { return nil }
    try check(part)
    return part.bytes(ofBatch: batch)?.bytes
  }

  /// Keeps the sums of a batch.
  func keep(_ bytes: [UInt8], of batch: Int, prompts: Int) throws(ShardError) {
    guard batches > 1 else { return }
    if lock < 0 { try begin() }
    let section = ShardFile.Section(batch: batch, prompts: prompts, count: bytes.count)
    try DurableFile.write(
      ShardFile.bytes(identity, batches: batches, sections: [(section, bytes)]), to: file(name(batch)))
  }

  private func begin() throws(ShardError) {
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw .unwritable(folder.relativePath, reason: error.localizedDescription)
    }
    try takeLock()
    try DurableFile.write(ShardFile.bytes(identity, batches: batches, sections: []), to: file(Self.run))
    DurableFile.synchronizeFolder(folder.deletingLastPathComponent())
  }

  /// Two processes must not be at work in one folder; the system lets go of the lock when a process ends, however it does.
  private func takeLock() throws(ShardError) {
    lock = open(folder.path, O_RDONLY)
    guard lock >= 0 else { throw .unreadable(folder.relativePath, reason: String(cString: strerror(errno))) }
    // A file system without locks does without.
    if flock(lock, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      releaseLock()
      throw .busy(folder.relativePath)
    }
  }

  private func releaseLock() {
    if lock >= 0 { close(lock) }
    lock = -1
  }
}
