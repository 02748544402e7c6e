import Architectures
import Checkpoints
import LinearAlgebra

/// The predictions as a reader of what was written to the stream.
extension BatchRun {
  /// Keeps what the final norm adds on the tokens whose predictions are split, before it is applied in place.
  func prepareAttributed(_ norm: PairedNorm) {
    let (pieces, states) = (attributed, states)
    forward.workers.forEach(pieces.count) { piece, _ in
      let (span, positions) = pieces[piece]
      for state in states where state.predicts {
        guard let written = state.memory?.written else { continue }
        let first = state.rows.spans[span].lowerBound - state.rows.first[span]
        let own = max(positions.lowerBound, state.rows.first[span])..<max(positions.upperBound, state.rows.first[span])
        prepare(
          norm, state, own.lowerBound + first..<own.upperBound + first, written.reader(description.layers.count))
      }
    }
  }

  /// Runs of consecutive positions whose predictions are split, in pieces.
  private var attributed: [(span: Int, positions: Range<Int>)] {
    batch.prompts.enumerated().flatMap { span, prompt in
      prompt.attributed.consecutive.flatMap { $0.pieces(of: Self.readTokens) }.map { (span, $0) }
    }
  }

  /// Shows the head of the predictions that are split, slice by slice, once all logits were shown, and then what was written on their
  /// tokens.
  func attribute<Watching: Probe>(
    _ pass: HeadPass, _ norm: PairedNorm, _ probe: inout Watching
  ) throws(CheckpointError) {
    let predictions = predictions(pass.runs) { $0.attributed.consecutive }
    for slice in vocabulary.slices(of: Self.vocabularySlice) where slice.owner == nil {
      let linear = try self.linear(pass.head.linear, slice)
      let (watching, scratches) = (probe, scratches)
      let partials = forward.workers.map(predictions.count) { number, worker in
        let rows = predictions[number]
        let task = ProbeTask.head(prompt: rows.prompt, positions: rows.positions)
        var partial = watching.begin(task)
        watching.see(headRows(rows, pass, linear, slice, scratches[worker]), &partial)
        return (task: task, partial: partial)
      }
      probe.fold(partials, head: slice.tokens)
    }
    let (pieces, watching, scratches) = (attributed, probe, scratches)
    let readers = states.filter { $0.predicts && $0.memory?.written != nil && $0.rows.count > 0 }
    probe.fold(
      predictions: forward.workers.map(pieces.count) { piece, worker in
        let (span, positions) = pieces[piece]
        let task = ProbeTask.predictions(prompt: batch.spans[span].prompt, positions: positions)
        var partial = watching.begin(task)
        for state in readers {
          let rows = written(
            state, span, positions, norm, reader: .predictions, nil, scratches[worker])
          if let rows { watching.see(rows, after: [], &partial) }
        }
        return (task: task, partial: partial)
      })
  }

  private func headRows(
    _ rows: Predictions, _ pass: HeadPass, _ linear: PairedLinear, _ slice: HeadVocabulary.Slice, _ scratch: Scratch
  ) -> HeadRows {
    let stack = rows.stack
    let logits = pass.rawLogits(stack, linear, scratch)
    var own: MatrixView?
    if linear.changes.contains(where: { !$0.isEmpty || $0.changesBias }) {
      let matrix = scratch.matrix(.own, rows: stack.deltaRows, columns: logits.columns)
      matrix.clear()
      let sum = scratch.matrix(.sum, rows: stack.deltaRows, columns: pass.activations.stream.columns)
      for group in stack.groups where !linear.changes[group.adaptation].isEmpty {
        linear.changes[group.adaptation].add(
          sum.rows(group.rows), linear.sites.map { stack.mask($0.site, group.rows) }, to: matrix.rows(group.rows),
          scratch)
      }
      linear.addBiasChanges(stack, to: matrix)
      own = matrix
    }
    pass.multiply(logits)
    let factors = factors(logits, pass, stack, scratch)
    pass.cap(logits, stack)
    func byRun(_ matrix: MatrixView?, where isWanted: (RowStack.Slice) -> Bool = { _ in true }) -> [ReadOnlyMatrix?] {
      var result = [ReadOnlyMatrix?](repeating: nil, count: states.count)
      for part in stack.slices where isWanted(part) {
        result[pass.runs[part.run].index] = matrix.map { ReadOnlyMatrix($0.rows(part.rows)) }
      }
      return result
    }
    return HeadRows(
      logits: LogitRows(
        prompt: rows.prompt, positions: rows.positions, vocabulary: slice.tokens, targets: rows.targets,
        base: ReadOnlyMatrix(logits.rows(0..<stack.baseRows.count)), changes: pass.changes(logits, stack, states.count),
        origins: Array(repeating: nil, count: states.count), predicts: predicts, isOfBase: slice.owner == nil,
        adaptedHolds: vocabulary.holders(slice), ownVocabulary: vocabulary.own(prompt: rows.prompt, rows.positions)),
      weight: ReadOnlyMatrix(linear.weight.view), memory: scratch.probes, factors: byRun(factors),
      ownChanges: byRun(own) { slice in
        let change = linear.changes[pass.runs[slice.run].adaptation]
        return !change.isEmpty || change.changesBias
      })
  }

  private var predicts: [Bool] {
    var predicts = [Bool](repeating: false, count: states.count)
    for state in states { predicts[state.index] = state.predicts }
    return predicts
  }

  /// Of every delta row, the multiplier times the soft cap's secants; nil where both are 1.
  private func factors(_ logits: MatrixView, _ pass: HeadPass, _ stack: RowStack, _ scratch: Scratch) -> MatrixView? {
    let multiplier = Float(pass.head.logitMultiplier)
    guard pass.head.softCap != nil || multiplier != 1 else { return nil }
    let result = scratch.matrix(.inherited, rows: stack.deltaRows, columns: logits.columns)
    for row in 0..<result.rows {
      let target = result[row]
      guard let cap = pass.head.softCap else {
        target.update(repeating: multiplier, count: result.columns)
        continue
      }
      target.update(from: logits[stack.baseRows.count + row], count: result.columns)
      softCapSecants(logits[stack.baseRow[row]], target, count: result.columns, cap: Float(cap))
      for column in 0..<result.columns { target[column] *= multiplier }
    }
    return result
  }
}

extension [Int] {
  /// Rising numbers as runs of consecutive ones.
  var consecutive: [Range<Int>] {
    reduce(into: []) { runs, number in
      if let last = runs.last, last.upperBound == number {
        runs[runs.count - 1] = last.lowerBound..<number + 1
      } else {
        runs.append(number..<number + 1)
      }
    }
  }
}
