import Vocabulary
import Architectures
import LinearAlgebra

/// A layer's attention as a reader of what was written to the stream.
extension BatchRun {
  /// Tokens that a task takes: few enough that all threads have some. It depends on nothing else, so that results do not depend on the
  /// threads.
  static let readTokens = 64

  /// Shows what was written before a layer, to its queries and keys, once all of its attention was shown.
  func read<Watching: Probe>(
    _ index: Int, _ weights: LayerWeights, _ turns: [RotaryTurns]?,
    after attended: [(task: ProbeTask, partial: Watching.Partial)], _ probe: Watching
  ) -> [(task: ProbeTask, partial: Watching.Partial)] {
    let readers = states.filter { $0.isActive(in: index) && $0.memory?.written != nil }
    var byPrompt: [Int: [(task: ProbeTask, partial: Watching.Partial)]] = [:]
    for own in attended {
      if case .attention(_, let prompt, _, _) = own.task { byPrompt[prompt, default: []].append(own) }
    }
    let pieces = batch.spans.indices.flatMap { span -> [(span: Int, positions: Range<Int>)] in
      guard readers.contains(where: { $0.inherits(span: span, layer: index) }) else { return [] }
      let first = readers.map { $0.rows.first[span] }.min() ?? 0
      return (first..<batch.spans[span].count).pieces(of: Self.readTokens).map { (span, $0) }
    }
    let partials = byPrompt
    return forward.workers.map(pieces.count) { piece, worker in
      let (span, positions) = pieces[piece]
      let prompt = batch.spans[span].prompt
      let task = ProbeTask.reading(layer: index, prompt: prompt, positions: positions)
      var partial = probe.begin(task)
      for state in readers where state.inherits(span: span, layer: index) {
        let rows = written(
          state, span, positions, weights.attentionInputNorm, reader: .attention(layer: index),
          operands: operands(index, span, weights, turns), scratches[worker])
        if let rows { probe.see(rows, after: partials[prompt] ?? [], &partial) }
      }
      return (task, partial)
    }
  }

  private func operands(_ index: Int, _ span: Int, _ weights: LayerWeights, _ turns: [RotaryTurns]?) -> OperandPull {
    let attention = description.layers[index].attention
    let (batch, first) = (batch, batch.spans[span].rows.lowerBound)
    return OperandPull(
      attention: attention, columns: AttentionColumns(attention), projection: weights.queryKeyValue.weight,
      queryNorm: weights.queryNorm, keyNorm: weights.keyNorm, turns: turns?[span],
      position: { (batch.positionIndices[first + $0], batch.positionID(first + $0)) })
  }

  /// What a reader makes of what was written on some tokens of a prompt; nil where the run has none of them.
  func written(
    _ state: RunState, _ span: Int, _ positions: Range<Int>, _ norm: PairedNorm?, reader: WrittenRows.Reader,
    operands: OperandPull?, _ scratch: Scratch
  ) -> WrittenRows? {
    guard let memory = state.memory, let written = memory.written else { return nil }
    let own = max(positions.lowerBound, min(state.rows.first[span], positions.upperBound))..<positions.upperBound
    guard !own.isEmpty else { return nil }
    let firstRow = state.rows.spans[span].lowerBound + own.lowerBound - state.rows.first[span]
    let layer = if case .attention(let layer) = reader { layer } else { description.layers.count }
    let writers = written.before[layer]
    // What predictions read was prepared before the streams were normed in place.
    if let norm, operands != nil { prepare(norm, state, firstRow..<firstRow + own.count, written, writers: writers) }
    return WrittenRows(
      reader: reader, prompt: batch.spans[span].prompt, run: state.index, positions: own, writers: writers,
      hasNorm: norm != nil, changesNorm: norm?.isChanged(by: state.adaptation) ?? false, memory: scratch.probes,
      norm: norm, written: written, firstRow: firstRow, operands: operands)
  }

  /// Writes what a reader's norm adds behind the writers, and keeps its 1/r′.
  func prepare(_ norm: PairedNorm, _ state: RunState, _ rows: Range<Int>, _ written: WrittenChanges, writers: Int) {
    guard let memory = state.memory else { return }
    for row in rows {
      let token = written.token(row)
      written.inverse.view[row][0] = norm.rest(
        activations.stream.view[state.rows.batchRow[row]], memory.stream.view[row], adaptation: state.adaptation,
        mask: state.masks[nil].other[row], length: token[writers], gain: token[writers + 1])
    }
  }
}

extension RunState {
  /// Whether what a layer's queries or keys are projected from can differ anywhere in a prompt.
  func inherits(span: Int, layer: Int) -> Bool {
    [Operand.key, .query].contains {
      reaches[span].layers[layer].sources[$0.rawValue][Source.inherited.rawValue].contains(true)
    }
  }
}
