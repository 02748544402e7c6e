import LinearAlgebra
import Testing
import Vocabulary

@testable import PairedForward

/// Three stacked projections with three adaptations, under four runs of a batch of three prompts.
private struct LinearCase {
  static let lengths = [9, 1, 17]
  let inputs: Int
  let size: Double
  let batch = Batch(lengths: lengths)
  let states: [RunState]
  let masks: [[ChangeMask]]
  let linear: PairedLinear
  let x: Matrix
  /// By run, a row for each row of the batch; those without a delta are not read.
  let dx: [Matrix]
  private static let columns: [(site: Site?, columns: Range<Int>)] = [(.q, 0..<5), (.k, 5..<8), (.v, 8..<17)]

  init(inputs: Int, size: Double) {
    var samples = Samples(seed: inputs)
    self.inputs = inputs
    self.size = size
    // Runs 0 and 1 share an adaptation; that of run 2 changes no weight.
    let firsts = [[2, 0, 5], [0, 1, 16], [0, 0, 0], [8, 0, 3]]
    let masks = firsts.map { _ in Self.lengths.map { ChangeMask.drawn($0, sites: [.k], &samples) } }
    let batch = batch
    self.masks = masks
    states = zip([0, 0, 1, 2], firsts).enumerated().map { index, run in
      RunState(index, adaptation: run.0, batch, first: run.1, masks: masks[index])
    }
    linear = PairedLinear(
      weight: samples.matrix(17, inputs), bias: samples.floats(17), sites: Self.columns,
      changes: [.lowRank(inputs, size, &samples), WeightChange(), .mixed(inputs, size, &samples)])
    x = samples.matrix(batch.rows, inputs, scale: 2)
    dx = firsts.map { _ in samples.matrix(batch.rows, inputs, scale: size) }
  }

  /// What a stack is given, its scratch filled with what must not be read.
  func input(_ stack: RowStack, isSplit: Bool) -> LinearInput {
    let all = Matrix(rows: stack.total, columns: inputs)
    let (sum, base) = (Matrix(rows: stack.deltaRows, columns: inputs), Matrix(rows: stack.deltaRows, columns: inputs))
    x.view.rows(stack.baseRows).copy(into: all.view.rows(0..<stack.baseRows.count))
    for slice in stack.slices {
      for row in slice.rows {
        let batchRow = stack.baseRows.lowerBound + stack.baseRow[row]
        for column in 0..<inputs {
          let (value, change) = (x.view[batchRow][column], dx[slice.run].view[batchRow][column])
          all.view[stack.baseRows.count + row][column] = change
          sum.view[row][column] = value + change
          base.view[row][column] = value
        }
      }
    }
    kept.matrices += [all, sum, base]
    return LinearInput(all: all.view, sum: sum.view, base: isSplit ? base.view : nil)
  }
  private let kept = Kept()

  /// Keeps what views point to.
  private final class Kept { var matrices: [Matrix] = [] }

  typealias Sized = (value: Double, size: Double)

  /// W·x + b.
  func plain(_ row: Int) -> [Sized] {
    (0..<17).map { output in
      let bias = Double(linear.bias?[output] ?? 0)
      let products = (0..<inputs).map { linear.weight[output, $0] * x[row, $0] }
      return (products.reduce(bias, +), products.reduce(abs(bias)) { $0 + abs($1) })
    }
  }

  /// m·dW·x, W·dx, m·dW·dx and m·db of a row under a run.
  func plainParts(_ run: Int, _ row: Int) -> [[Sized]] {
    let (span, position) = (batch.spanOfRow[row], batch.positions[row])
    let change = linear.changes[states[run].adaptation]
    let (value, delta) = (x.row(row), dx[run].row(row))
    var result = [[Sized]](repeating: [Sized](repeating: (0, 0), count: 17), count: 4)
    func add(_ part: Int, _ output: Int, _ terms: some Sequence<Double>) {
      for term in terms {
        result[part][output].value += term
        result[part][output].size += abs(term)
      }
    }
    for output in 0..<17 { add(1, output, (0..<inputs).map { linear.weight[output, $0] * delta[$0] }) }
    func mask(_ part: Int) -> (lowRank: Double, other: Double) {
      let own = masks[run][span][linear.sites[part].site]
      return (Double(own.lowRank[position]), Double(own.other[position]))
    }
    for up in change.ups {
      guard let downs = change.downs else { continue }
      let factor = mask(up.part).lowRank
      for (part, vector) in [(0, value), (2, delta)] {
        for (inner, rank) in up.downRows.enumerated() {
          for (output, column) in up.columns.enumerated() {
            let weight = factor * Double(up.scale) * up.up[output, inner]
            add(part, column, (0..<inputs).map { weight * downs[rank, $0] * vector[$0] })
          }
        }
      }
      for (output, column) in up.columns.enumerated() { add(3, column, [factor * Double(up.bias?[output] ?? 0)]) }
    }
    for dense in change.denses {
      let factor = mask(dense.part).other
      for (part, vector) in [(0, value), (2, delta)] {
        for (output, column) in dense.columns.enumerated() {
          add(part, column, (0..<inputs).map { factor * dense.weight[output, $0] * vector[$0] })
        }
      }
    }
    for bias in change.biases {
      for (output, column) in bias.columns.enumerated() {
        add(3, column, [mask(bias.part).other * Double(bias.values[output])])
      }
    }
    return result
  }

  var tolerance: Double { Double(inputs + 16) * epsilon }
}

extension WeightChange {
  /// Low-rank parts of q and v, one with a bias.
  fileprivate static func lowRank(_ inputs: Int, _ size: Double, _ samples: inout Samples) -> WeightChange {
    var change = WeightChange()
    change.downs = samples.matrix(5, inputs)
    change.ups = [
      LowRankUp(
        part: 0, downRows: 0..<2, up: samples.matrix(5, 2, scale: size), scale: 0.5, columns: 0..<5, bias: nil),
      LowRankUp(
        part: 2, downRows: 2..<5, up: samples.matrix(9, 3, scale: size), scale: 2, columns: 8..<17,
        bias: samples.floats(9, scale: size)),
    ]
    return change
  }

  /// A low-rank part, a dense part and a bias of k, a dense part and a bias of v.
  fileprivate static func mixed(_ inputs: Int, _ size: Double, _ samples: inout Samples) -> WeightChange {
    var change = WeightChange()
    change.downs = samples.matrix(1, inputs)
    change.ups = [
      LowRankUp(
        part: 1, downRows: 0..<1, up: samples.matrix(3, 1, scale: size), scale: -1.5, columns: 5..<8,
        bias: samples.floats(3, scale: size))
    ]
    change.denses = [
      Dense(part: 1, weight: samples.matrix(3, inputs, scale: size), columns: 5..<8),
      Dense(part: 2, weight: samples.matrix(9, inputs, scale: size), columns: 8..<17),
    ]
    change.biases = [
      Bias(part: 1, values: samples.floats(3, scale: size), columns: 5..<8),
      Bias(part: 2, values: samples.floats(9, scale: size), columns: 8..<17),
    ]
    return change
  }
}

/// Stacked projections of a base and several runs against products in double.
@Suite struct LinearTests {
  /// Stacks of all rows, of one row each, and cut anywhere.
  static let cuts = [[0, 27], Array(0...27), [0, 3, 9, 10, 21, 27]]

  @Test(arguments: [1, 7, 8, 9, 17, 300], changeSizes)
  func `Rows of every run are the plain ones, however stacks are cut`(inputs: Int, size: Double) {
    let test = LinearCase(inputs: inputs, size: size)
    var agreement = Agreement()
    // One scratch for all: what an earlier stack left must not be seen.
    let scratch = Scratch()
    for cut in Self.cuts {
      for (start, end) in zip(cut, cut.dropFirst()) {
        let stack = RowStack(start..<end, runs: test.states)
        for isSplit in [false, true] { check(test, stack, isSplit: isSplit, scratch, &agreement) }
      }
    }
    agreement.verify()
  }

  private func check(
    _ test: LinearCase, _ stack: RowStack, isSplit: Bool, _ scratch: Scratch, _ agreement: inout Agreement
  ) {
    func undefined(_ rows: Int) -> Matrix { Matrix(rows: rows, columns: 17, Array(repeating: .nan, count: rows * 17)) }
    let y = undefined(stack.total)
    let parts = [undefined(stack.deltaRows), undefined(stack.deltaRows), undefined(stack.deltaRows)]
    test.linear.apply(
      test.input(stack, isSplit: isSplit), stack, into: y.view,
      parts: isSplit ? LinearParts(own: parts[0].view, inherited: parts[1].view, joint: parts[2].view) : nil, scratch)
    for (place, row) in stack.baseRows.enumerated() {
      for (column, expected) in test.plain(row).enumerated() {
        agreement.check(
          y.view[place][column], expected.value, within: test.tolerance * expected.size, "row \(row), \(column)")
      }
    }
    let biased = Matrix(rows: stack.total, columns: 17, y.values)
    test.linear.addBiasChanges(stack, to: biased.view.rows(stack.baseRows.count..<stack.total))
    for slice in stack.slices {
      for row in slice.rows {
        let batchRow = stack.baseRows.lowerBound + stack.baseRow[row]
        let expected = test.plainParts(slice.run, batchRow)
        let place = "run \(slice.run), row \(batchRow), split \(isSplit)"
        for column in 0..<17 {
          let own = expected.map { $0[column] }
          let size = own[0].size + own[1].size + own[2].size
          let sum = own[0].value + own[1].value + own[2].value
          agreement.check(
            y.view[stack.baseRows.count + row][column], sum, within: test.tolerance * size, "\(place), \(column)")
          agreement.check(
            biased.view[stack.baseRows.count + row][column], sum + own[3].value,
            within: test.tolerance * (size + own[3].size), "\(place), \(column) with its bias")
          guard isSplit else { continue }
          for (part, matrix) in parts.enumerated() {
            agreement.check(
              matrix.view[row][column], own[part].value, within: test.tolerance * own[part].size,
              "\(place), \(column), part \(part)")
          }
        }
      }
    }
  }

  @Test func `Only rows of masked tokens keep W·dx to the bit`() {
    let test = LinearCase(inputs: 9, size: 0.3)
    let zeros = LinearCase.lengths.map {
      ChangeMask(general: TokenMask(lowRank: Array(repeating: 0, count: $0), other: Array(repeating: 0, count: $0)))
    }
    let off = [0, 1, 2].map { RunState($0, adaptation: $0, test.batch, first: [0, 0, 0], masks: zeros) }
    let stack = RowStack(0..<test.batch.rows, runs: off)
    let y = Matrix(rows: stack.total, columns: 17)
    test.linear.apply(test.input(stack, isSplit: false), stack, into: y.view, Scratch())
    test.linear.addBiasChanges(stack, to: y.view.rows(stack.baseRows.count..<stack.total))
    let input = test.input(stack, isSplit: false)
    let plain = Matrix(rows: stack.total, columns: 17)
    multiply(input.all, test.linear.weight.view, transposed: true, into: plain.view)
    let delta = stack.baseRows.count * 17
    #expect(Array(y.values[delta...]) == Array(plain.values[delta...]))
    #expect(plain.values[delta...].contains { $0 != 0 })
  }
}
