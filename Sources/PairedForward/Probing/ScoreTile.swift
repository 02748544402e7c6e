import LinearAlgebra

/// The base's pattern of consecutive queries of one layer, prompt and head, shown for every query, also for those that no
/// run can change.
public struct PatternTile {
  /// The layer.
  public let layer: Int
  /// Index of the prompt.
  public let prompt: Int
  /// The query head.
  public let head: Int
  /// Positions of the queries.
  public let queries: Range<Int>
  /// Positions of the keys that any of the queries sees.
  public let keys: Range<Int>
  /// softmax of the base scores, (queries, keys); 0 where a query does not see a key.
  public let pattern: ReadOnlyMatrix
  /// By query, the part of its attention that a sink takes; nil where the layer has none.
  public var sinks: UnsafePointer<Float>?
}

/// An attention sink in the row of a query: one more column of the softmax, whose logit no query and no key enters.
public struct SinkColumn: Sendable, Equatable {
  /// Its logit in the base.
  public let logit: Float
  /// p in the base.
  public var pattern: Float
  /// dp.
  public var change: Float
  /// The change of its logit.
  public let logitChange: Float

  /// A column's entry.
  public init(logit: Float, pattern: Float, change: Float, logitChange: Float) {
    (self.logit, self.pattern, self.change, self.logitChange) = (logit, pattern, change, logitChange)
  }

  /// Numbers in single precision that one takes.
  static let width = 4

  /// A column in some memory of (queries, ``width``) numbers, with its logit and the changes of that.
  static func column(
    _ memory: MatrixView, _ queries: Range<Int>, logit: Float, _ logitChange: (_ query: Int) -> Float
  ) -> UnsafeMutablePointer<SinkColumn> {
    let column = UnsafeMutableRawPointer(memory.elements).bindMemory(to: SinkColumn.self, capacity: queries.count)
    for (row, query) in queries.enumerated() {
      column[row] = SinkColumn(logit: logit, pattern: 0, change: 0, logitChange: logitChange(query))
    }
    return column
  }
}

/// Scores of consecutive queries of one layer, prompt and head under one run, with everything that made them. Queries that
/// the run cannot change are not shown.
///
/// Terms are scaled by c, from the base (``withTerms(at:_:)`` takes them elsewhere) and before a soft cap; the pattern is the base's. Row r belongs to the query at position
/// `queries.lowerBound + r`, column 0 to the key at `keys.lowerBound`; but column 0 of `dKtQ` and `dKtdQ` belongs to the key at
/// `changedKeys.lowerBound`: no earlier key can differ. A row's columns beyond its last allowed key hold nothing of meaning, but
/// for the patterns, which are 0 there.
public struct ScoreTile {
  /// The layer.
  public let layer: Int
  /// Index of the prompt.
  public let prompt: Int
  /// The query head.
  public let head: Int
  /// Which run.
  public let run: Int
  /// Positions of the queries.
  public let queries: Range<Int>
  /// Whether the task shows no later queries under this run.
  public let isLast: Bool
  /// Positions of the keys that any of the queries sees.
  public let keys: Range<Int>
  /// Those of `keys` that can differ from the base; ends where `keys` ends.
  public let changedKeys: Range<Int>
  /// The model's window, if any: a query sees itself and the window − 1 keys before.
  public let window: Int?
  /// softmax of the base scores, (queries, keys).
  public let pattern: ReadOnlyMatrix
  /// c·kᵀdq, (queries, keys).
  public internal(set) var KtdQ: ReadOnlyMatrix
  /// c·dkᵀq, (queries, changedKeys).
  public internal(set) var dKtQ: ReadOnlyMatrix
  /// c·dkᵀdq, (queries, changedKeys).
  public internal(set) var dKtdQ: ReadOnlyMatrix
  /// The change of the pattern by what the run does not leave out, (queries, keys).
  public let patternChange: ReadOnlyMatrix
  /// By query, what is taken off ΔS behind a soft cap, one after the other, to have log p′ − log p.
  public let levels: UnsafePointer<SIMD2<Float>>
  /// By query, the sink's column; nil where the layer has none.
  public var sinks: UnsafePointer<SinkColumn>?
  /// c·kᵀq, the base's scores before a soft cap, (queries, keys), where ``ProbeNeeds/scores`` asked.
  public let scores: ReadOnlyMatrix?
  /// The operands, to recompute scores from.
  public internal(set) var operands: ScoreOperands
  /// Working memory for as long as the tile is shown.
  public let memory: ProbeMemory

  /// Positions of the keys that one of the queries sees.
  public func keys(of query: Int) -> Range<Int> {
    (window.map { max(keys.lowerBound, query - $0 + 1) } ?? keys.lowerBound)..<query + 1
  }
}

/// Queries, keys and values of one head as the attention kernel receives them. Rows of keys and values that no query of the
/// task sees hold nothing of meaning.
public struct ScoreOperands {
  /// c.
  public let scale: Double
  /// q (tokens, headDimension).
  public let query: ReadOnlyMatrix
  /// Position of the first query with a delta row.
  public let firstQuery: Int
  /// dq from `firstQuery` on.
  public let queryDelta: ReadOnlyMatrix
  /// k (tokens, headDimension).
  public let key: ReadOnlyMatrix
  /// v (tokens, valueDimension).
  public let value: ReadOnlyMatrix
  /// Position of the first key and value with a delta row.
  public let firstKey: Int
  /// dk from `firstKey` on.
  public let keyDelta: ReadOnlyMatrix
  /// dv from `firstKey` on.
  public let valueDelta: ReadOnlyMatrix
  /// The queries and keys that the terms' changes are multiplied with, where ``ScoreTile/withTerms(at:_:)`` took them
  /// elsewhere than at the base.
  var reference: (query: ReadOnlyMatrix, key: ReadOnlyMatrix)?
  /// q as dk is multiplied with it in dKᵀQ, (tokens, headDimension).
  public var referenceQuery: ReadOnlyMatrix { reference?.query ?? query }
  /// k as dq is multiplied with it in KᵀdQ, (tokens, headDimension).
  public var referenceKey: ReadOnlyMatrix { reference?.key ?? key }
  /// What dq, dk and dv are made of, where ``ProbeNeeds/sources`` asked.
  public let sources: SourceOperands?
  /// The columns of the base's output projection that read this head, (hidden, headDimension), where
  /// ``ProbeNeeds/values`` asked.
  public let output: ReadOnlyMatrix?
  /// R of `output`'s QR decomposition, (at most headDimension, headDimension), where ``ProbeNeeds/values`` asked: R·z has the
  /// lengths and angles of output·z in fewer coordinates.
  public let outputFactor: ReadOnlyMatrix?
  /// The logits of the gates of this head's output in the base, (tokens, valueDimension); nil where it has none.
  public let gate: ReadOnlyMatrix?
  /// Whether anything that was written before the layer can differ in what its queries and keys are projected from, decided without
  /// looking at a value.
  public let inherits: Bool
}

/// What the changes of one head's operands are made of, by ``Source``'s raw value; rows as in ``ScoreOperands``.
public struct SourceOperands {
  /// Sources of dq, from `firstQuery` on.
  public let query: [ReadOnlyMatrix]
  /// Sources of dk, from `firstKey` on.
  public let key: [ReadOnlyMatrix]
  /// Sources of dv, from `firstKey` on.
  public let value: [ReadOnlyMatrix]
}
