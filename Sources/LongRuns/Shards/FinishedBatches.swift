import Files
import Foundation

/// The finished batches of one run in their folder.
package final class FinishedBatches {
  private let folder: URL
  private let identity: RunIdentity
  private let batches: Int
  /// Which share of the run is computed; nil for all of it.
  private let shard: Shard?
  private let allowsAnyKernel: Bool
  /// The kernels of OpenBLAS that its batches were computed on.
  private(set) var kernels: Set<String>
  /// Held for as long as the run goes on.
  private var lock: Int32 = -1

  /// Finds what an earlier run left.
  /// - Throws: ``ShardError`` where it belongs to another request, or nobody said that it is to be taken over.
  package init(_ keeping: BatchKeeping, _ identity: RunIdentity, batches: Int, shard: Shard? = nil) throws(ShardError) {
    folder = keeping.folder
    self.identity = identity
    self.batches = batches
    self.shard = shard
    allowsAnyKernel = keeping.allowsAnyKernel
    kernels = Set([identity.kernel].compactMap(\.self))
    guard FileManager.default.fileExists(atPath: folder.path) else { return }
    let found = try PartFolder.contents(folder)
    try takeLock()
    if keeping.existing == .discard {
      do { try FileManager.default.removeItem(at: folder) } catch {
        throw .unwritable(folder.relativePath, reason: error.fileReason)
      }
      releaseLock()
      return
    }
    let finished = found.count { $0.hasPrefix("batch-") }
    if finished > 0, keeping.existing == .refuse { throw .unfinished(folder.relativePath, finished: finished) }
    if found.contains(PartFolder.run), let run = try intact(PartFolder.run) { try check(run) }
    let own = shard?.count(of: batches) ?? batches
    if finished > 0 { keeping.notice?("\(finished) of \(own) batches were finished before.") }
    if found.contains(PartFolder.run), let other = try intact(PartFolder.run)?.head.identity.kernel,
      let kernel = identity.kernel, other != kernel
    {
      keeping.notice?("\(KernelWords.mixed([other, kernel])) (--any-kernel)")
    }
  }

  deinit { releaseLock() }

  private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  private var head: ShardFile.Head { ShardFile.Head(identity: identity, shard: shard, batches: batches) }

  /// A file of the folder; nil where it is damaged.
  private func intact(_ name: String) throws(ShardError) -> ShardFile? {
    do { return try ShardFile(file(name)) } catch .damaged { return nil } catch .notAPart { return nil }
  }

  private func check(_ part: ShardFile) throws(ShardError) {
    guard let difference = part.head.difference(from: head, allowsAnyKernel: allowsAnyKernel) else { return }
    throw .foreign(folder.relativePath, difference)
  }

  /// The sums of a batch, where they are there and intact; what is damaged is computed again.
  package func bytes(of batch: Int) throws(ShardError) -> [UInt8]? {
    let name = PartFolder.name(batch)
    guard FileManager.default.fileExists(atPath: file(name).path), let part = try intact(name) else { return nil }
    try check(part)
    if let kernel = part.head.identity.kernel { kernels.insert(kernel) }
    return part.head.batch == batch && part.count == 1 ? part.bytes(0) : nil
  }

  /// Keeps the sums of a batch. A run of one batch has nothing to go on from, but a part of one has to be written.
  package func keep(_ bytes: [UInt8], of batch: Int, prompts: Int) throws(ShardError) {
    guard batches > 1 || shard != nil else { return }
    if lock < 0 { try begin() }
    var head = head
    (head.batch, head.prompts) = (batch, prompts)
    try DurableFile.write(ShardFile.bytes(head, sections: [bytes]), to: file(PartFolder.name(batch)))
  }

  /// Writes what makes a part of the batches.
  package func complete(_ sections: [[UInt8]]) throws(ShardError) {
    if lock < 0 { try begin() }
    try DurableFile.write(ShardFile.bytes(head, sections: sections), to: file(PartFolder.head))
  }

  private func begin() throws(ShardError) {
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw .unwritable(folder.relativePath, reason: error.fileReason)
    }
    try takeLock()
    try DurableFile.write(ShardFile.bytes(head, sections: []), to: file(PartFolder.run))
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
