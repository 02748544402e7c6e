import Architectures
import LinearAlgebra

/// Attention of one head over one prompt, in tiles of queries. A tile holds the scores of its queries with all their
/// keys, base and terms: that tile is the decomposition and feeds the softmax, and is then forgotten.
struct PairedAttention: Sendable {
  let index: Int
  let attention: AttentionDescription
  let batch: Batch
  let activations: Activations
  let hasDelta: Bool
  /// Whether anything reads the heads' outputs.
  let needsOutput: Bool
  let observer: any ForwardObserver

  /// One head of one prompt: where its rows stand.
  private struct Head {
    var head: Int
    var span: Batch.Span
    var query: MatrixView
    var key: MatrixView
    var value: MatrixView
    var queryDelta: MatrixView
    var keyDelta: MatrixView
    var valueDelta: MatrixView
    var firstChanged: Int
    var output: MatrixView
    var outputDelta: MatrixView
  }

  /// Runs one head of one span.
  func run(span: Int, head: Int, _ scratch: Scratch) {
    let head = gathered(view(of: head, batch.spans[span]), scratch)
    let count = head.span.count
    var start = 0
    while start < count {
      // Tiles keep to about the same size, so that they stay in the cache however long the prompt is.
      let height = min(max(65_536 / (start + 64), 64), 128)
      let queries = start..<min(start + height, count)
      run(head, queries, scratch)
      start = queries.upperBound
    }
  }

  private func run(_ head: Head, _ queries: Range<Int>, _ scratch: Scratch) {
    let keys = attention.firstKey(of: queries.lowerBound)..<queries.upperBound
    let changed = max(queries.lowerBound, min(head.firstChanged, queries.upperBound))..<queries.upperBound
    let stack = stackQueries(head, queries, changed, scratch)
    let scores = scratch.matrix(.scores, rows: stack.rows, columns: keys.count)
    multiply(stack, head.key.rows(keys), transposed: true, into: scores, alpha: Float(attention.scale))
    let pattern = scores.rows(0..<queries.count)
    for query in queries.lowerBound..<changed.lowerBound {
      attend(pattern[query - queries.lowerBound], nil, query, keys, scratch)
    }
    if changed.isEmpty {
      if needsOutput { multiply(pattern, head.value.rows(keys), into: head.output.rows(queries)) }
    } else {
      runChanged(head, queries, keys, changed, stack, scores, scratch)
    }
  }

  /// The queries that can differ: their terms, the softmax with its change, and the observer.
  private func runChanged(
    _ head: Head, _ queries: Range<Int>, _ keys: Range<Int>, _ changed: Range<Int>, _ stack: MatrixView,
    _ scores: MatrixView, _ scratch: Scratch
  ) {
    let skipped = queries.count - changed.count
    let changedKeys = max(keys.lowerBound, head.firstChanged)..<keys.upperBound
    let deltaKeys = changedKeys.lowerBound - head.firstChanged..<changedKeys.upperBound - head.firstChanged
    let changedScores = scratch.matrix(.changedScores, rows: 2 * changed.count, columns: changedKeys.count)
    multiply(
      stack.rows(skipped..<stack.rows), head.keyDelta.rows(deltaKeys), transposed: true, into: changedScores,
      alpha: Float(attention.scale))
    let tile = ScoreTile(
      layer: index, prompt: head.span.prompt, head: head.head, queries: changed, keys: keys,
      changedKeys: changedKeys, window: attention.window,
      pattern: scores.rows(skipped..<queries.count), KtdQ: scores.rows(queries.count..<stack.rows),
      dKtQ: changedScores.rows(0..<changed.count), dKtdQ: changedScores.rows(changed.count..<2 * changed.count),
      operands: ScoreOperands(
        scale: attention.scale, query: head.query, queryDelta: head.queryDelta, key: head.key,
        keyDelta: head.keyDelta, firstChanged: head.firstChanged))
    let patternDelta = scratch.matrix(.patternDelta, rows: changed.count, columns: keys.count)
    for row in 0..<changed.count {
      sumTerms(of: tile, row, into: patternDelta[row])
      attend(tile.pattern[row], patternDelta[row], changed.lowerBound + row, keys, scratch)
    }
    observer.scores(tile)
    if needsOutput {
      mixValues(head, queries, changed, tile, scores.rows(0..<queries.count), patternDelta, deltaKeys)
    }
  }

  /// z = P·V;  dz = dP·V + (P + dP)·dV.
  private func mixValues(
    _ head: Head, _ queries: Range<Int>, _ changed: Range<Int>, _ tile: ScoreTile, _ pattern: MatrixView,
    _ patternDelta: MatrixView, _ deltaKeys: Range<Int>
  ) {
    let values = head.value.rows(tile.keys)
    multiply(pattern, values, into: head.output.rows(queries))
    let first = head.firstChanged
    let output = head.outputDelta.rows(changed.lowerBound - first..<changed.upperBound - first)
    multiply(patternDelta, values, into: output)
    // P + dP takes the place of dKᵀQ, which nobody reads any more.
    let offset = tile.changedKeys.lowerBound - tile.keys.lowerBound
    let count = tile.changedKeys.count
    for row in 0..<changed.count {
      let (p, dp, sum) = (tile.pattern[row] + offset, patternDelta[row] + offset, tile.dKtQ[row])
      var column = 0
      while column < count {
        write(read(p, column, count) + read(dp, column, count), sum, column, count)
        column += 8
      }
    }
    multiply(tile.dKtQ, head.valueDelta.rows(deltaKeys), into: output, beta: 1)
  }

  /// Scores → pattern (and score changes → pattern changes) of one query; columns it does not see become zero.
  private func attend(
    _ scores: UnsafeMutablePointer<Float>, _ change: UnsafeMutablePointer<Float>?, _ query: Int,
    _ keys: Range<Int>, _ scratch: Scratch
  ) {
    let first = max(attention.firstKey(of: query), keys.lowerBound) - keys.lowerBound
    let count = query + 1 - keys.lowerBound - first
    if let cap = attention.softCap {
      softCap(scores + first, change.map { $0 + first }, count: count, cap: Float(cap))
    }
    if let change {
      let spare = scratch.matrix(.changedPowers, rows: 1, columns: count)[0]
      pairedSoftmax(scores + first, change + first, count: count, spare: spare)
    } else {
      softmax(scores + first, count: count)
    }
    for row in [scores, change].compactMap(\.self) {
      row.update(repeating: 0, count: first)
      (row + first + count).update(repeating: 0, count: keys.count - first - count)
    }
  }

  /// ΔS = dKᵀQ + KᵀdQ + dKᵀdQ of one query.
  private func sumTerms(of tile: ScoreTile, _ row: Int, into sum: UnsafeMutablePointer<Float>) {
    let (byQuery, byKey, byBoth) = (tile.KtdQ[row], tile.dKtQ[row], tile.dKtdQ[row])
    let offset = tile.changedKeys.lowerBound - tile.keys.lowerBound
    let count = tile.changedKeys.count
    sum.update(from: byQuery, count: offset)
    var column = 0
    while column < count {
      let terms = read(byQuery + offset, column, count) + read(byKey, column, count)
      write(terms + read(byBoth, column, count), sum + offset, column, count)
      column += 8
    }
  }

  /// [q of all queries; dq of the changed ones], one under the other, so that one product gives scores and terms.
  private func stackQueries(
    _ head: Head, _ queries: Range<Int>, _ changed: Range<Int>, _ scratch: Scratch
  ) -> MatrixView {
    let width = attention.headDimension
    let stack = scratch.matrix(.queries, rows: queries.count + changed.count, columns: width)
    for (row, query) in queries.enumerated() { stack[row].update(from: head.query[query], count: width) }
    for (row, query) in changed.enumerated() {
      stack[queries.count + row].update(from: head.queryDelta[query - head.firstChanged], count: width)
    }
    return stack
  }

  /// The head with its keys and values next to each other in memory, since every tile reads them all.
  private func gathered(_ head: Head, _ scratch: Scratch) -> Head {
    func copy(_ source: MatrixView, _ purpose: Scratch.Purpose) -> MatrixView {
      let target = scratch.matrix(purpose, rows: source.rows, columns: source.columns)
      for row in 0..<source.rows { target[row].update(from: source[row], count: source.columns) }
      return target
    }
    var head = head
    head.key = copy(head.key, .keys)
    head.value = copy(head.value, .values)
    head.keyDelta = copy(head.keyDelta, .keyDeltas)
    head.valueDelta = copy(head.valueDelta, .valueDeltas)
    return head
  }

  private func view(of head: Int, _ span: Batch.Span) -> Head {
    let columns = AttentionColumns(attention)
    let width = attention.headDimension
    let group = head / (attention.queryHeads / attention.keyValueHeads)
    let own = head * width..<(head + 1) * width
    let keys = columns.key.lowerBound + group * width..<columns.key.lowerBound + (group + 1) * width
    let values = columns.value.lowerBound + group * width..<columns.value.lowerBound + (group + 1) * width
    let base = activations.queryKeyValue.view.rows(span.rows)
    let deltaRows = hasDelta ? span.deltaRows : span.deltaRows.lowerBound..<span.deltaRows.lowerBound
    let delta = activations.queryKeyValueDelta.view.rows(deltaRows)
    return Head(
      head: head, span: span, query: base.columns(own), key: base.columns(keys), value: base.columns(values),
      queryDelta: delta.columns(own), keyDelta: delta.columns(keys), valueDelta: delta.columns(values),
      firstChanged: span.count - deltaRows.count,
      output: activations.heads.view.rows(span.rows).columns(own),
      outputDelta: activations.headsDelta.view.rows(deltaRows).columns(own))
  }
}
