import Architectures

/// What one worker does at a time in the attention: a block of queries of one head and prompt, under all runs.
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
  private var size: Int { queries.upperBound * queries.upperBound - queries.lowerBound * queries.lowerBound }

  /// All tasks of a layer, by span, head and block. The heads of few prompts alone do not keep threads evenly busy, so their
  /// queries are cut into blocks; how many depends on the batch alone, so that results do not depend on the threads.
  static func all(_ batch: Batch, _ attention: AttentionDescription) -> [AttentionTask] {
    let longest = batch.spans.map(\.count).max() ?? 0
    let heads = batch.spans.count * attention.queryHeads
    let blocks = max(1, min((16 + heads - 1) / heads, (longest + 255) / 256))
    return batch.spans.enumerated().flatMap { index, span in
      (0..<attention.queryHeads).flatMap { head in
        (0..<blocks).map { block in
          let queries = span.count * block / blocks..<span.count * (block + 1) / blocks
          return AttentionTask(span: index, head: head, block: block, queries: queries)
        }
      }
    }
  }

  /// The order to start tasks in: the largest first, so that no worker is left alone with one at the end.
  static func largestFirst(_ tasks: [AttentionTask]) -> [Int] {
    tasks.indices.sorted { tasks[$0].size == tasks[$1].size ? $0 < $1 : tasks[$0].size > tasks[$1].size }
  }
}
