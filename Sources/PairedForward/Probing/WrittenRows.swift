import Architectures
import LinearAlgebra
import Vocabulary

/// What one reader makes of all that was written to the stream's change, on consecutive tokens of one prompt under one run.
///
/// The change of what the reader reads, W·(n(x′) − n(x)), is a sum over writers, of what dividing by another length adds and of a changed
/// norm. Where only its product with some vector matters, that vector is pulled back to the stream once and taken against everybody.
public struct WrittenRows {
  /// Who reads.
  public enum Reader: Sendable, Hashable {
    /// Queries and keys of a layer's attention.
    case attention(layer: Int)
    /// The output head.
    case predictions
  }

  /// Who reads.
  public let reader: Reader
  /// Which operands of an attention are read.
  public let reads: [Operand]
  /// Index of the prompt.
  public let prompt: Int
  /// Which run.
  public let run: Int
  /// Positions of the tokens.
  public let positions: Range<Int>
  /// How many writers stand before the reader: the first of ``ModelDescription/writers``.
  public let writers: Int
  /// Whether a norm stands before the reader.
  public let hasNorm: Bool
  /// Whether the run changes that norm's gain or bias.
  public let changesNorm: Bool
  /// Working memory for as long as the rows are shown.
  public let memory: ProbeMemory

  let norm: PairedNorm?
  let written: WrittenChanges
  /// The layer before which it is read; behind the last the predictions'.
  let layer: Int
  /// The run's row of the first token.
  let firstRow: Int
  /// The way back from queries and keys.
  let operands: OperandPull?

  private func row(_ position: Int) -> Int { firstRow + position - positions.lowerBound }

  private var own: ReaderChanges { written.reader(layer) }

  /// What each writer added to a token's stream, in their order, as it was written: (writers, hidden).
  public func changes(at position: Int) -> ReadOnlyMatrix {
    ReadOnlyMatrix(written.token(row(position)).rows(0..<writers))
  }

  /// By what factors on the stream have multiplied since what a writer wrote.
  public func factor(of writer: Int) -> Double { written.factors.isEmpty ? 1 : written.factors[layer][writer] }

  /// The same of what a layer's attention wrote, for predictions.
  public func factorOfAttention(in layer: Int) -> Double { written.factorOfAttention(in: layer) }

  /// What the norm adds before it by dividing by another length, (hidden); nil without a norm.
  public func lengthChange(at position: Int) -> UnsafePointer<Float>? {
    hasNorm ? UnsafePointer(own.rest(row(position)).length) : nil
  }

  /// What a changed norm adds behind the norm, (hidden); nil where it does not change.
  public func normChange(at position: Int) -> UnsafePointer<Float>? {
    changesNorm ? UnsafePointer(own.rest(row(position)).gain) : nil
  }

  /// Pulls vectors of one head back from its queries or keys to what the reader's norm makes.
  /// - Parameters:
  ///   - vectors: A row a token, (tokens, headDimension); it is used up.
  ///   - tokens: Their positions, among ``positions``.
  ///   - result: (tokens, hidden).
  public func pullBack(
    _ vectors: MatrixView, at tokens: Range<Int>, from operand: Operand, head: Int, into result: MatrixView
  ) {
    guard let operands else { preconditionFailure("an attention reads") }
    precondition(vectors.rows == tokens.count && tokens.clamped(to: positions) == tokens, "a vector a token")
    operands.pullBack(
      vectors, operand, head: head, own, firstRow: row(tokens.lowerBound), first: tokens.lowerBound)
    multiply(vectors, operands.weight(operand, head: head), into: result)
  }

  /// Pulls vectors of one token back through the reader's norm to the stream, in place, (vectors, hidden).
  public func pullBackThroughNorm(_ vectors: MatrixView, at position: Int) {
    guard let norm else { return }
    let inverse = own.inverse.view[row(position)][0]
    for row in 0..<vectors.rows { norm.pullBack(vectors[row], count: norm.width, inverse: inverse) }
  }

  /// What a layer's attention wrote on a token whose prediction is split, taken apart: W_O·(dP·V), W_O·(P·dV), W_O·(dP·dV), dW_O·z′ with the
  /// bias, what a norm behind them adds, and W_O·(dG ⊙ z′) of gates, (6, hidden). Nil for other tokens.
  public func attention(of layer: Int, at position: Int) -> ReadOnlyMatrix? {
    guard let parts = written.attention, let place = parts.places[row(position)] else { return nil }
    return ReadOnlyMatrix(parts.token(place, layer: layer))
  }
}

/// The way back from what the attention kernel receives to what queries and keys are projected from, against the order of
/// ``OperandRows``.
struct OperandPull {
  var attention: AttentionDescription
  let columns: AttentionColumns
  /// Queries, keys and values stacked.
  var projection: Matrix
  let queryNorm: PairedNorm?
  var keyNorm: PairedNorm?
  /// Of the prompt; nil where the layer has none.
  let turns: RotaryTurns?
  /// By token of the prompt, its index among the positions of ``turns``, and its position.
  let position: (Int) -> (index: Int, id: Int)

  func weight(_ operand: Operand, head: Int) -> MatrixView {
    projection.view.rows(columns.head(head, operand, attention))
  }

  func pullBack(
    _ vectors: MatrixView, _ operand: Operand, head: Int, _ reader: ReaderChanges, firstRow: Int, first: Int
  ) {
    let own = columns.head(head, operand, attention)
    let norm = operand == .query ? queryNorm : keyNorm
    let start = own.lowerBound - (operand == .query ? columns.query : columns.key).lowerBound
    for row in 0..<vectors.rows {
      let vector = vectors[row]
      let position = position(first + row)
      if operand == .query, let scale = attention.queryScale {
        let factor = Float(scale.factor(at: position.id))
        for column in 0..<vectors.columns { vector[column] *= factor }
      }
      if attention.normsAfterRotary { through(norm, vector, start, own, reader, firstRow + row) }
      turns?.turnBack(vector, position: position.index)
      if let secants = reader.clipSecants, attention.clip != nil {
        for column in 0..<vectors.columns { vector[column] *= secants.view[firstRow + row][own.lowerBound + column] }
      }
      if !attention.normsAfterRotary { through(norm, vector, start, own, reader, firstRow + row) }
    }
  }

  private func through(
    _ norm: PairedNorm?, _ vector: UnsafeMutablePointer<Float>, _ start: Int, _ own: Range<Int>,
    _ reader: ReaderChanges, _ row: Int
  ) {
    guard let norm, let inverses = reader.normInverse else { return }
    // A group that holds several heads has one 1/r′.
    let step = min(norm.width, own.count)
    for offset in Swift.stride(from: 0, to: own.count, by: step) {
      norm.pullBack(
        vector + offset, from: start + offset, count: step, inverse: inverses.view[row][own.lowerBound + offset])
    }
  }
}
