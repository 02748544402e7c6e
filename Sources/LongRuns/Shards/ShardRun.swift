import Files
import Foundation

/// What became of a shard.
public enum ShardOutcome: Sendable, Equatable {
  /// Its part was written: so many batches of all.
  case written(batches: Int, of: Int)
  /// Its part was there already, intact, and was left as it is.
  case complete
}

/// The run of one shard: computes its batches, and puts them in place as a part.
package struct ShardRun {
  package let shard: Shard
  /// Where the part is to stand.
  package let output: URL
  package let keeping: BatchKeeping

  /// - Parameter keeping: Where finished batches are kept until the part is complete; beside it if nil.
  package init(_ shard: Shard, to output: URL, _ keeping: BatchKeeping?) {
    (self.shard, self.output) = (shard, output.standardizedFileURL)
    self.keeping = keeping ?? BatchKeeping(beside: output)
  }

  /// Computes what is not there yet.
  /// - Parameter content: What makes a report of the sums, asked for when all are there.
  package func callAsFunction(
    _ work: some BatchWork, _ identity: RunIdentity, progress: @escaping (Double) -> Void,
    content: (_ prompts: Set<Int>) throws -> [[UInt8]]
  ) throws -> ShardOutcome {
    if try isComplete(identity, batches: work.count) { return .complete }
    let finished = try FinishedBatches(keeping, identity, batches: work.count, shard: shard)
    let count = shard.count(of: work.count)
    var prompts: Set<Int> = []
    for (place, batch) in shard.batches(of: work.count).enumerated() {
      _ = try work.sums(of: batch, finished) { progress((Double(place) + $0) / Double(count)) }
      prompts.formUnion(work.promptIndices(in: batch))
    }
    try finished.complete(content(prompts))
    try place()
    return .written(batches: count, of: work.count)
  }

  /// Whether the part is there. What stands in its place is otherwise refused, unless it is a damaged part or may be replaced.
  private func isComplete(_ identity: RunIdentity, batches: Int) throws(ShardError) -> Bool {
    guard FileManager.default.fileExists(atPath: output.path) else { return false }
    let part: PartFolder
    do {
      part = try PartFolder(output, allowsAnyKernel: keeping.allowsAnyKernel)
      try part.check()
    } catch .damaged {
      keeping.notice?("\(output.relativePath): is damaged and is computed again.")
      return false
    } catch .otherVersion(let path, let version) {
      if keeping.existing == .discard { return false }
      throw .otherVersion(path, version: version)
    }
    let wanted = ShardFile.Head(identity: identity, shard: shard, batches: batches)
    guard let difference = part.head.difference(from: wanted, allowsAnyKernel: keeping.allowsAnyKernel) else {
      return true
    }
    if keeping.existing == .discard { return false }
    throw .foreign(output.relativePath, difference)
  }

  /// Gives the folder of batches its name as a part; what has the name goes aside first, and comes back if that fails.
  private func place() throws(ShardError) {
    let files = FileManager.default
    let old = output.deletingLastPathComponent()
      .appendingPathComponent(".\(output.lastPathComponent).\(UUID().uuidString).old")
    let hasOld = files.fileExists(atPath: output.path)
    do {
      if hasOld { try files.moveItem(at: output, to: old) }
      do { try files.moveItem(at: keeping.folder, to: output) } catch {
        if hasOld { try files.moveItem(at: old, to: output) }
        throw error
      }
    } catch {
      throw .unwritable(output.relativePath, reason: error.fileReason)
    }
    if hasOld { try? files.removeItem(at: old) }
    DurableFile.synchronizeFolder(output.deletingLastPathComponent())
  }
}
