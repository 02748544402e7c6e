import Architectures
import LinearAlgebra
import Vocabulary

/// One head of one prompt in the base, for some queries.
struct BaseHead {
  let task: AttentionTask
  /// (tokens, headDimension).
  let query: MatrixView
  /// (tokens, headDimension), the keys that the queries see next to each other in memory, since every tile reads them; other
  /// rows are undefined.
  let key: MatrixView
  /// Likewise.
  let value: MatrixView
  /// z, (tokens, headDimension).
  let output: MatrixView
  /// Positions of the keys that the queries see.
  let seen: Range<Int>

  init(_ task: AttentionTask, _ pass: PairedAttention, _ scratch: Scratch) {
    let attention = pass.attention
    let columns = AttentionColumns(attention)
    let span = pass.batch.spans[task.span]
    let base = pass.activations.queryKeyValue.view.rows(span.rows)
    let seen = attention.firstKey(of: task.queries.lowerBound)..<task.queries.upperBound
    func gather(_ operand: Operand, _ purpose: Scratch.Purpose) -> MatrixView {
      let source = base.columns(columns.head(task.head, operand, attention))
      let target = scratch.matrix(purpose, rows: source.rows, columns: source.columns)
      for row in seen { target[row].update(from: source[row], count: source.columns) }
      return target
    }
    self.task = task
    self.seen = seen
    query = base.columns(columns.head(task.head, .query, attention))
    key = gather(.key, .keys)
    value = gather(.value, .values)
    output = pass.activations.heads.view.rows(span.rows).columns(columns.output(task.head, attention))
  }
}

/// The same head under one run.
struct ChangedHead {
  let run: AttendingRun
  /// Its place among the runs that are worked on together.
  let slot: Int
  /// Position of the first query that can differ.
  let firstQuery: Int
  /// Position of the first key and value that can differ.
  let firstKey: Int
  /// dq from `firstQuery` on.
  let queryDelta: MatrixView
  /// dk from `firstKey` on; gathered like the base's.
  let keyDelta: MatrixView
  /// dv from `firstKey` on.
  let valueDelta: MatrixView
  /// V + dV of all tokens.
  let valueSum: MatrixView
  /// dz from `firstQuery` on.
  let outputDelta: MatrixView
  /// What is left out.
  let filter: HeadFilter
  /// The operands without the sources that are left out, where any are.
  let kept: KeptOperands?

  init?(_ run: AttendingRun, _ slot: Int, _ head: BaseHead, _ pass: PairedAttention, _ scratch: Scratch) {
    let (task, attention) = (head.task, pass.attention)
    let columns = AttentionColumns(attention)
    let (span, own) = (task.span, columns.head(task.head, .query, attention))
    firstQuery = run.firstQuery(span)
    firstKey = run.firstKey(span)
    guard firstQuery < task.queries.upperBound, let queryDelta = run.query(span, own, \.queryKeyValue) else {
      return nil
    }
    let count = head.key.rows - firstKey
    let seen = max(head.seen.lowerBound, firstKey)..<max(head.seen.upperBound, firstKey)
    func gather(_ operand: Operand, _ purpose: Scratch.Purpose) -> MatrixView {
      let columns = columns.head(task.head, operand, attention)
      let target = scratch.matrix(purpose, slot, rows: count, columns: columns.count)
      run.gather(span, seen, columns, \.queryKeyValue, into: target)
      return target
    }
    self.run = run
    self.slot = slot
    self.queryDelta = queryDelta
    keyDelta = gather(.key, .keyDeltas)
    valueDelta = gather(.value, .valueDeltas)
    outputDelta = run.output(span, columns.output(task.head, attention))
    valueSum = scratch.matrix(.valueSums, slot, rows: head.value.rows, columns: head.value.columns)
    head.value.rows(head.seen).copy(into: valueSum.rows(head.seen))
    valueSum.rows(seen).add(valueDelta.rows(seen.lowerBound - firstKey..<seen.upperBound - firstKey))
    filter = run.state.filter.head(task.head, layer: pass.index, prompt: pass.batch.spans[span].prompt)
    kept =
      filter.parts.cutsOperands
      ? KeptOperands(run, slot, filter, head, pass, seen: seen, scratch) : nil
  }
}

/// Operands of one run less the sources and writers that are left out, for the pairs they are left out of.
struct KeptOperands {
  /// From `firstQuery` on.
  let queryDelta: MatrixView
  /// From `firstKey` on.
  let keyDelta: MatrixView
  /// From `firstKey` on.
  let valueDelta: MatrixView

  init(
    _ run: AttendingRun, _ slot: Int, _ filter: HeadFilter, _ head: BaseHead, _ pass: PairedAttention,
    seen: Range<Int>, _ scratch: Scratch
  ) {
    let (task, attention, dropped) = (head.task, pass.attention, filter.parts)
    let columns = AttentionColumns(attention)
    let first = run.firstKey(task.span)
    func sum(_ operand: Operand, _ purpose: Scratch.Purpose) -> MatrixView {
      let columns = columns.head(task.head, operand, attention)
      let width = columns.count
      let spare = scratch.matrix(.remainder, rows: head.key.rows - first, columns: width)
      let rows = operand == .query ? head.query.rows - run.firstQuery(task.span) : head.key.rows - first
      let target = scratch.matrix(purpose, slot, rows: rows, columns: width)
      target.clear()
      func add(scaledBy factor: Float = 1, _ matrix: (RunMemory) -> Matrix?) {
        if operand == .query {
          if let part = run.query(task.span, columns, matrix) { target.add(part, scaledBy: factor) }
        } else {
          run.gather(task.span, seen, columns, matrix, into: spare)
          let rows = seen.lowerBound - first..<seen.upperBound - first
          target.rows(rows).add(spare.rows(rows), scaledBy: factor)
        }
      }
      if dropped.isDisjoint(with: .sources(of: operand)) {
        add { $0.queryKeyValue }
      } else {
        for source in Source.allCases where !dropped.contains(.source(source, of: operand)) {
          add { $0.sources?[source.rawValue] }
        }
      }
      // What is inherited is what was written.
      guard !dropped.contains(.source(.inherited, of: operand)) else { return target }
      for writer in filter.writers(into: operand) where writer.stands(before: pass.index) {
        add(scaledBy: -1) { $0.named?.operand(writer) }
      }
      return target
    }
    queryDelta = sum(.query, .keptQueries)
    keyDelta = sum(.key, .keptKeys)
    valueDelta = sum(.value, .keptValues)
  }
}
