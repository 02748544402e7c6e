import Architectures
import Checkpoints
import LinearAlgebra

/// Prompts packed one after the other.
///
/// Every token has a row in the base's matrices. Delta matrices hold rows only for a prompt's tokens from its first
/// changed one on, so a masked prefix costs nothing there.
struct Batch: Sendable {
  /// Where one prompt's rows stand.
  struct Span: Sendable {
    /// Index of the prompt in the caller's list.
    var prompt: Int
    /// Rows in base matrices.
    var rows: Range<Int>
    /// Rows in delta matrices.
    var deltaRows: Range<Int>
    /// Number of tokens.
    var count: Int { rows.count }
    /// Position of the first token with a delta row.
    var firstChanged: Int { count - deltaRows.count }
  }

  let spans: [Span]
  let prompts: [ForwardPrompt]
  /// Per delta row, the weight of low-rank parts.
  let lowRankMask: [Float]
  /// Per delta row, the weight of other changes.
  let otherMask: [Float]
  /// Per base row, the position in its prompt.
  let positions: [Int]
  /// Per base row, which span it is in.
  let spanOfRow: [Int]

  var rows: Int { positions.count }
  var deltaRows: Int { lowRankMask.count }

  /// Packs the prompts of the given indices.
  init(_ indices: [Int], of all: [ForwardPrompt], firstChanged: [Int]) {
    var spans: [Span] = []
    var lowRank: [Float] = []
    var other: [Float] = []
    var positions: [Int] = []
    var spanOfRow: [Int] = []
    for index in indices {
      let prompt = all[index]
      let first = firstChanged[index]
      let start = positions.count
      let deltaStart = lowRank.count
      lowRank += prompt.lowRankMask[first...]
      other += prompt.otherMask[first...]
      positions += Array(prompt.tokens.indices)
      spanOfRow += Array(repeating: spans.count, count: prompt.tokens.count)
      spans.append(Span(prompt: index, rows: start..<positions.count, deltaRows: deltaStart..<lowRank.count))
    }
    self.spans = spans
    self.prompts = indices.map { all[$0] }
    lowRankMask = lowRank
    otherMask = other
    self.positions = positions
    self.spanOfRow = spanOfRow
  }

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

  /// A run of base rows, and the delta rows of the same tokens. Tokens with a delta row need not be the run's last
  /// ones where it spans prompts: `baseRow` names, per delta row, its token's row within the run.
  struct Piece: Sendable {
    var rows: Range<Int>
    var deltaRows: Range<Int>
    var baseRow: [Int]
  }

  /// The batch cut into runs of at most `length` rows.
  func pieces(of length: Int) -> [Piece] {
    var deltaStart = 0
    return (0..<rows).pieces(of: length).map { run in
      let changed = run.filter { positions[$0] >= spans[spanOfRow[$0]].firstChanged }
      defer { deltaStart += changed.count }
      return Piece(
        rows: run, deltaRows: deltaStart..<deltaStart + changed.count,
        baseRow: changed.map { $0 - run.lowerBound })
    }
  }
}
