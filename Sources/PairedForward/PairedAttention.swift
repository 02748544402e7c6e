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

  /// Runs a task.
  func run(_ task: AttentionTask, _ scratch: Scratch) {
    let head = AttentionHead(task, self).gathered(for: task.queries, attention, scratch)
    var start = task.queries.lowerBound
    while start < task.queries.upperBound {
      // Tiles keep to about the same size, so that they stay in the cache however long the prompt is.
      let height = min(max(65_536 / (start + 64), 64), 128)
      let queries = start..<min(start + height, task.queries.upperBound)
      run(head, queries, scratch)
      start = queries.upperBound
    }
  }

  private func run(_ head: AttentionHead, _ queries: Range<Int>, _ scratch: Scratch) {
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
    _ head: AttentionHead, _ queries: Range<Int>, _ keys: Range<Int>, _ changed: Range<Int>, _ stack: MatrixView,
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
      layer: index, prompt: batch.spans[head.task.span].prompt, head: head.task.head, block: head.task.block,
      queries: changed, keys: keys,
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

  /// z = P·V;  dz = dP·(V + dV) + P·dV.
  private func mixValues(
    _ head: AttentionHead, _ queries: Range<Int>, _ changed: Range<Int>, _ tile: ScoreTile, _ pattern: MatrixView,
    _ patternDelta: MatrixView, _ deltaKeys: Range<Int>
  ) {
    multiply(pattern, head.value.rows(tile.keys), into: head.output.rows(queries))
    let first = head.firstChanged
    let output = head.outputDelta.rows(changed.lowerBound - first..<changed.upperBound - first)
    multiply(patternDelta, head.valueSum.rows(tile.keys), into: output)
    let offset = tile.changedKeys.lowerBound - tile.keys.lowerBound
    let changing = tile.pattern.columns(offset..<offset + tile.changedKeys.count)
    multiply(changing, head.valueDelta.rows(deltaKeys), into: output, beta: 1)
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
    _ head: AttentionHead, _ queries: Range<Int>, _ changed: Range<Int>, _ scratch: Scratch
  ) -> MatrixView {
    let width = attention.headDimension
    let stack = scratch.matrix(.queries, rows: queries.count + changed.count, columns: width)
    for (row, query) in queries.enumerated() { stack[row].update(from: head.query[query], count: width) }
    for (row, query) in changed.enumerated() {
      stack[queries.count + row].update(from: head.queryDelta[query - head.firstChanged], count: width)
    }
    return stack
  }
}
