import Architectures
import Safetensors

/// The vocabulary of an adapted model that has more or fewer tokens than its base.
///
/// Rows that both have are changed as any other weight is (``LinearChange``, ``EmbeddingChange``). Those of the base alone are
/// missing from the adapted model, and those that it alone has stand here, whole.
public struct VocabularyChange: Sendable {
  /// Rows of its token table: tokens that it can read.
  public var tableRows: Int
  /// Rows of its head: tokens that it can predict.
  public var headRows: Int
  /// Writes rows of its head that the base lacks, weights and not changes, (rows.count, inputs) row-major.
  public var formHead:
    @Sendable (_ rows: Range<Int>, _ into: UnsafeMutablePointer<Float>) throws(CheckpointError) -> Void
  /// Their biases, from the first that the base lacks on; nil where the head has none.
  public var headBias: [Float]?

  /// Nil where table and head have as many rows as the base's.
  init?(
    tableRows: Int, headRows: Int, headBias: [Float]?, base: ModelDescription,
    formHead:
      @escaping @Sendable (_ rows: Range<Int>, _ into: UnsafeMutablePointer<Float>) throws(CheckpointError) -> Void
  ) {
    guard tableRows != base.embedding.tokens.rows || headRows != base.head.linear.outputs else { return nil }
    self.tableRows = tableRows
    self.headRows = headRows
    self.headBias = headBias
    self.formHead = formHead
  }
}

extension Adaptation {
  /// The rows of the head that base and adapted model both have.
  package func sharedHeadRows(_ base: ModelDescription) -> Int {
    min(base.head.linear.outputs, vocabulary?.headRows ?? .max)
  }
}

extension ModelPair {
  /// The tokens that both models can read: those that prompts may have.
  public var sharedTokens: Int {
    min(model.description.embedding.tokens.rows, adaptation.vocabulary?.tableRows ?? .max)
  }
}

extension DenseChange {
  /// The same for the rows before `end`; those that the adapted model lacks have zeros, which nobody reads.
  func before(_ end: Int, inputs: Int) -> DenseChange {
    DenseChange { rows, target throws(CheckpointError) in
      var next = target
      for run in rows.runs {
        let known = run.clamped(to: 0..<end)
        if !known.isEmpty { try form(RowSelection(known), next) }
        (next + known.count * inputs).update(repeating: 0, count: (run.count - known.count) * inputs)
        next += run.count * inputs
      }
    }
  }
}

extension Array {
  /// As many elements: the first ones, or zeros behind them.
  func fitted(to count: Int, zero: Element) -> [Element] {
    count <= self.count ? Array(prefix(count)) : self + Array(repeating: zero, count: count - self.count)
  }
}
