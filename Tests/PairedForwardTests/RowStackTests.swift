import LinearAlgebra
import Testing
import Vocabulary

@testable import PairedForward

/// Which rows a run has, and how they are stacked.
@Suite struct RowStackTests {
  /// Batches around lane width and stack size, with the first changed tokens of some runs.
  static let cases: [(lengths: [Int], firsts: [[Int]])] = [
    ([1], [[0]]), ([1], [[1]]), ([7, 9], []), ([8, 1, 17], [[0, 0, 0], [8, 1, 17], [3, 0, 16]]),
    ([300, 1, 900], [[299, 1, 0], [0, 0, 0], [150, 0, 600], [300, 1, 900], [1, 1, 1]]),
  ]

  private func runs(_ batch: Batch, _ firsts: [[Int]]) -> [RunState] {
    let masks = batch.spans.map { ChangeMask(general: TokenMask(everywhere: $0.count)) }
    // Runs of one adaptation stand next to each other.
    return firsts.enumerated().map { RunState($0, adaptation: $0 / 2, batch, first: $1, masks: masks) }
  }

  @Test(arguments: cases.indices) func `A run has the rows from its first token on`(number: Int) {
    let test = Self.cases[number]
    let batch = Batch(lengths: test.lengths)
    for first in test.firsts {
      let rows = ChangeRows(batch, first: first)
      let expected = (0..<batch.rows).filter { batch.positions[$0] >= first[batch.spanOfRow[$0]] }
      #expect(rows.batchRow == expected)
      for (span, own) in rows.spans.enumerated() {
        #expect(own.map { batch.positions[rows.batchRow[$0]] } == Array(first[span]..<test.lengths[span]))
      }
      for start in Swift.stride(from: 0, through: batch.rows, by: max(1, batch.rows / 31)) {
        for end in Swift.stride(from: start, through: batch.rows, by: max(1, batch.rows / 29)) {
          let within = rows.within(start..<end)
          #expect(rows.batchRow[within].elementsEqual(expected.filter { (start..<end).contains($0) }))
          #expect(within.lowerBound == expected.prefix { $0 < start }.count)
        }
      }
    }
  }

  @Test(arguments: cases.indices) func `Stacks cover every row of the base and of every run once`(number: Int) {
    let test = Self.cases[number]
    let batch = Batch(lengths: test.lengths)
    let runs = runs(batch, test.firsts)
    let stacks = RowStack.plan(batch, runs: runs)
    #expect(stacks.flatMap { Array($0.baseRows) } == Array(0..<batch.rows))
    #expect(stacks.allSatisfy { !$0.baseRows.isEmpty })
    for (number, run) in runs.enumerated() {
      let own = stacks.flatMap { stack in stack.slices.filter { $0.run == number }.flatMap { Array($0.own) } }
      #expect(own == Array(0..<run.rows.count))
    }
    for stack in stacks {
      #expect(stack.slices.flatMap { Array($0.rows) } == Array(0..<stack.deltaRows))
      #expect(stack.groups.flatMap { Array($0.rows) } == Array(0..<stack.deltaRows))
      #expect(Set(stack.groups.map(\.adaptation)).count == stack.groups.count)
      for slice in stack.slices {
        let group = stack.groups.first { $0.rows.contains(slice.rows.lowerBound) }
        #expect(
          group?.adaptation == runs[slice.run].adaptation && group?.rows.contains(slice.rows.upperBound - 1) == true)
        for (own, row) in zip(slice.own, slice.rows) {
          #expect(runs[slice.run].rows.batchRow[own] == stack.baseRows.lowerBound + stack.baseRow[row])
        }
      }
    }
    // No stack is much larger than the others, nor than what a cache holds.
    let sizes = stacks.map(\.total)
    let largest = test.firsts.count + 1
    #expect(sizes.max() ?? 0 <= max(768, sizes.reduce(0, +) / 4) + largest)
  }

  @Test func `Masks follow the rows of a stack, site by site`() {
    var samples = Samples(seed: 8)
    let lengths = [8, 1, 17]
    let batch = Batch(lengths: lengths)
    let firsts = [[3, 0, 16], [0, 1, 2], [8, 1, 0]]
    let masks = firsts.map { _ in
      lengths.map { ChangeMask.drawn($0, sites: samples.below(2) == 0 ? [.k] : [.k, .down], &samples) }
    }
    let runs = firsts.enumerated().map { RunState($0, adaptation: 0, batch, first: $1, masks: masks[$0]) }
    for bounds in [0..<26, 5..<20, 25..<26] {
      let stack = RowStack(bounds, runs: runs)
      for site in [nil] + Site.allCases {
        for rows in [0..<stack.deltaRows, stack.deltaRows / 3..<stack.deltaRows] {
          let expected = stack.slices.flatMap { slice in
            slice.rows.filter(rows.contains).map { row in
              let batchRow = bounds.lowerBound + stack.baseRow[row]
              let own = masks[slice.run][batch.spanOfRow[batchRow]][site]
              let position = batch.positions[batchRow]
              return (own.lowRank[position], own.other[position])
            }
          }
          let mask = stack.mask(site, rows)
          #expect(mask.lowRank == expected.map(\.0) && mask.other == expected.map(\.1))
        }
      }
    }
  }
}
