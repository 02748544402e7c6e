import LinearAlgebra

/// What watches a paired pass. Calls come from several threads at once, but those of one layer, prompt, head and block of
/// queries come from one thread and in the order of the queries. Nothing handed over may be kept.
public protocol ForwardObserver: Sendable {
  /// A layer begins for the prompts of a batch, whose queries are cut into so many blocks; the calls about it come between
  /// this one and ``layerEnds(_:prompts:)``.
  func layerBegins(_ layer: Int, prompts: [Int], blocks: Int)
  /// A layer has ended for the prompts of a batch.
  func layerEnds(_ layer: Int, prompts: [Int])
  /// The residual stream that enters a layer: `base` (tokens, hidden); `delta` has the rows from `firstChanged` on, the
  /// rows before are zero.
  func stream(layer: Int, prompt: Int, base: MatrixView, delta: MatrixView, firstChanged: Int)
  /// Scores of some queries with all their keys. Queries that cannot differ from the base are not shown.
  func scores(_ tile: ScoreTile)
  /// Mean losses of a prompt from ``ForwardPrompt/lossFrom`` on.
  func loss(prompt: Int, base: Double, adapted: Double)
}

extension ForwardObserver {
  /// Losses are computed only where a prompt asks for them.
  public func loss(prompt: Int, base: Double, adapted: Double) {}
}

/// Scores of consecutive queries of one layer, prompt and head, with everything that made them.
///
/// Terms are scaled by c and taken before a soft cap; the pattern is the base's. Row r belongs to the query at position
/// `queries.lowerBound + r`; column 0 of `pattern` and `KtdQ` to the key at `keys.lowerBound`, column 0 of `dKtQ` and `dKtdQ`
/// to the key at `changedKeys.lowerBound`: no earlier key can differ. A row's columns beyond its last allowed key hold
/// nothing of meaning.
public struct ScoreTile {
  /// The layer.
  public let layer: Int
  /// Index of the prompt.
  public let prompt: Int
  /// The query head.
  public let head: Int
  /// The block of the prompt's queries that the tile is a part of; later blocks have later queries.
  public let block: Int
  /// Positions of the queries.
  public let queries: Range<Int>
  /// Positions of the keys that any of the queries sees.
  public let keys: Range<Int>
  /// Those of `keys` that can differ from the base; ends where `keys` ends.
  public let changedKeys: Range<Int>
  /// The model's window, if any: a query sees itself and the window − 1 keys before.
  public let window: Int?
  /// softmax of the base scores, (queries, keys).
  public let pattern: MatrixView
  /// c·kᵀdq, (queries, keys).
  public let KtdQ: MatrixView
  /// c·dkᵀq, (queries, changedKeys).
  public let dKtQ: MatrixView
  /// c·dkᵀdq, (queries, changedKeys).
  public let dKtdQ: MatrixView
  /// The operands, to recompute scores from.
  public let operands: ScoreOperands

  /// Positions of the keys that one of the queries sees.
  public func keys(of query: Int) -> Range<Int> {
    (window.map { max(keys.lowerBound, query - $0 + 1) } ?? keys.lowerBound)..<query + 1
  }
}

/// Queries and keys of one head as the attention kernel receives them.
public struct ScoreOperands {
  /// c.
  public let scale: Double
  /// q (tokens, headDimension).
  public let query: MatrixView
  /// dq from `firstChanged` on.
  public let queryDelta: MatrixView
  /// k (tokens, headDimension).
  public let key: MatrixView
  /// dk from `firstChanged` on.
  public let keyDelta: MatrixView
  /// Position of the first token with a delta row.
  public let firstChanged: Int
}
