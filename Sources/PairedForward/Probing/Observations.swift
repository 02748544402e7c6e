import LinearAlgebra
import Vocabulary

/// The residual stream of one prompt as it enters a layer.
public struct StreamRows {
  /// The layer.
  public let layer: Int
  /// Index of the prompt.
  public let prompt: Int
  /// x, (tokens, hidden).
  public let base: ReadOnlyMatrix
  /// By run (forks left out): dx of the tokens from `first` on; those before are zero.
  public let changes: [(run: Int, first: Int, delta: ReadOnlyMatrix)]
}

/// The parts of the changes of a layer's projections, on rows that one task takes.
public struct ProductRows {
  /// Where the parts are from.
  public enum Place: Sendable, Equatable {
    /// W′x′ − Wx: `first` is dW·x, `second` W·dx, `both` dW·dx; before bias, norm and rotary embedding.
    case projection(Site)
    /// act(gate) × up: `first` is dG·U, `second` G·dU, `both` dG·dU.
    case gateTimesUp
    /// A projection of a recurrence, by its own name.
    case named(String)
    /// σ(g) ⊙ z on an attention's way out: `first` is dG·Z, `second` G·dZ, `both` dG·dZ.
    case gateTimesHeads
  }

  /// The layer.
  public let layer: Int
  /// Where they are from.
  public let place: Place
  /// By delta row: run, prompt and position of its token.
  public let rows: [(run: Int, prompt: Int, position: Int)]
  /// (rows, width).
  public let first: ReadOnlyMatrix
  /// (rows, width).
  public let second: ReadOnlyMatrix
  /// (rows, width).
  public let both: ReadOnlyMatrix
}

/// What a mixture of experts does to some rows of one run.
public struct RoutingRows {
  /// The layer.
  public let layer: Int
  /// By delta row: run, prompt and position of its token.
  public let rows: [(run: Int, prompt: Int, position: Int)]
  /// By delta row, the weights of all experts in the base, (experts) each; 0 where an expert is not chosen.
  public let baseWeights: [UnsafePointer<Float>]
  /// By delta row, those of the run.
  public let weights: ReadOnlyMatrix
  /// dG·E, G·dE and dG·dE over both models' experts, each (rows, hidden).
  public let terms: [ReadOnlyMatrix]
}

/// Logits of consecutive predictions of one prompt, over a slice of the vocabulary.
///
/// Where an adaptation has another vocabulary, a slice is of rows that the base has, or of rows that one adaptation alone has
/// (``isOfBase``); ``holds(_:row:)`` says which runs predict them. There `base` is what those rows make of the base's stream, so
/// that changes are small beside it as everywhere.
public struct LogitRows {
  /// Index of the prompt.
  public let prompt: Int
  /// The positions that predict the token after them.
  public let positions: Range<Int>
  /// Which tokens the columns belong to.
  public let vocabulary: Range<Int>
  /// By row, the token that follows.
  public let targets: [Int]
  /// The base's logits, (positions, vocabulary).
  public let base: ReadOnlyMatrix
  /// By run, its changes and the first row that has one; earlier rows are its origin's.
  let changes: [(first: Int, delta: ReadOnlyMatrix)?]
  /// By run, the one it forks from.
  let origins: [Int?]
  /// By run, whether its logits were wanted.
  let predicts: [Bool]
  /// Whether the base has these tokens.
  public let isOfBase: Bool
  /// By run, whether its adaptation's vocabulary has these tokens.
  let adaptedHolds: [Bool]
  /// By run and row, whether it predicts from its adaptation's vocabulary and not from the base's; nil where all are the same.
  let ownVocabulary: [[Bool]]?

  /// Whether a run predicts from another vocabulary than the base at a row: where the mask lets the adaptation act.
  public func hasOwnVocabulary(_ run: Int, row: Int) -> Bool { ownVocabulary?[run][row] ?? false }

  /// Whether a run has these tokens at a row.
  public func holds(_ run: Int, row: Int) -> Bool {
    hasOwnVocabulary(run, row: row) ? adaptedHolds[run] : isOfBase
  }

  /// The column of the token that follows at a row, where the slice has it.
  public func targetColumn(_ row: Int) -> Int? {
    vocabulary.contains(targets[row]) ? targets[row] - vocabulary.lowerBound : nil
  }

  /// The change of the logits of one row under a run, (vocabulary); nil where the run equals the base there. The run has to be
  /// one that ``ChangeRun/predicts``.
  public func change(of run: Int, row: Int) -> UnsafePointer<Float>? {
    precondition(predicts[run], "the run's predictions were not asked for")
    if let own = changes[run], row >= own.first { return own.delta[row - own.first] }
    return origins[run].flatMap { change(of: $0, row: row) }
  }
}
