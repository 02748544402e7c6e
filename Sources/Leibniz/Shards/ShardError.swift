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
  case foreign(String, what: String, found: String, expected: String)
  /// Finished batches are there and nobody said what to do with them.
  case unfinished(String, finished: Int)
  /// Another process is at work on them.
  case busy(String)

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
    case .foreign(let path, let what, let found, let expected):
      "\(path): belongs to another run: \(what) is \(found) there and \(expected) here."
    case .unfinished(let path, let finished):
      """
      \(path): an interrupted run left \(finished) finished \(finished == 1 ? "batch" : "batches") here. Go on with \
      --resume, or begin again with --force.
      """
    case .busy(let path): "\(path): another process is at work on this run. Wait for it or choose another --output."
    }
  }
}
