import Architectures
import LinearAlgebra
import Vocabulary

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
        for rows in reads(index, state, span, positions, weights, turns, scratches[worker]) {
          probe.see(rows, after: partials[prompt] ?? [], &partial)
        }
      }
      return (task, partial)
    }
  }

  /// What a layer's queries and keys make of what was written: keys that are another layer's read it there.
  private func reads(
    _ index: Int, _ state: RunState, _ span: Int, _ positions: Range<Int>, _ weights: LayerWeights,
    _ turns: [RotaryTurns]?, _ scratch: Scratch
  ) -> [WrittenRows] {
    let (reader, producer) = (WrittenRows.Reader.attention(layer: index), description.layerOfKeys(index))
    let own = operands(index, span, weights, turns)
    if producer == index {
      return [written(state, span, positions, weights.attentionInputNorm, reader: reader, own, scratch)].compactMap(
        \.self)
    }
    guard let keys = sharedReadings[producer] else { preconditionFailure("the layer whose keys are read came before") }
    var other = own
    (other.projection, other.keyNorm, other.attention) = (
      keys.projection, keys.keyNorm, description.layers[producer].attention
    )
    return [
      written(state, span, positions, weights.attentionInputNorm, reader: reader, own, reads: [.query], scratch),
      written(
        state, span, positions, keys.inputNorm, reader: reader, other, reads: [.key], standingAt: producer, scratch),
    ].compactMap(\.self)
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
  /// - Parameter place: The layer before which it is read, where that is another one, which has read it already.
  func written(
    _ state: RunState, _ span: Int, _ positions: Range<Int>, _ norm: PairedNorm?, reader: WrittenRows.Reader,
    _ operands: OperandPull?, reads: [Operand] = [.query, .key], standingAt place: Int? = nil, _ scratch: Scratch
  ) -> WrittenRows? {
    guard let memory = state.memory, let written = memory.written else { return nil }
    let own = max(positions.lowerBound, min(state.rows.first[span], positions.upperBound))..<positions.upperBound
    guard !own.isEmpty else { return nil }
    let firstRow = state.rows.spans[span].lowerBound + own.lowerBound - state.rows.first[span]
    let ownLayer = if case .attention(let layer) = reader { layer } else { description.layers.count }
    let layer = place ?? ownLayer
    // What predictions read was prepared before the streams were normed in place.
    if let norm, operands != nil, place == nil {
      prepare(norm, state, firstRow..<firstRow + own.count, written.reader(layer))
    }
    return WrittenRows(
      reader: reader, reads: reads, prompt: batch.spans[span].prompt, run: state.index, positions: own,
      writers: written.before[layer],
      hasNorm: norm != nil, changesNorm: norm?.isChanged(by: state.adaptation) ?? false, memory: scratch.probes,
      norm: norm, written: written, layer: layer, firstRow: firstRow, operands: operands)
  }

  /// Keeps what a reader's norm adds, and its 1/r′.
  func prepare(_ norm: PairedNorm, _ state: RunState, _ rows: Range<Int>, _ reader: ReaderChanges) {
    guard let memory = state.memory else { return }
    for row in rows {
      let (length, gain) = reader.rest(row)
      reader.inverse.view[row][0] = norm.rest(
        activations.stream.view[state.rows.batchRow[row]], memory.stream.view[row], adaptation: state.adaptation,
        mask: state.masks[nil].other[row], length: length, gain: gain)
    }
  }
}

/// The way back from keys that other layers read: queries, keys and values of their layer stacked, and the norms on both sides.
struct KeyReading: Sendable {
  let projection: Matrix
  let keyNorm: PairedNorm?
  let inputNorm: PairedNorm?
}

extension RunState {
  /// Whether what a layer's queries or keys are projected from can differ anywhere in a prompt.
  func inherits(span: Int, layer: Int) -> Bool {
    [Operand.key, .query].contains {
      reaches[span].layers[layer].sources[$0.rawValue][Source.inherited.rawValue].contains(true)
    }
  }
}
