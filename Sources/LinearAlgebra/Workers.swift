import Dispatch
import Synchronization

/// The one level of parallelism: tasks over rows, heads and tiles, each with single-threaded products.
///
/// The tasks and their sizes never depend on the number of threads, so neither do results.
public final class Workers: Sendable {
  /// How many tasks run at a time.
  public let threads: Int

  /// More than any machine has.
  private static let most = 4096

  /// Workers on so many threads.
  public init(threads: Int) {
    self.threads = min(max(1, threads), Self.most)
    useOneThreadPerProduct()
  }

  /// Runs `body(task, worker)` for every task in 0..<count, in any order. `worker` is below `threads` and no two
  /// running tasks have the same, so that it can index scratch memory.
  /// - Throws: The error of the failed task with the lowest number among those that ran; the others are not started.
  public func forEach<Failure: Error>(
    _ count: Int, _ body: @Sendable (_ task: Int, _ worker: Int) throws(Failure) -> Void
  ) throws(Failure) {
    let next = Atomic<Int>(0)
    let failure = Mutex<(task: Int, error: Failure)?>(nil)
    DispatchQueue.concurrentPerform(iterations: min(threads, max(count, 1))) { worker in
      while true {
        let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard task < count else { return }
        do throws(Failure) { try body(task, worker) } catch {
          next.store(count, ordering: .relaxed)
          failure.withLock { if task < $0?.task ?? .max { $0 = (task, error) } }
        }
      }
    }
    if let failed = failure.withLock({ $0 }) { throw failed.error }
  }
}

extension Workers {
  /// The results of `body(task, worker)` for every task in 0..<count, in the order of the tasks.
  public func map<Result: Sendable>(
    _ count: Int, _ body: @Sendable (_ task: Int, _ worker: Int) -> Result
  ) -> [Result] {
    [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Every task writes an element of its own.
      nonisolated(unsafe) let elements = buffer
      forEach(count) { task, worker in
        elements.initializeElement(at: task, to: body(task, worker))
      }
      initialized = count
    }
  }
}

extension Range where Bound == Int {
  /// The range cut into pieces of at most `length`, in order.
  public func pieces(of length: Int) -> [Range<Int>] {
    Swift.stride(from: lowerBound, to: upperBound, by: length).map { $0..<Swift.min($0 + length, upperBound) }
  }
}

extension Workers {
  /// The results of `body` for every task in 0..<count, in order.
  /// - Throws: As ``forEach(_:_:)``.
  public func map<Result: Sendable, Failure: Error>(
    _ count: Int, _ body: @Sendable (_ task: Int) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: count))
    try forEach(count) { task, _ throws(Failure) in
      let result = try body(task)
      results.withLock { $0[task] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
  }
}
