import Results

/// Why finished batches cannot be kept, read or put together.
public enum ShardError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file system gives nothing.
  case unreadable(String, reason: String)
  /// The file system refuses.
  case unwritable(String, reason: String)
  /// It is something else.
  case notAPart(String, reason: String)
  /// It was cut off or changed since it was written.
  case damaged(String)
  /// Another version's sums may mean something else.
  case otherVersion(String, version: String)
  /// It belongs to another run.
  case foreign(String, RequestDifference)
  /// Its batches were computed on several of OpenBLAS's kernels, and nobody said that it does not matter.
  case mixedKernels(String, RequestDifference)
  /// Finished batches are there and nobody said what to do with them.
  case unfinished(String, finished: Int)
  /// A shard that was interrupted, or is at work.
  case partial(String, shard: Shard?)
  /// Another process is at work on them.
  case busy(String)
  /// Parts do not make a whole: what is wrong with each, and which shards have to be computed again.
  case incomplete(problems: [String], resubmit: [Int], shards: Int)

  /// What was found and what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read. Check the path and its permissions. (\(reason))"
    case .unwritable(let path, let reason):
      "\(path): cannot be written: \(reason). What was finished before is kept; --resume goes on from there."
    case .notAPart(let path, let reason): "\(path): is no part of a Leibniz run: \(reason)."
    case .damaged(let path): "\(path): is damaged: it was cut off or changed after it was written. Compute it again."
    case .otherVersion(let path, let version):
      "\(path): was written by Leibniz \(version), this is \(leibnizVersion). Compute all parts with one version."
    case .foreign(let path, let difference) where difference.name == RunIdentity.kernelEntry:
      """
      \(path): was computed on another of OpenBLAS's kernels, \(difference.found), this machine runs \(difference.expected), so that \
      the last digits differ. Accept that with --any-kernel, set OPENBLAS_CORETYPE, or begin again with --force.
      """
    case .foreign(let path, let difference):
      """
      \(path): belongs to another run: \(difference.name) is \(difference.found) there and \(difference.expected) here. \
      Choose another --output, or begin again with --force.
      """
    case .mixedKernels(let path, let difference):
      """
      \(path): some of its batches were computed on another of OpenBLAS's kernels, \(difference.found) and \
      \(difference.expected), so that the last digits differ. Accept that with --any-kernel, or compute it again.
      """
    case .incomplete(let problems, let resubmit, let shards):
      """
      \(problems.joined(separator: " ")) \
      \(resubmit.isEmpty ? "Name each part of one run once." : "To be computed again, of \(shards): \(resubmit.asList)")
      """
    case .unfinished(let path, let finished):
      """
      \(path): an interrupted run left \(finished) finished \(finished == 1 ? "batch" : "batches") here. Go on with \
      --resume, or begin again with --force.
      """
    case .partial(let path, let shard):
      """
      \(path): is not finished\(shard.map { ", shard \($0)" } ?? "; it is no part but a whole run"). Go on with --resume \
      where it was begun.
      """
    case .busy(let path): "\(path): another process is at work on this run. Wait for it or choose another --output."
    }
  }
}

extension [Int] {
  /// Rising numbers as job arrays take them: "3,7", "2-5,9".
  fileprivate var asList: String {
    runs.map { run in
      let ends = run.count > 2 ? ["\(run.lowerBound)-\(run.upperBound)"] : run.map(String.init)
      return ends.joined(separator: ",")
    }.joined(separator: ",")
  }
}
