import Architectures
import LinearAlgebra
import Vocabulary

/// What probes see of the attention.
extension PairedAttention {
  /// The base's pattern as it is shown.
  func patternTile(
    _ head: BaseHead, _ rows: Range<Int>, _ keys: Range<Int>, _ pattern: MatrixView,
    _ sinks: UnsafeMutablePointer<Float>?
  ) -> PatternTile {
    PatternTile(
      layer: index, prompt: batch.spans[head.task.span].prompt, head: head.task.head, queries: rows, keys: keys,
      pattern: ReadOnlyMatrix(pattern), sinks: sinks.map { UnsafePointer($0) })
  }

  /// A run's tile as it is shown; `rows` are the queries of the pattern and the raw scores.
  func scoreTile(
    _ head: BaseHead, _ tile: ChangeTile, _ rows: Range<Int>, _ pattern: MatrixView, _ scores: MatrixView?,
    _ memory: ProbeMemory
  ) -> ScoreTile {
    let terms = tile.terms
    let own = terms.queries.lowerBound - rows.lowerBound..<rows.count
    return ScoreTile(
      layer: index, prompt: batch.spans[head.task.span].prompt, head: head.task.head, run: tile.head.run.state.index,
      queries: terms.queries, isLast: terms.queries.upperBound == head.task.queries.upperBound, keys: terms.keys,
      changedKeys: terms.changedKeys, window: attention.window,
      pattern: ReadOnlyMatrix(pattern.rows(own)), KtdQ: ReadOnlyMatrix(terms.byQuery),
      dKtQ: ReadOnlyMatrix(terms.byKey), dKtdQ: ReadOnlyMatrix(terms.byBoth ?? terms.byKey.rows(0..<0)),
      patternChange: ReadOnlyMatrix(terms.patternChange), levels: UnsafePointer(terms.levels),
      sinks: terms.sinks.map { UnsafePointer($0) },
      scores: scores.map { ReadOnlyMatrix($0.rows(own)) },
      operands: operands(head, tile.head), memory: memory)
  }

  private func operands(_ head: BaseHead, _ change: ChangedHead) -> ScoreOperands {
    ScoreOperands(
      scale: attention.scale, query: ReadOnlyMatrix(head.query), firstQuery: change.firstQuery,
      queryDelta: ReadOnlyMatrix(change.queryDelta), key: ReadOnlyMatrix(head.key), value: ReadOnlyMatrix(head.value),
      firstKey: change.firstKey, keyDelta: ReadOnlyMatrix(change.keyDelta),
      valueDelta: ReadOnlyMatrix(change.valueDelta),
      sources: needs.contains(.sources) ? sources(head.task, change) : nil, output: outputColumns(head.task.head),
      outputFactor: outputFactors.isEmpty ? nil : ReadOnlyMatrix(outputFactors[head.task.head].view),
      gate: gateColumns(head.task), inherits: change.run.state.inherits(span: head.task.span, layer: index))
  }

  private func gateColumns(_ task: AttentionTask) -> ReadOnlyMatrix? {
    guard attention.gate != nil, needs.contains(.values) else { return nil }
    let (first, own) = (
      AttentionColumns(attention).gate.lowerBound, AttentionColumns(attention).output(task.head, attention)
    )
    let columns = first + own.lowerBound..<first + own.upperBound
    return ReadOnlyMatrix(activations.queryKeyValue.view.columns(columns).rows(batch.spans[task.span].rows))
  }

  private func outputColumns(_ head: Int) -> ReadOnlyMatrix? {
    guard needs.contains(.values) else { return nil }
    let width = attention.valueDimension
    return ReadOnlyMatrix(outputWeight.view.columns(head * width..<(head + 1) * width))
  }

  /// By head, R of the QR decomposition of the output projection's columns that read it.
  static func outputFactors(_ weight: Matrix, _ attention: AttentionDescription, _ workers: Workers) -> [Matrix] {
    let width = attention.valueDimension
    return workers.map(attention.queryHeads) { head, _ in
      let columns = weight.view.columns(head * width..<(head + 1) * width)
      var elements: [Double] = []
      elements.reserveCapacity(weight.rows * width)
      for column in 0..<width { for row in 0..<weight.rows { elements.append(Double(columns[row][column])) } }
      guard let factor = DoubleMatrix(rows: weight.rows, columns: width, elements).triangularFactor() else {
        preconditionFailure("weights are finite")
      }
      let result = Matrix(rows: factor.rows, columns: width)
      for column in 0..<width {
        for row in 0..<factor.rows { result.view[row][column] = Float(factor.elements[column * factor.rows + row]) }
      }
      return result
    }
  }

  private func sources(_ task: AttentionTask, _ change: ChangedHead) -> SourceOperands {
    let columns = AttentionColumns(attention)
    func views(_ operand: Operand) -> [ReadOnlyMatrix] {
      Source.allCases.compactMap { source in
        change.run.query(task.span, columns.head(task.head, operand, attention)) { $0.sources?[source.rawValue] }
          .map { ReadOnlyMatrix($0) }
      }
    }
    // A run that is shown is no fork: its rows begin at the same token for queries, keys and values.
    return SourceOperands(query: views(.query), key: views(.key), value: views(.value))
  }
}
