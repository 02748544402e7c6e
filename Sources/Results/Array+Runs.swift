extension [Int] {
  /// Rising numbers as runs of consecutive ones.
  package var runs: [ClosedRange<Int>] {
    reduce(into: []) { runs, number in
      if let last = runs.last, number > last.upperBound, number &- last.upperBound == 1 {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
  }
}
