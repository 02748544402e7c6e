import Architectures
import Checkpoints
import Foundation
import LinearAlgebra

/// Next-token losses of both models from the last residual stream.
extension BatchRun {
  /// Vocabulary rows that are widened together, so that logits never need much memory.
  private static let vocabularySlice = 4096

  /// Computes and hands over the mean losses of the prompts that ask for them.
  func takeLosses() throws(CheckpointError) {
    let (states, targets, spans) = try lastStates()
    guard states.rows > 0 else { return }
    let head = forward.model.description.head
    let ledger = LossLedger(targets: targets)
    for slice in (0..<head.linear.outputs).pieces(of: Self.vocabularySlice) {
      var widening = Widening(model: forward.model, adaptation: forward.adaptation)
      let linear = try widening.plan([Projection(head.linear, rows: RowSelection(slice))])
      try widening.run(on: forward.workers)
      let runs = (0..<states.rows).pieces(of: 64)
      forward.workers.forEach(runs.count) { run, worker in
        add(runs[run], of: states, linear, slice, to: ledger, scratches[worker])
      }
    }
    for (span, rows) in spans {
      let losses = ledger.means(of: rows)
      observer.loss(prompt: batch.spans[span].prompt, base: losses.base, adapted: losses.adapted)
    }
  }

  /// The final norm of the rows whose prediction counts: base, delta and sum, with masks of their own.
  private struct States: Sendable {
    var base: Matrix
    var delta: Matrix
    var sum: Matrix
    var lowRankMask: [Float]
    var otherMask: [Float]
    var rows: Int { base.rows }
  }

  private func lastStates() throws(CheckpointError) -> (States, targets: [Int], spans: [(Int, Range<Int>)]) {
    var rows: [(row: Int, deltaRow: Int?, target: Int)] = []
    var spans: [(Int, Range<Int>)] = []
    for (index, span) in batch.spans.enumerated() {
      let prompt = batch.prompts[index]
      guard let from = prompt.lossFrom, from + 1 < span.count else { continue }
      let start = rows.count
      for position in from..<span.count - 1 {
        let delta = position - span.firstChanged
        rows.append(
          (
            span.rows.lowerBound + position, delta >= 0 ? span.deltaRows.lowerBound + delta : nil,
            prompt.tokens[position + 1]
          ))
      }
      spans.append((index, start..<rows.count))
    }
    let norm = try PairedNorm(
      forward.model.description.finalNorm, model: forward.model, adaptation: forward.adaptation)
    let hidden = activations.stream.columns
    let states = States(
      base: Matrix(rows: rows.count, columns: hidden), delta: Matrix(rows: rows.count, columns: hidden),
      sum: Matrix(rows: rows.count, columns: hidden),
      lowRankMask: rows.map { $0.deltaRow.map { batch.lowRankMask[$0] } ?? 0 },
      otherMask: rows.map { $0.deltaRow.map { batch.otherMask[$0] } ?? 0 })
    for (index, row) in rows.enumerated() {
      let (base, delta, sum) = (states.base.view[index], states.delta.view[index], states.sum.view[index])
      let x = activations.stream.view[row.row]
      norm.apply(x, count: hidden, into: base)
      if let deltaRow = row.deltaRow {
        norm.applyDelta(
          x, activations.streamDelta.view[deltaRow], count: hidden, mask: batch.otherMask[deltaRow], into: delta)
      }
      for column in 0..<hidden { sum[column] = base[column] + delta[column] }
    }
    return (states, rows.map(\.target), spans)
  }

  private func add(
    _ run: Range<Int>, of states: States, _ linear: PairedLinear, _ slice: Range<Int>, to ledger: LossLedger,
    _ scratch: Scratch
  ) {
    let logits = scratch.matrix(.projected, rows: run.count, columns: slice.count)
    let change = scratch.matrix(.projectedDelta, rows: run.count, columns: slice.count)
    let input = DeltaInput(
      delta: states.delta.view.rows(run), sum: states.sum.view.rows(run),
      masks: Masks(lowRank: states.lowRankMask[run], other: states.otherMask[run]))
    linear.apply(states.base.view.rows(run), into: logits)
    linear.applyDelta(input, into: change, scratch)
    let head = forward.model.description.head
    for (row, index) in run.enumerated() {
      for column in 0..<slice.count {
        logits[row][column] *= Float(head.logitMultiplier)
        change[row][column] *= Float(head.logitMultiplier)
      }
      if let cap = head.softCap { softCap(logits[row], change[row], count: slice.count, cap: Float(cap)) }
      ledger.add(row: index, logits: logits[row], change: change[row], slice)
    }
  }
}

/// Running log-sum-exps over slices of the vocabulary, a row a prediction. Rows are touched by one task at a time.
private final class LossLedger: @unchecked Sendable {
  private struct Row {
    var top = -Double.infinity
    var sum = 0.0
    var target = 0.0

    mutating func add(_ logit: Double) {
      if logit > top {
        sum = sum * exp(top - logit) + 1
        top = logit
      } else {
        sum += exp(logit - top)
      }
    }

    var loss: Double { top + log(sum) - target }
  }

  private let targets: [Int]
  private let base: UnsafeMutablePointer<Row>
  private let adapted: UnsafeMutablePointer<Row>

  init(targets: [Int]) {
    self.targets = targets
    base = .allocate(capacity: targets.count)
    adapted = .allocate(capacity: targets.count)
    base.initialize(repeating: Row(), count: targets.count)
    adapted.initialize(repeating: Row(), count: targets.count)
  }

  deinit {
    base.deallocate()
    adapted.deallocate()
  }

  func add(row: Int, logits: UnsafePointer<Float>, change: UnsafePointer<Float>, _ slice: Range<Int>) {
    for column in 0..<slice.count {
      base[row].add(Double(logits[column]))
      adapted[row].add(Double(logits[column]) + Double(change[column]))
    }
    guard slice.contains(targets[row]) else { return }
    let column = targets[row] - slice.lowerBound
    base[row].target = Double(logits[column])
    adapted[row].target = Double(logits[column]) + Double(change[column])
  }

  func means(of rows: Range<Int>) -> (base: Double, adapted: Double) {
    (
      rows.reduce(0) { $0 + base[$1].loss } / Double(rows.count),
      rows.reduce(0) { $0 + adapted[$1].loss } / Double(rows.count)
    )
  }
}
