import Architectures
import LinearAlgebra
import Vocabulary

/// What every part of the model added to the stream's change in one run, kept while a batch passes: dx of a layer is the sum of the
/// rows of all writers before it.
struct WrittenChanges: Sendable {
  /// Rows a token: one a writer.
  let slots: Int
  /// By layer, and last for the predictions, how many writers stand before it.
  let before: [Int]
  /// Whether the heads of attentions are writers of their own.
  let byHead: Bool
  /// (tokens · slots, hidden), each as it was written: factors on the stream behind that are the reader's matter.
  let rows: Matrix
  /// By reading layer, and last for the predictions, by what factors on the stream multiply what each writer before it wrote; empty where
  /// there are none.
  let factors: [[Double]]
  /// Of a layer whose keys others read, by that layer.
  private let kept: [Int: ReaderChanges]
  /// Of the reader in hand.
  private let inHand: ReaderChanges
  private let writers: [StreamWriter]
  /// What the attention of each layer wrote, taken apart; only where predictions are split.
  let attention: AttentionParts?

  /// - Parameter scales: By layer, the factor on the stream as it leaves it.
  init(
    _ rows: ChangeRows, _ batch: Batch, _ description: ModelDescription, scales: [Float], predicts: Bool, byHead: Bool
  ) {
    let layers = description.layers.map(\.attention)
    let width = layers.map { AttentionColumns($0).key.upperBound }.max() ?? 0
    let writers = description.writers(byHead: byHead)
    let before = description.writersBefore(byHead: byHead)
    let exact = scales.map(Double.init)
    (self.writers, self.before, self.byHead, slots) = (writers, before, byHead, writers.count)
    factors =
      scales.allSatisfy { $0 == 1 }
      ? []
      : before.enumerated().map { layer, count in
        writers.prefix(count).map { description.factor(on: $0, before: layer, exact) }
      }
    self.rows = Matrix(rows: rows.count * slots, columns: description.hiddenSize)
    func reader() -> ReaderChanges {
      ReaderChanges(
        tokens: rows.count, hidden: description.hiddenSize, width: width,
        hasNorms: layers.contains { $0.queryNorm != nil || $0.keyNorm != nil },
        clips: layers.contains { $0.clip != nil })
    }
    inHand = reader()
    kept = Dictionary(uniqueKeysWithValues: description.producers.map { ($0, reader()) })
    attention = predicts ? AttentionParts(rows, batch, description) : nil
  }

  /// What a layer, or behind the last the predictions, makes of the change beside what was written.
  func reader(_ layer: Int) -> ReaderChanges { kept[layer] ?? inHand }

  /// By what factors on the stream multiply what a layer's attention wrote, on its way to the predictions.
  func factorOfAttention(in layer: Int) -> Double { factors.last.map { $0[before[layer]] } ?? 1 }

  /// How many bytes a token takes, parts of the attention left out.
  static func bytes(_ description: ModelDescription, byHead: Bool) -> Int {
    let layers = description.layers.map(\.attention)
    let width = layers.map { AttentionColumns($0).key.upperBound }.max() ?? 0
    let further = (layers.contains { $0.queryNorm != nil } ? 1 : 0) + (layers.contains { $0.clip != nil } ? 1 : 0)
    let own = 2 * description.hiddenSize + further * width + 1
    let slots = description.writers(byHead: byHead).count
    return MemoryLayout<Float>.stride * (slots * description.hiddenSize + (1 + description.producers.count) * own)
  }

  /// What each writer added to a token's stream, as it was written, (slots, hidden).
  func token(_ row: Int) -> MatrixView { rows.view.rows(row * slots..<(row + 1) * slots) }

  /// Keeps what the tables of tokens and positions wrote.
  func writeEmbedding(_ stream: MatrixView) {
    for row in 0..<stream.rows { token(row)[0].update(from: stream[row], count: stream.columns) }
  }

  /// Keeps what a part of a layer adds to the streams of some tokens.
  func write(_ delta: MatrixView, _ tokens: Range<Int>, layer: Int, _ part: StreamWriter.Part, scaledBy factor: Float) {
    // What attentions write has been kept head by head.
    if byHead, part == .attention { return }
    let own = writers[before[layer]..<before[layer + 1]]
    guard let slot = own.firstIndex(where: { $0.part == part }) else { return }
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
