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

  @Test(arguments: [1, 2, 7], [0, 1, 8, 1000]) func `Results stand in the order of their tasks`(
    threads: Int, count: Int
  ) {
    let workers = Workers(threads: threads)
    // Early tasks take longest, so that they finish out of order.
    @Sendable func slow(_ task: Int) -> [Int] {
      var sum = 0
      for step in 0..<(count - task) * 20 { sum &+= step }
      return [task, sum]
    }
    #expect(workers.map(count) { task, _ in slow(task)[0] } == Array(0..<count))
    #expect(workers.map(count) { (task: Int) in slow(task)[0] } == Array(0..<count))
    #expect(workers.map(count) { _, worker in worker }.allSatisfy { (0..<threads).contains($0) })
  }
}
