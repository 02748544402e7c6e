import Architectures
import LinearAlgebra

/// One head of one prompt: where its rows stand.
struct AttentionHead {
  let task: AttentionTask
  /// Position of the first token with delta rows.
  let firstChanged: Int
  let query: MatrixView
  let queryDelta: MatrixView
  private(set) var key: MatrixView
  private(set) var keyDelta: MatrixView
  private(set) var value: MatrixView
  private(set) var valueDelta: MatrixView
  /// V + dV, once gathered.
  private(set) var valueSum: MatrixView
  let output: MatrixView
  let outputDelta: MatrixView

  /// The head of a task, in the activations.
  init(_ task: AttentionTask, _ pass: PairedAttention) {
    let attention = pass.attention
    let span = pass.batch.spans[task.span]
    let columns = AttentionColumns(attention)
    let width = attention.headDimension
    let group = task.head / (attention.queryHeads / attention.keyValueHeads)
    let own = task.head * width..<(task.head + 1) * width
    let keys = columns.key.lowerBound + group * width..<columns.key.lowerBound + (group + 1) * width
    let values = columns.value.lowerBound + group * width..<columns.value.lowerBound + (group + 1) * width
    let base = pass.activations.queryKeyValue.view.rows(span.rows)
    let deltaRows = pass.hasDelta ? span.deltaRows : span.deltaRows.lowerBound..<span.deltaRows.lowerBound
    let delta = pass.activations.queryKeyValueDelta.view.rows(deltaRows)
    self.task = task
    firstChanged = span.count - deltaRows.count
    query = base.columns(own)
    queryDelta = delta.columns(own)
    key = base.columns(keys)
    keyDelta = delta.columns(keys)
    value = base.columns(values)
    valueDelta = delta.columns(values)
    valueSum = value
    output = pass.activations.heads.view.rows(span.rows).columns(own)
    outputDelta = pass.activations.headsDelta.view.rows(deltaRows).columns(own)
  }

  /// The head with the keys and values that some queries see next to each other in memory, since every tile reads them;
  /// their other rows are undefined.
  func gathered(for queries: Range<Int>, _ attention: AttentionDescription, _ scratch: Scratch) -> AttentionHead {
    let seen = attention.firstKey(of: queries.lowerBound)..<queries.upperBound
    let changed = max(seen.lowerBound, firstChanged) - firstChanged..<max(seen.upperBound, firstChanged) - firstChanged
    func copy(_ source: MatrixView, _ rows: Range<Int>, _ purpose: Scratch.Purpose) -> MatrixView {
      let target = scratch.matrix(purpose, rows: source.rows, columns: source.columns)
      for row in rows { target[row].update(from: source[row], count: source.columns) }
      return target
    }
    var head = self
    head.key = copy(key, seen, .keys)
    head.keyDelta = copy(keyDelta, changed, .keyDeltas)
    head.value = copy(value, seen, .values)
    head.valueDelta = copy(valueDelta, changed, .valueDeltas)
    head.valueSum = copy(value, seen, .valueSums)
    head.valueSum.rows(firstChanged..<value.rows).rows(changed).add(valueDelta.rows(changed))
    return head
  }
}
