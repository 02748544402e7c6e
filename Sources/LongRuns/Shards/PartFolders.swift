import Foundation

/// All parts of one run, in the order of their shards.
package struct PartFolders {
  package let parts: [PartFolder]
  /// The kernels of OpenBLAS that their batches were computed on.
  package let kernels: Set<String>

  /// Opens parts and finds everything that is wrong with any of them.
  /// - Parameter allowsAnyKernel: Whether they may be of different kernels.
  package init(_ folders: [URL], allowsAnyKernel: Bool) throws(ShardError) {
    var kernels: Set<String> = []
    var (opened, problems): ([PartFolder], [String]) = ([], [])
    for folder in folders {
      do { opened.append(try PartFolder(folder, allowsAnyKernel: allowsAnyKernel)) } catch {
        problems.append(error.description)
      }
    }
    guard let run = Self.mostCommon(opened, allowsAnyKernel) else {
      throw .incomplete(problems: problems + ["There is no part to merge."], resubmit: [], shards: 0)
    }
    var found: [Int: PartFolder] = [:]
    for part in opened {
      if let difference = part.difference(from: run, allowsAnyKernel) {
        problems.append("\(part.folder.relativePath): belongs to another run than the others: \(difference).")
      } else if let twin = found[part.shard.number] {
        problems.append(
          "\(part.folder.relativePath): is shard \(part.shard), and so is \(twin.folder.relativePath). Name one of them."
        )
      } else {
        found[part.shard.number] = part
      }
    }
    for (number, part) in found.sorted(by: { $0.key < $1.key }) {
      do { kernels.formUnion(try part.check()) } catch {
        problems.append(error.description)
        found[number] = nil
      }
    }
    let missing = (1...run.shard.count).filter { found[$0] == nil }
    guard problems.isEmpty, missing.isEmpty else {
      if !missing.isEmpty { problems.append("\(missing.count) of \(run.shard.count) shards are missing or unusable.") }
      throw .incomplete(problems: problems, resubmit: missing, shards: run.shard.count)
    }
    self.kernels = kernels
    parts = found.sorted { $0.key < $1.key }.map(\.value)
  }

  /// A part of the run that most are of; of the one whose part is named first in the alphabet where as many are of another.
  private static func mostCommon(_ parts: [PartFolder], _ allowsAnyKernel: Bool) -> PartFolder? {
    let sorted = parts.sorted { $0.folder.path < $1.folder.path }
    let runs = Dictionary(grouping: sorted) { $0.run(allowsAnyKernel) }
    let most = runs.values.map(\.count).max()
    return sorted.first { runs[$0.run(allowsAnyKernel)]?.count == most }
  }
}

extension PartFolder {
  /// What parts of one run have in common.
  fileprivate func run(_ allowsAnyKernel: Bool) -> [String] {
    let identity = allowsAnyKernel ? head.identity.onAnyKernel : head.identity
    return [identity.digest, "\(shard.count)", "\(head.batches)"]
  }

  /// What it says otherwise than a part of another run; nil where both are of the same.
  fileprivate func difference(from other: PartFolder, _ allowsAnyKernel: Bool) -> String? {
    guard run(allowsAnyKernel) != other.run(allowsAnyKernel) else { return nil }
    if let difference = head.identity.difference(from: other.head.identity, allowsAnyKernel: allowsAnyKernel) {
      let advice = difference.name == RunIdentity.kernelEntry ? " (--any-kernel accepts that)" : ""
      return
        "\(difference.name) is \(difference.found) there and \(difference.expected) in \(other.folder.relativePath)\(advice)"
    }
    return "it is shard \(shard), \(other.folder.relativePath) is shard \(other.shard)"
  }
}
