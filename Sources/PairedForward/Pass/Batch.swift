import LinearAlgebra

/// Prompts packed one after the other: every token has a row in the base's matrices.
struct Batch: Sendable {
  /// Where one prompt's rows stand.
  struct Span: Sendable {
    /// Index of the prompt in the caller's list.
    var prompt: Int
    /// Its rows.
    var rows: Range<Int>
    /// Number of tokens.
    var count: Int { rows.count }
  }

  let spans: [Span]
  let prompts: [ForwardPrompt]
  /// Per row, the position in its prompt.
  let positions: [Int]
  /// The positions that rotary and learned embeddings take in the batch, each once, rising.
  let positionIDs: [Int]
  /// Per row, the index in ``positionIDs``.
  let positionIndices: [Int]
  /// Per row, which span it is in.
  let spanOfRow: [Int]

  var rows: Int { positions.count }

  /// The token of a row.
  func token(_ row: Int) -> Int { prompts[spanOfRow[row]].tokens[positions[row]] }

  /// Packs the prompts of the given indices.
  init(_ indices: [Int], of all: [ForwardPrompt]) {
    var spans: [Span] = []
    var positions: [Int] = []
    var spanOfRow: [Int] = []
    for index in indices {
      let start = positions.count
      positions += Array(all[index].tokens.indices)
      spanOfRow += Array(repeating: spans.count, count: all[index].tokens.count)
      spans.append(Span(prompt: index, rows: start..<positions.count))
    }
    self.spans = spans
    self.prompts = indices.map { all[$0] }
    self.positions = positions
    (positionIDs, positionIndices) = Self.positionIDs(indices.map { all[$0] }, positions)
    self.spanOfRow = spanOfRow
  }

  /// The distinct position ids of prompts, and the index in them of each row's; `positions` are the rows' places in their prompts.
  private static func positionIDs(_ prompts: [ForwardPrompt], _ positions: [Int]) -> (ids: [Int], indices: [Int]) {
    guard prompts.contains(where: { $0.positionIDs != nil }) else {
      return (Array(0..<(prompts.map(\.tokens.count).max() ?? 0)), positions)
    }
    let all = prompts.flatMap { $0.positionIDs ?? Array($0.tokens.indices) }
    let ids = Set(all).sorted()
    let places = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    return (ids, all.map { places[$0] ?? 0 })
  }

  /// The position id of a row.
  func positionID(_ row: Int) -> Int { positionIDs[positionIndices[row]] }

  /// Cuts the prompts into batches of about `limit` tokens, in order; a longer prompt is a batch of its own.
  static func plan(_ prompts: [ForwardPrompt], limit: Int) -> [[Int]] {
    var batches: [[Int]] = []
    var tokens = Int.max
    for (index, prompt) in prompts.enumerated() {
      if tokens > limit || tokens + prompt.tokens.count > limit {
        batches.append([])
        tokens = 0
      }
      batches[batches.count - 1].append(index)
      tokens += prompt.tokens.count
    }
    return batches
  }
}
