import Expectations
import Results

/// The first half of a sentence about a number that every row has; calling it completes it:
/// `expect(analysis).share(of: .dKtQ, from: .after, to: .before, isAtMost: 0.2)`.
///
/// `Part` is what the number can be of: a ``Term``, or a ``ScorePart`` where the whole change has it too.
public struct NumberSentence<Part: Sendable>: Sendable {
  let subject: AnalysisSubject
  /// The number, raw or centred.
  let quantity: @Sendable (_ part: Part, _ centered: Bool) -> Quantity

  /// The number lies within the bounds in every selected row. What is not said selects everything; without any bound the
  /// sentence fails.
  /// - Parameters:
  ///   - part: What the number is of.
  ///   - query: Region of the query, which looks.
  ///   - key: Region of the key, which is looked at.
  ///   - layers: Layers, from 0: `7`, `4...9`, `20...`, `[0, 3]`.
  ///   - heads: Query heads, likewise.
  ///   - pooling: Single heads, or rows whose pairs are pooled.
  ///   - centered: Whether what is constant along a score row is taken off first.
  ///   - lower: Smallest allowed value.
  ///   - upper: Largest allowed value.
  ///   - reason: Why, which a failure repeats.
  @discardableResult
  public func callAsFunction(
    of part: Part, from query: RegionName? = nil, to key: RegionName? = nil,
    layers: any IndexSelecting = IndexSelection.all, heads: any IndexSelecting = IndexSelection.all,
    pooled pooling: Selection.Pooling = .none, centered: Bool = false, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    subject.number(
      quantity(part, centered),
      in: Selection(query: query, key: key, layers: layers, heads: heads, pooling: pooling),
      isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath, line: line,
      column: column)
  }
}

extension AnalysisSubject {
  /// The part of the change's energy that a term explains: ΣTΔ / ΣΔ².
  public var share: NumberSentence<Term> {
    NumberSentence(subject: self) { .share(of: $0, centered: $1) }
  }

  /// The fraction of pairs in which a term alone has the largest magnitude.
  public var dominance: NumberSentence<Term> {
    NumberSentence(subject: self) { .dominance(of: $0, centered: $1) }
  }

  /// √((1/n) Σ T²) of a term, or of the whole change.
  public var rms: NumberSentence<ScorePart> { magnitude(.rms) }

  /// (1/n) Σ |T| of a term, or of the whole change.
  public var meanAbs: NumberSentence<ScorePart> { magnitude(.meanAbs) }

  /// max |T| of a term, or of the whole change.
  public var maxAbs: NumberSentence<ScorePart> { magnitude(.maxAbs) }

  /// (1/n) Σ T of a term, or of the whole change.
  public var mean: NumberSentence<ScorePart> { magnitude(.mean) }

  private func magnitude(_ statistic: MagnitudeStatistic) -> NumberSentence<ScorePart> {
    NumberSentence(subject: self) { .magnitude(statistic, of: $0, centered: $1) }
  }
}
