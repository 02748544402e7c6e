import Architectures
import LinearAlgebra
import Vocabulary

/// What every part of the model added to the stream's change in one run, kept while a batch passes: dx of a layer is the sum of the
/// rows of all writers before it.
struct WrittenChanges: Sendable {
  /// Rows a token: one a writer, and two more for what a reader's norm adds, which stand behind the writers before that reader.
  let slots: Int
  /// By layer, and last for the predictions, how many writers stand before it.
  let before: [Int]
  /// Whether the heads of attentions are writers of their own.
  let byHead: Bool
  /// (tokens · slots, hidden).
  let rows: Matrix
  /// 1/r′ of the norm of the reader in hand, (tokens, 1).
  let inverse: Matrix
  /// 1/r′ of the norms on queries and keys of the layer in hand, (tokens, q + k); only where a layer has any.
  let normInverse: Matrix?
  /// What a clip makes of a unit of change in the layer in hand, (tokens, q + k); only where a layer has one.
  let clipSecants: Matrix?
  /// What the attention of each layer wrote, taken apart; only where predictions are split.
  let attention: AttentionParts?

  init(_ rows: ChangeRows, _ batch: Batch, _ description: ModelDescription, predicts: Bool, byHead: Bool) {
    let layers = description.layers.map(\.attention)
    let width = layers.map { AttentionColumns($0).key.upperBound }.max() ?? 0
    before = description.writersBefore(byHead: byHead)
    self.byHead = byHead
    slots = before[before.count - 1] + 2
    self.rows = Matrix(rows: rows.count * slots, columns: description.hiddenSize)
    inverse = Matrix(rows: rows.count, columns: 1)
    normInverse =
      layers.contains { $0.queryNorm != nil || $0.keyNorm != nil } ? Matrix(rows: rows.count, columns: width) : nil
    clipSecants = layers.contains { $0.clip != nil } ? Matrix(rows: rows.count, columns: width) : nil
    attention = predicts ? AttentionParts(rows, batch, description) : nil
  }

  /// How many bytes a token takes, parts of the attention left out.
  static func bytes(_ description: ModelDescription, byHead: Bool) -> Int {
    let layers = description.layers.map(\.attention)
    let width = layers.map { AttentionColumns($0).key.upperBound }.max() ?? 0
    let further = (layers.contains { $0.queryNorm != nil } ? 1 : 0) + (layers.contains { $0.clip != nil } ? 1 : 0)
    let slots = description.writers(byHead: byHead).count + 2
    return MemoryLayout<Float>.stride * (slots * description.hiddenSize + further * width + 1)
  }

  /// What each writer added to a token's stream, (slots, hidden).
  func token(_ row: Int) -> MatrixView { rows.view.rows(row * slots..<(row + 1) * slots) }

  /// Keeps what the tables of tokens and positions wrote.
  func writeEmbedding(_ stream: MatrixView) {
    for row in 0..<stream.rows { token(row)[0].update(from: stream[row], count: stream.columns) }
  }

  /// Keeps what a part of a layer adds to the streams of some tokens.
  func write(_ delta: MatrixView, _ tokens: Range<Int>, layer: Int, _ part: StreamWriter.Part, scaledBy factor: Float) {
    // What attentions write has been kept head by head.
    if byHead, part == .attention { return }
    let slot = part == .mlp ? before[layer + 1] - 1 : before[layer]
    for (row, token) in tokens.enumerated() {
      let (source, target) = (delta[row], self.token(token)[slot])
      for column in 0..<delta.columns { target[column] = source[column] * factor }
    }
  }
}

/// What attentions wrote on the tokens whose predictions are split, taken apart: W_O·(dP·V), W_O·(P·dV), W_O·(dP·dV), dW_O·z′ with the
/// bias, what a norm behind them adds, and W_O·(dG ⊙ z′) where gates stand before the output projection; the first three go through the
/// base's.
struct AttentionParts: Sendable {
  /// Parts of what an attention writes.
  static let count = 6
  /// Parts of what its output projection reads.
  static let operands = 4

  /// By token of the run, its place among those that are split; nil for others.
  let places: [Int?]
  /// dP·V, P·dV, dP·dV and dG ⊙ z′ of the layer in hand side by side, (tokens, 4 · heads · headDimension).
  let mixed: Matrix
  private let layers: Int
  /// (split tokens · layers · parts, hidden).
  private let rows: Matrix

  init(_ rows: ChangeRows, _ batch: Batch, _ description: ModelDescription) {
    let attributed = batch.prompts.map { Set($0.attributed) }
    var count = 0
    var places: [Int?] = []
    for row in rows.batchRow {
      let isSplit = attributed[batch.spanOfRow[row]].contains(batch.positions[row])
      places.append(isSplit ? count : nil)
      count += isSplit ? 1 : 0
    }
    self.places = places
    layers = description.layers.count
    let width = description.layers.map { AttentionColumns($0.attention).query.count }.max() ?? 0
    mixed = Matrix(rows: rows.count, columns: Self.operands * width)
    self.rows = Matrix(rows: count * layers * Self.count, columns: description.hiddenSize)
  }

  /// How many bytes a token takes that is in a run, and one whose prediction is split.
  static func bytes(_ description: ModelDescription) -> (token: Int, split: Int) {
    let width = description.layers.map { AttentionColumns($0.attention).query.count }.max() ?? 0
    let size = MemoryLayout<Float>.stride
    return (operands * size * width, size * description.layers.count * count * description.hiddenSize)
  }

  /// The parts of what a layer's attention wrote on a token that is split, (parts, hidden).
  func token(_ place: Int, layer: Int) -> MatrixView {
    let first = (place * layers + layer) * Self.count
    return rows.view.rows(first..<first + Self.count)
  }

  /// dP·V, P·dV, dP·dV and dG ⊙ z′ of some tokens in some columns.
  func mixed(_ tokens: Range<Int>, _ columns: Range<Int>) -> [MatrixView] {
    (0..<Self.operands).map { part in
      let offset = part * mixed.columns / Self.operands
      return mixed.view.rows(tokens).columns(offset + columns.lowerBound..<offset + columns.upperBound)
    }
  }
}
