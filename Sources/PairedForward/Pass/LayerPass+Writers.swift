import Architectures
import LinearAlgebra

/// What is kept for those who ask who wrote a change.
extension LayerPass {
  /// Takes apart what the attention writes on the tokens whose predictions are split: what it reads is kept by the attention itself;
  /// here it goes through output projection and norm.
  /// - Parameters:
  ///   - output: What the output projection makes, before a norm.
  ///   - input: What it reads.
  func keepAttention(_ output: MatrixView, reading input: LinearInput, _ stack: RowStack, _ scratch: Scratch) {
    let split = stack.slices.flatMap { slice in
      zip(slice.own, slice.rows).compactMap { own, row in
        runs[slice.run].memory?.written?.attention?.places[own].map {
          Split(run: slice.run, own: own, row: row, place: $0)
        }
      }
    }
    guard !split.isEmpty else { return }
    let width = weights.output.inputs
    let operands = layer.attention.gate == nil ? AttentionParts.operands - 1 : AttentionParts.operands
    let mixed = scratch.matrix(.writtenInput, rows: operands * split.count, columns: width)
    for (number, row) in split.enumerated() {
      guard let parts = runs[row.run].memory?.written?.attention else { continue }
      for (part, source) in parts.mixed(row.own..<row.own + 1, 0..<width).prefix(operands).enumerated() {
        mixed[operands * number + part].update(from: source[0], count: width)
      }
    }
    let projected = scratch.matrix(.written, 0, rows: mixed.rows, columns: output.columns)
    multiply(mixed, weights.output.weight.view, transposed: true, into: projected)
    // dW_O·z′ and the bias's change.
    let own = scratch.matrix(.written, 1, rows: stack.deltaRows, columns: output.columns)
    own.clear()
    for group in stack.groups where !weights.output.changes[group.adaptation].isEmpty {
      weights.output.changes[group.adaptation].add(
        input.sum.rows(group.rows), weights.output.sites.map { stack.mask($0.site, group.rows) },
        to: own.rows(group.rows), scratch)
    }
    weights.output.addBiasChanges(stack, to: own)
    for (number, row) in split.enumerated() {
      let made = (0..<operands).map { projected[operands * number + $0] }
      keep(row, Array(made[..<3]) + [own[row.row]], gate: made.dropFirst(3).first, output, stack)
    }
  }

  /// A delta row whose prediction is split.
  private struct Split {
    var run: Int
    var own: Int
    var row: Int
    /// Among those of its run.
    var place: Int
  }

  private func keep(
    _ row: Split, _ parts: [UnsafeMutablePointer<Float>], gate: UnsafeMutablePointer<Float>?, _ output: MatrixView,
    _ stack: RowStack
  ) {
    let run = runs[row.run]
    guard let target = run.memory?.written?.attention?.token(row.place, layer: index) else { return }
    for (part, values) in parts.enumerated() { target[part].update(from: values, count: target.columns) }
    let (rest, last) = (target[parts.count], target[parts.count + 1])
    rest.update(repeating: 0, count: target.columns)
    if let gate {
      last.update(from: gate, count: target.columns)
    } else {
      last.update(repeating: 0, count: target.columns)
    }
    if let norm = weights.attentionOutputNorm {
      norm.applyWritten(
        output[stack.baseRow[row.row]], output[stack.baseRows.count + row.row], adaptation: run.adaptation,
        mask: run.masks[nil].other[row.own], parts: parts.indices.map { target[$0] } + [last], rest: rest)
    }
    if layer.residualMultiplier != 1 {
      target.scaleRows(by: Array(repeating: layer.residualMultiplier, count: target.rows))
    }
  }
}

extension OperandRows {
  /// Keeps 1/r′ of a norm on queries or keys, for those who pull back through it.
  func keepInverse(_ norm: PairedNorm, _ part: Range<Int>) {
    for slice in stack.slices {
      guard let kept = pass.runs[slice.run].memory?.written?.reader(pass.index).normInverse,
        part.upperBound <= kept.columns
      else {
        continue
      }
      for (own, row) in zip(slice.own, slice.rows) {
        let (x, dx) = (base[stack.baseRow[row]] + part.lowerBound, delta[row] + part.lowerBound)
        for start in stride(from: 0, to: part.count, by: norm.width) {
          let inverse = norm.roots(x + start, dx + start).inverse
          (kept.view[own] + part.lowerBound + start).update(repeating: inverse, count: norm.width)
        }
      }
    }
  }

  /// Keeps a clip's secants of queries and keys, likewise.
  func keepSecants(_ bound: Float) {
    let width = columns.key.upperBound
    for slice in stack.slices {
      guard let kept = pass.runs[slice.run].memory?.written?.reader(pass.index).clipSecants else { continue }
      for (own, row) in zip(slice.own, slice.rows) {
        let (x, dx) = (base[stack.baseRow[row]], delta[row])
        for column in stride(from: 0, to: width, by: 8) {
          write(clipSecant(read(x, column, width), read(dx, column, width), bound), kept.view[own], column, width)
        }
      }
    }
  }
}
