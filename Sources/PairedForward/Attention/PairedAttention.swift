import Architectures
import LinearAlgebra

/// Attention of one head over one prompt, in tiles of queries. A tile holds the scores of its queries with all their keys,
/// base and terms of every run: that tile is the decomposition and feeds the softmax, and is then forgotten.
struct PairedAttention: Sendable {
  let index: Int
  let attention: AttentionDescription
  let batch: Batch
  let activations: Activations
  let runs: [AttendingRun]
  /// The logits of sinks; nil where the layer has none.
  let sinks: SinkLogits?
  /// Whether anything reads the heads' outputs.
  let needsOutput: Bool
  /// What is shown of each tile.
  let needs: ProbeNeeds
  /// The base's output projection, (hidden, heads · valueDimension).
  let outputWeight: Matrix
  /// By head, what gives the lengths of what it writes; empty where nobody asked.
  let outputFactors: [Matrix]

  /// What a probe sees of a tile.
  enum Shown {
    case pattern(PatternTile)
    case scores(ScoreTile)
  }

  /// Runs a task: the base, and all runs a few at a time, so that their tiles stay in the cache together.
  func run(_ task: AttentionTask, _ scratch: Scratch, show: (Shown) -> Void) {
    let head = BaseHead(task, self, scratch)
    let prompt = batch.spans[task.span].prompt
    var (active, same): ([AttendingRun], [AttendingRun]) = ([], [])
    for run in runs where run.firstQuery(task.span) < task.queries.upperBound {
      if run.equalsOrigin(layer: index, head: task.head, prompt: prompt) {
        same.append(run)
      } else {
        active.append(run)
      }
    }
    let chunks = (0..<max(active.count, 1)).pieces(of: Scratch.slots)
    for chunk in chunks {
      let changes = active[chunk.clamped(to: active.indices)].enumerated().compactMap { slot, run in
        ChangedHead(run, slot, head, self, scratch)
      }
      forTiles(of: task.queries) { queries in
        run(head, changes, queries, isFirst: chunk.lowerBound == 0, scratch, show: show)
      }
    }
    guard needsOutput else { return }
    let columns = AttentionColumns(attention).output(task.head, attention)
    for run in same { run.copyOutput(task.span, task.queries, columns) }
  }

  /// Tiles keep to about the same size, so that they stay in the cache however long the prompt is.
  private func forTiles(of queries: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = queries.lowerBound
    while start < queries.upperBound {
      let height = min(max(65_536 / (start + 64), 64), 128)
      let tile = start..<min(start + height, queries.upperBound)
      body(tile)
      start = tile.upperBound
    }
  }

  /// A tile of the base and of some runs. Only the first chunk writes the base's output; later ones need its scores again.
  private func run(
    _ head: BaseHead, _ changes: [ChangedHead], _ queries: Range<Int>, isFirst: Bool, _ scratch: Scratch,
    show: (Shown) -> Void
  ) {
    let lowest = changes.map(\.firstQuery).min() ?? queries.upperBound
    let rows =
      (isFirst ? queries.lowerBound : max(queries.lowerBound, min(lowest, queries.upperBound)))..<queries.upperBound
    guard !rows.isEmpty else { return }
    let keys = attention.firstKey(of: rows.lowerBound)..<rows.upperBound
    let (pattern, tiles) = scores(head, changes, rows, keys, scratch)
    let shown = needs.contains(.scores) ? scratch.matrix(.shownScores, rows: rows.count, columns: keys.count) : nil
    if let shown { pattern.copy(into: shown) }
    let raw = scratch.matrix(.rawScores, rows: 1, columns: keys.count)[0]
    let spare = scratch.matrix(.changedPowers, rows: 1, columns: keys.count)[0]
    let terms = tiles.map(\.terms)
    let sink = sinks?.base[head.task.head]
    let sinkPatterns = sink.map { _ in scratch.matrix(.sinkPatterns, rows: 1, columns: rows.count)[0] }
    for (row, query) in rows.enumerated() {
      let sinkPattern = attend(pattern[row], terms, query, keys, sink: sink, raw: raw, spare: spare) {
        tiles[$0].sumKept(query, $1)
      }
      sinkPatterns?[row] = sinkPattern
    }
    if isFirst, needs.contains(.pattern) { show(.pattern(patternTile(head, rows, keys, pattern, sinkPatterns))) }
    for tile in tiles where tile.head.run.isShown && needs.hasTiles {
      show(.scores(scoreTile(head, tile, rows, pattern, shown, scratch.probes)))
    }
    guard needsOutput else { return }
    if isFirst { multiply(pattern, head.value.rows(keys), into: head.output.rows(rows)) }
    for tile in tiles { tile.mixValues(head, rows, pattern, scratch) }
  }

  /// The base's scores and the terms of every run: [q; dq of every run] stacked is multiplied with k, and [q; dq] of each run
  /// with its dk.
  private func scores(
    _ head: BaseHead, _ changes: [ChangedHead], _ rows: Range<Int>, _ keys: Range<Int>, _ scratch: Scratch
  ) -> (base: MatrixView, tiles: [ChangeTile]) {
    let changed = changes.map { max(rows.lowerBound, min($0.firstQuery, rows.upperBound))..<rows.upperBound }
    let width = attention.headDimension
    let stack = scratch.matrix(
      .queries, rows: rows.count + changed.reduce(0) { $0 + $1.count }, columns: width)
    head.query.rows(rows).copy(into: stack.rows(0..<rows.count))
    var start = rows.count
    for (change, own) in zip(changes, changed) {
      let delta = own.lowerBound - change.firstQuery..<own.upperBound - change.firstQuery
      if !own.isEmpty { change.queryDelta.rows(delta).copy(into: stack.rows(start..<start + own.count)) }
      start += own.count
    }
    let scores = scratch.matrix(.scores, rows: stack.rows, columns: keys.count)
    multiply(stack, head.key.rows(keys), transposed: true, into: scores, alpha: Float(attention.scale))
    start = rows.count
    var tiles: [ChangeTile] = []
    for (change, own) in zip(changes, changed) where !own.isEmpty {
      let delta = start..<start + own.count
      tiles.append(
        ChangeTile(
          change, queries: own, keys: keys, isSplit: change.run.isShown && needs.hasTiles, base: head,
          stack: (stack.rows(own.lowerBound - rows.lowerBound..<rows.count), stack.rows(delta)),
          byQuery: scores.rows(delta), scale: Float(attention.scale), sinks: sinks, scratch))
      start = delta.upperBound
    }
    return (scores.rows(0..<rows.count), tiles)
  }

  /// Scores → pattern of one query, and for every run score changes → pattern changes; keys it does not see become zero.
  /// - Parameters:
  ///   - sink: The logit of the head's sink.
  ///   - sumKept: The sum of the terms of a run that leaves some out, by its place in `tiles`.
  /// - Returns: The sink's part of the base's pattern.
  private func attend(
    _ row: UnsafeMutablePointer<Float>, _ tiles: [TileTerms], _ query: Int, _ keys: Range<Int>, sink: Float?,
    raw: UnsafeMutablePointer<Float>, spare: UnsafeMutablePointer<Float>, sumKept: (Int, Range<Int>) -> Float
  ) -> Float {
    let seen = max(attention.firstKey(of: query), keys.lowerBound)..<query + 1
    let (first, count) = (seen.lowerBound - keys.lowerBound, seen.count)
    var reaches = SIMD4<Float>()
    for (index, tile) in tiles.enumerated() where query >= tile.queries.lowerBound {
      reaches[index] = tile.isFiltered ? sumKept(index, seen) : tile.sum(query, seen)
      if let cap = attention.softCap {
        softCapChange(row + first, tile.change(query) + first, count: count, cap: Float(cap))
        reaches[index] = largestMagnitude(tile.change(query) + first, count)
      }
      if let sinks = tile.sinks {
        reaches[index] = max(reaches[index], abs(sinks[query - tile.queries.lowerBound].logitChange))
      }
    }
    if let cap = attention.softCap { softCap(row + first, count: count, cap: Float(cap)) }
    if reaches.max() >= 1 { raw.update(from: row + first, count: count) }
    let pattern = PatternRow(row + first, count: count, sink: sink)
    for (index, tile) in tiles.enumerated() where query >= tile.queries.lowerBound {
      let (change, place) = (tile.change(query), query - tile.queries.lowerBound)
      let sinkChange = tile.sinks?[place].logitChange ?? 0
      let levels =
        reaches[index] < 1
        ? pattern.changeGently(change + first, sinkChange: sinkChange)
        : pattern.changeSteeply(change + first, raw: raw, spare: spare, sinkChange: sinkChange)
      tile.levels[place] = levels
      tile.sinks?[place].pattern = pattern.sinkPattern
      tile.sinks?[place].change = pattern.sinkPatternChange(sinkChange, levels: levels)
      clear(change, outside: first..<first + count, keys.count)
    }
    pattern.finish()
    clear(row, outside: first..<first + count, keys.count)
    return pattern.sinkPattern
  }

  private func clear(_ row: UnsafeMutablePointer<Float>, outside kept: Range<Int>, _ count: Int) {
    row.update(repeating: 0, count: kept.lowerBound)
    (row + kept.upperBound).update(repeating: 0, count: count - kept.upperBound)
  }
}
