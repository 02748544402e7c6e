import Dispatch
import Synchronization

/// Two pieces of work at the same time.
func sideBySide<First: Sendable, Second: Sendable, Failure: Error>(
  _ first: @Sendable () throws(Failure) -> First, _ second: @Sendable () -> Second
) -> (Result<First, Failure>, Second) {
  let found = Mutex<(Result<First, Failure>?, Second?)>((nil, nil))
  DispatchQueue.concurrentPerform(iterations: 2) { piece in
    if piece == 0 {
      let result = Result(catching: first)
      found.withLock { $0.0 = result }
    } else {
      let result = second()
      found.withLock { $0.1 = result }
    }
  }
  guard case (let first?, let second?) = found.withLock({ $0 }) else { preconditionFailure("both pieces were done") }
  return (first, second)
}
