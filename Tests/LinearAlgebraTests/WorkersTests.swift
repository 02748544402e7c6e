import LinearAlgebra
import Synchronization
import Testing

@Suite struct WorkersTests {
  private struct Failed: Error, Equatable { var task: Int }

  @Test(arguments: [1, 2, 5]) func everyTaskRunsOnceAndNoWorkerTwiceAtATime(threads: Int) {
    let counts = Mutex([Int](repeating: 0, count: 100))
    let busy = Mutex(Set<Int>())
    Workers(threads: threads).forEach(100) { task, worker in
      let isFree = busy.withLock { $0.insert(worker).inserted }
      #expect(isFree && worker < threads)
      counts.withLock { $0[task] += 1 }
      _ = busy.withLock { $0.remove(worker) }
    }
    #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
  }

  @Test func aFailureIsThrown() {
    #expect(throws: Failed(task: 3)) {
      try Workers(threads: 1).forEach(10) { task, _ throws(Failed) in
        if task >= 3 { throw Failed(task: task) }
      }
    }
  }

  @Test func noTasksIsNoWork() {
    Workers(threads: 2).forEach(0) { task, _ in Issue.record("task \(task) ran") }
  }
}
