import Expectations
import Results

/// Begins a sentence about an analysis: `expect(analysis).closure(isAtMost: 1e-5)`.
///
/// A sentence that does not hold is recorded as an issue of the running test, at its own line. Each returns its
/// ``Comparison`` as well.
public func expect(_ analysis: Analysis) -> AnalysisSubject { AnalysisSubject(analysis: analysis) }

/// The sentences that can be said about an analysis.
public struct AnalysisSubject: Sendable {
  /// The analysis.
  public let analysis: Analysis

  /// Holds an expectation of any kind against the analysis and records a failure.
  @discardableResult
  public func holds(
    _ expectation: AnalysisExpectation, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    let comparison = expectation.compare(with: analysis)
    comparison.record(fileID: fileID, filePath: filePath, line: line, column: column)
    return comparison
  }

  /// A number, of this library or of one's own, lies within bounds at every selected place.
  ///
  /// At least one bound has to be given; without one the sentence fails.
  @discardableResult
  public func number(
    _ quantity: Quantity, in selection: Selection? = nil, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    let comparison = Comparison.bounded(quantity.name, lower, upper, reason) { bounds in
      AnalysisExpectation.number(quantity, of: selection, within: bounds, reason: reason).compare(with: analysis)
    }
    comparison.record(fileID: fileID, filePath: filePath, line: line, column: column)
    return comparison
  }
}
