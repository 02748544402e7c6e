/// What one worker does at a time in the attention: a block of queries of one head and prompt.
struct AttentionTask: Sendable {
  /// Index of the prompt's span in the batch.
  var span: Int
  /// The query head.
  var head: Int
  /// Which block of the span's queries.
  var block: Int
  /// Its positions.
  var queries: Range<Int>

  /// Pairs of queries and keys, but for windows, twice.
  fileprivate var size: Int { queries.upperBound * queries.upperBound - queries.lowerBound * queries.lowerBound }
}

extension PairedAttention {
  /// Into how many blocks the queries of each head are cut: the heads of few prompts alone do not keep threads evenly busy.
  /// It depends on the batch alone, so that results do not depend on the threads.
  var blocks: Int {
    let longest = batch.spans.map(\.count).max() ?? 0
    let heads = batch.spans.count * attention.queryHeads
    return max(1, min((16 + heads - 1) / heads, (longest + 255) / 256))
  }

  /// All tasks, the largest first, so that no worker is left alone with one at the end.
  var tasks: [AttentionTask] {
    let blocks = blocks
    let tasks = batch.spans.enumerated().flatMap { index, span in
      (0..<attention.queryHeads).flatMap { head in
        (0..<blocks).map { block in
          let queries = span.count * block / blocks..<span.count * (block + 1) / blocks
          return AttentionTask(span: index, head: head, block: block, queries: queries)
        }
      }
    }
    return tasks.sorted { $0.size > $1.size }
  }
}
