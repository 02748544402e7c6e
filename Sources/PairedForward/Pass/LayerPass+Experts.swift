import Architectures
import LinearAlgebra

/// The halves of a mixture of experts: a stack of rows chooses experts, rows gathered by expert go through each, and stacks take up the
/// sums.
extension LayerPass {
  /// z → the stream behind the attention; what experts read and how they are chosen is kept for them.
  func route(_ stack: RowStack, _ mixture: MixtureRows, _ scratch: Scratch, show: (ProductRows) -> Void) {
    let attended = attend(stack, scratch, show: show)
    if !layer.isParallel { addToStream(attended, stack, mixing) }
    let norms = weights.mixture?.norms
    if let norms {
      let read = normedStream(stack, norms.input, scratch, isSplit: false)
      scatter(read.all, stack, mixture.base.input, mixture.runs.map(\.input))
      choose(normedStream(stack, norms.router, scratch, isSplit: false), stack, mixture, scratch)
    }
    let input = normedStream(stack, weights.mlpInputNorm, scratch, isSplit: showsProducts)
    if layer.isParallel { addToStream(attended, stack, mixing) }
    if norms == nil {
      scatter(input.all, stack, mixture.base.input, mixture.runs.map(\.input))
      choose(input, stack, mixture, scratch)
    }
    guard let mlp = weights.mlp else { return }
    var gate: MatrixView?
    if let shared = weights.sharedGate { gate = apply(shared, input, stack, .shared, scratch) }
    let output = feed(input, stack, mlp, scratch, show: show)
    if let gate { multiply(output, byGate: gate, stack) }
    normalize(output, stack, norms?.dense)
    scatter(output, stack, mixture.base.dense, mixture.runs.map(\.dense))
  }

  /// Adds what an expert makes of its rows, G·E and dG·E + (G + dG)·dE, to their sums.
  func add(
    _ expert: Int, _ mlp: MLPWeights, _ stack: RowStack, baseRows: ArraySlice<Int>, _ mixture: MixtureRows,
    _ scratch: Scratch
  ) {
    guard let gathered = stack.gathered else { return }
    let hidden = mixture.base.input.columns
    let all = scratch.matrix(.input, rows: stack.total, columns: hidden)
    for (place, row) in baseRows.enumerated() { all[place].update(from: mixture.base.input.view[row], count: hidden) }
    for (place, (run, own)) in gathered.enumerated() {
      all[baseRows.count + place].update(from: mixture.runs[run].input.view[own], count: hidden)
    }
    let output = feed(linearInput(all, stack, scratch, isSplit: false), stack, mlp, scratch) { _ in }
    for (place, row) in baseRows.enumerated() {
      add(output[place], times: mixture.base.weights.view[row][expert], to: mixture.base.output.view[row], hidden)
    }
    for (place, (run, own)) in gathered.enumerated() {
      let side = mixture.runs[run]
      guard let changes = side.weightChange else { continue }
      let (before, change) = (output[stack.baseRow[place]], output[baseRows.count + place])
      let (weight, step) = (side.weights.view[own][expert], changes.view[own][expert])
      let base = mixture.base.weights.view[baseRows[baseRows.startIndex + stack.baseRow[place]]][expert]
      let target = side.output.view[own]
      let dropped = side.dropped.isEmpty ? [] : side.dropped[own]
      if dropped.isEmpty {
        add(before, times: step, to: target, hidden)
        add(change, times: weight, to: target, hidden)
      } else {
        if !dropped.contains(.dGE) { add(before, times: step, to: target, hidden) }
        if !dropped.contains(.GdE) { add(change, times: base, to: target, hidden) }
        if !dropped.contains(.dGdE) { add(change, times: step, to: target, hidden) }
      }
      guard !side.terms.isEmpty else { continue }
      let own = side.terms.map { $0.view[own] }
      add(before, times: step, to: own[0], hidden)
      add(change, times: base, to: own[1], hidden)
      add(change, times: step, to: own[2], hidden)
    }
  }

  /// The sums → the stream after the layer.
  func complete(_ stack: RowStack, _ mixture: MixtureRows, _ scratch: Scratch) {
    let output = scratch.matrix(.fed, rows: stack.total, columns: mixture.base.output.columns)
    let (base, delta) = (output.rows(0..<stack.baseRows.count), output.rows(stack.baseRows.count..<stack.total))
    mixture.base.output.view.rows(stack.baseRows).copy(into: base)
    for slice in stack.slices { mixture.runs[slice.run].output.view.rows(slice.own).copy(into: delta.rows(slice.rows)) }
    if let norms = weights.mixture?.norms {
      normalize(output, stack, norms.output)
      base.add(mixture.base.dense.view.rows(stack.baseRows), scaledBy: 1)
      for slice in stack.slices {
        delta.rows(slice.rows).add(mixture.runs[slice.run].dense.view.rows(slice.own), scaledBy: 1)
      }
    }
    normalize(output, stack, weights.mlpOutputNorm)
    addToStream(output, stack, .mlp)
    leave(stack, scratch)
  }

  /// Shows who chose which experts, and the terms of what these add; rows of forks are left out.
  func showRouting(_ stack: RowStack, _ mixture: MixtureRows, _ show: (RoutingRows) -> Void) {
    for slice in stack.slices where runs[slice.run].origin == nil {
      let side = mixture.runs[slice.run]
      show(
        RoutingRows(
          layer: index, rows: tokens(slice),
          baseWeights: slice.rows.map { row in
            UnsafePointer(mixture.base.weights.view[stack.baseRows.lowerBound + stack.baseRow[row]])
          },
          weights: ReadOnlyMatrix(side.weights.view.rows(slice.own)),
          terms: side.terms.map { ReadOnlyMatrix($0.view.rows(slice.own)) }))
    }
  }

  /// A small projection with all its changes.
  func apply(
    _ linear: PairedLinear, _ input: LinearInput, _ stack: RowStack, _ purpose: Scratch.Purpose, _ scratch: Scratch
  ) -> MatrixView {
    let output = scratch.matrix(purpose, rows: stack.total, columns: linear.outputs)
    linear.apply(input, stack, into: output, scratch)
    linear.addBiasChanges(stack, to: output.rows(stack.baseRows.count..<stack.total))
    return output
  }

  /// Copies a stack's rows to where the mixture keeps them.
  private func scatter(_ all: MatrixView, _ stack: RowStack, _ base: Matrix, _ runs: [Matrix]) {
    all.rows(0..<stack.baseRows.count).copy(into: base.view.rows(stack.baseRows))
    let delta = all.rows(stack.baseRows.count..<stack.total)
    for slice in stack.slices { delta.rows(slice.rows).copy(into: runs[slice.run].view.rows(slice.own)) }
  }

  /// The weights of every row's experts, G = s·w, and their changes s′·dw + ds·w, with s the factors on experts' weights.
  private func choose(_ input: LinearInput, _ stack: RowStack, _ mixture: MixtureRows, _ scratch: Scratch) {
    guard let router = weights.router, let rule = layer.experts?.routing else { return }
    let routing = PairedRouting(rule, experts: router.outputs, correction: weights.correction)
    let (logits, scales) = (apply(router, input, stack, .projected, scratch), weights.mixture?.scales)
    func row(_ row: Int) -> [Double] {
      UnsafeBufferPointer(start: logits[row], count: routing.experts).map { rule.logitFactor * Double($0) }
    }
    func scale(_ expert: Int) -> Double { scales.map { Double($0.base[expert]) } ?? 1 }
    let weights = (0..<stack.baseRows.count).map { routing.weights(row($0)) }
    for (index, own) in weights.enumerated() {
      let target = mixture.base.weights.view[stack.baseRows.lowerBound + index]
      for expert in own.chosen { target[expert] = own.weight(expert, times: scale(expert)) }
    }
    for slice in stack.slices {
      let (side, run) = (mixture.runs[slice.run], runs[slice.run])
      let (steps, mask) = (scales?.changes[run.adaptation], run.masks[nil].other)
      for (own, delta) in zip(slice.own, slice.rows) {
        func step(_ expert: Int) -> Double { steps.map { Double(mask[own] * $0[expert]) } ?? 0 }
        let (base, change) = (weights[stack.baseRow[delta]], row(stack.baseRows.count + delta))
        let changed = routing.weights(zip(row(stack.baseRow[delta]), change).map { $0 + $1 })
        for expert in changed.chosen {
          side.weights.view[own][expert] = changed.weight(expert, times: scale(expert) + step(expert))
        }
        guard let target = side.weightChange?.view[own] else { continue }
        for (expert, dw) in routing.change(base, changed, by: change).enumerated() {
          target[expert] = Float(
            (scale(expert) + step(expert)) * dw + base.change(expert, byFactor: step(expert)))
        }
      }
    }
  }

  /// σ(g)·y on base rows, and its change dσ·(y + dy) + σ·dy; `gate` holds g and dg, a number a row.
  private func multiply(_ output: MatrixView, byGate gate: MatrixView, _ stack: RowStack) {
    let count = stack.baseRows.count
    let columns = output.columns
    for row in 0..<stack.deltaRows {
      let base = stack.baseRow[row]
      let (value, step) = PairedSigmoid.pair(gate[base][0], gate[count + row][0])
      let (y, dy) = (output[base], output[count + row])
      var column = 0
      while column < columns {
        let change = read(dy, column, columns)
        write((read(y, column, columns) + change) * step + change * value, dy, column, columns)
        column += 8
      }
    }
    for row in 0..<count {
      let value = PairedSigmoid.pair(gate[row][0], 0).value
      for column in 0..<columns { output[row][column] *= value }
    }
  }

  private func add(
    _ source: UnsafeMutablePointer<Float>, times factor: Float, to target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    guard factor != 0 else { return }
    var column = 0
    while column < count {
      write(read(target, column, count) + read(source, column, count) * factor, target, column, count)
      column += 8
    }
  }
}
