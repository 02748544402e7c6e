import Architectures
import LinearAlgebra
import Vocabulary

/// What some parts of the model added to one run's stream, and what the queries and keys of a layer read of it, for runs that leave it
/// out.
struct NamedWrites: Sendable {
  /// In the order in which they write.
  let writers: [StreamWriter]
  /// By writer, dw, (rows, hidden).
  private let streams: [Matrix]
  /// By writer, W·(g ⊙ dw/r′) of the layer in hand as the attention kernel receives it, (rows, q + k).
  private let operands: [Matrix]
  /// By layer whose keys others read, by writer what those keys hold of it, (rows, k).
  private let shared: [Int: [Matrix]]

  /// Nil without writers.
  init?(_ writers: [StreamWriter], rows: Int, _ description: ModelDescription) {
    guard !writers.isEmpty else { return nil }
    self.writers = writers
    streams = writers.map { _ in Matrix(rows: rows, columns: description.hiddenSize) }
    operands = writers.map { _ in Matrix(rows: rows, columns: Self.width(description)) }
    shared = Dictionary(
      uniqueKeysWithValues: description.producers.map { index in
        let width = AttentionColumns(description.layers[index].attention).key.count
        return (index, writers.map { _ in Matrix(rows: rows, columns: width) })
      })
  }

  /// Of queries and keys in the widest layer.
  private static func width(_ description: ModelDescription) -> Int {
    description.layers.map { AttentionColumns($0.attention).key.upperBound }.max() ?? 0
  }

  /// How many bytes a row takes for each writer.
  static func bytes(_ description: ModelDescription) -> Int {
    MemoryLayout<Float>.stride * (description.hiddenSize + (1 + description.producers.count) * width(description))
  }

  /// dw of a writer as it was written; nil where it is not kept.
  func stream(_ writer: StreamWriter) -> Matrix? { writers.firstIndex(of: writer).map { streams[$0] } }

  /// What the layer in hand reads of a writer; nil where it is not kept.
  func operand(_ writer: StreamWriter) -> Matrix? { writers.firstIndex(of: writer).map { operands[$0] } }

  /// Keeps what a part of a layer adds to the streams of some rows.
  func write(_ delta: MatrixView, _ rows: Range<Int>, layer: Int?, _ part: StreamWriter.Part, scaledBy factor: Float) {
    guard let target = stream(StreamWriter(layer: layer, part))?.view.rows(rows) else { return }
    target.clear()
    target.add(delta, scaledBy: factor)
  }

  /// Keeps what a layer's keys hold of every writer for the layers that read them, or hands it to one of those.
  func passKeys(_ columns: Range<Int>, layer: Int, producer: Int?) {
    for (place, operand) in operands.enumerated() {
      let own = operand.view.columns(columns)
      if let producer {
        shared[producer]?[place].view.copy(into: own)
      } else if let kept = shared[layer] {
        own.copy(into: kept[place].view)
      }
    }
  }

  /// dw of the writers that a fork keeps too, beside where it keeps it.
  func streams(with fork: NamedWrites) -> [(source: Matrix, target: Matrix)] {
    fork.writers.compactMap { writer in
      stream(writer).flatMap { source in fork.stream(writer).map { (source, $0) } }
    }
  }

  /// What shared keys of some layers hold of the writers that a fork keeps too, likewise.
  func sharedKeys(
    with fork: NamedWrites, where isWanted: (Int) -> Bool
  ) -> [(source: Matrix, target: Matrix)] {
    shared.filter { isWanted($0.key) }.flatMap { layer, matrices in
      zip(writers, matrices).compactMap { writer, source in
        fork.writers.firstIndex(of: writer).flatMap { place in fork.shared[layer].map { (source, $0[place]) } }
      }
    }
  }
}
