import Files
import Foundation

/// A part as it lies in its folder: the batches of one shard, each in a file of its own, and a file that makes a part of them.
package struct PartFolder {
  /// The folder.
  package let folder: URL
  /// What it is a part of.
  package let head: ShardFile.Head
  /// Which part it is.
  package let shard: Shard
  /// Whether batches of another kernel than the part's may be in it.
  private let allowsAnyKernel: Bool
  /// What makes a report of sums: how, then an empty result of each adapter.
  package let sections: [[UInt8]]

  /// Opens a part and looks whether all of its files are there; ``check()`` reads them.
  package init(_ folder: URL, allowsAnyKernel: Bool = false) throws(ShardError) {
    self.folder = folder
    self.allowsAnyKernel = allowsAnyKernel
    let (name, found) = (folder.relativePath, try Self.contents(folder))
    guard found.contains(Self.head) else { throw try Self.unfinished(folder, found) }
    let file: ShardFile
    do { file = try ShardFile(folder.appendingPathComponent(Self.head)) } catch .notAPart { throw .damaged(name) }
    guard let shard = file.head.shard, file.count > 0 else { throw .damaged(name) }
    (head, self.shard, sections) = (file.head, shard, (0..<file.count).map(file.bytes))
    let batches = Set(found.filter { $0.hasPrefix("batch-") })
    guard batches.count == shard.count(of: head.batches),
      shard.batches(of: head.batches).allSatisfy({ batches.contains(Self.name($0)) })
    else { throw .damaged(name) }
  }

  /// The sums of a batch, and of how many prompts they are.
  package func sums(of batch: Int) throws(ShardError) -> (bytes: [UInt8], prompts: Int, kernel: String?) {
    let file = try ShardFile(folder.appendingPathComponent(Self.name(batch)))
    let isOther = file.head.difference(from: head, allowsAnyKernel: true) != nil
    if !isOther, !allowsAnyKernel, let difference = file.head.difference(from: head) {
      throw .mixedKernels(folder.relativePath, difference)
    }
    guard !isOther, file.head.batch == batch, file.count == 1 else {
      throw .damaged(folder.relativePath)
    }
    return (file.bytes(0), file.head.prompts, file.head.identity.kernel)
  }

  /// Looks whether every batch is intact.
  /// - Returns: The kernels that they were computed on.
  @discardableResult
  package func check() throws(ShardError) -> Set<String> {
    var kernels: Set<String> = []
    for batch in shard.batches(of: head.batches) {
      do { if let kernel = try sums(of: batch).kernel { kernels.insert(kernel) } } catch .notAPart {
        throw .damaged(folder.relativePath)
      }
    }
    return kernels
  }
}

extension PartFolder {
  /// The file that makes a part of batches; written last.
  package static let head = "shard.part"
  /// The file that says what the batches of a run at work belong to; written first.
  package static let run = "run.part"

  /// The file of a batch.
  package static func name(_ batch: Int) -> String { "batch-\(batch + 1).part" }

  /// The names in a folder of batches; those of files that were never finished are left out.
  /// - Throws: ``ShardError`` where it is no folder, or holds something else.
  package static func contents(_ folder: URL) throws(ShardError) -> [String] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder.path) } catch {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), !isFolder.boolValue {
        throw .notAPart(folder.relativePath, reason: "it is a file")
      }
      throw .unreadable(folder.relativePath, reason: error.fileReason)
    }
    let known = names.filter { $0 == run || $0 == head || ($0.hasPrefix("batch-") && $0.hasSuffix(".part")) }
    if let other = names.sorted().first(where: { !known.contains($0) && !($0.hasPrefix(".") && $0.hasSuffix(".new")) })
    {
      throw .notAPart(folder.relativePath, reason: "it holds \(other), which no run leaves in its parts")
    }
    return known
  }

  /// What a folder without that file is.
  private static func unfinished(_ folder: URL, _ found: [String]) throws(ShardError) -> ShardError {
    guard found.contains(run) else { return .notAPart(folder.relativePath, reason: "it has no \(head)") }
    let file = try ShardFile(folder.appendingPathComponent(run))
    return .partial(folder.relativePath, shard: file.head.shard)
  }
}
