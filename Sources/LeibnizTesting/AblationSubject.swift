import Expectations
import Results

/// Begins a sentence about an ablation: `expect(ablation).benefitLost(by: "scores", isAtMost: 0.3)`.
public func expect(_ ablation: Ablation) -> AblationSubject { AblationSubject(ablation: ablation) }

/// The sentences that can be said about an ablation. `knockout` is an intervention's name; all of them are meant where it
/// is left out. Without any bound a sentence fails.
public struct AblationSubject: Sendable {
  /// The ablation.
  public let ablation: Ablation

  /// Holds an expectation of any kind against the ablation and records a failure.
  @discardableResult
  public func holds(
    _ expectation: AblationExpectation, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    let comparison = expectation.compare(with: ablation)
    comparison.record(fileID: fileID, filePath: filePath, line: line, column: column)
    return comparison
  }

  /// A number, of this library or of one's own, lies within bounds.
  @discardableResult
  public func number(
    _ quantity: AblationQuantity, by knockout: String? = nil, isAtLeast lower: Double? = nil,
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    let comparison = Comparison.bounded(quantity.name, lower, upper, reason) { bounds in
      AblationExpectation.number(quantity, of: knockout, within: bounds, reason: reason).compare(with: ablation)
    }
    comparison.record(fileID: fileID, filePath: filePath, line: line, column: column)
    return comparison
  }

  /// (intervened − adapted) / (base − adapted loss).
  @discardableResult
  public func benefitLost(
    by knockout: String? = nil, isAtLeast lower: Double? = nil, isAtMost upper: Double? = nil,
    because reason: String? = nil, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .benefitLost, by: knockout, isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID,
      filePath: filePath, line: line, column: column)
  }

  /// The mean of KL(adapted ‖ intervened), in nats.
  @discardableResult
  public func divergence(
    by knockout: String? = nil, isAtLeast lower: Double? = nil, isAtMost upper: Double? = nil,
    because reason: String? = nil, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .divergence, by: knockout, isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID,
      filePath: filePath, line: line, column: column)
  }

  /// The mean loss of the base, the adapted model, or adapted less base.
  @discardableResult
  public func loss(
    _ part: LossPart, isAtLeast lower: Double? = nil, isAtMost upper: Double? = nil,
    because reason: String? = nil, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    number(
      .loss(part), isAtLeast: lower, isAtMost: upper, because: reason, fileID: fileID, filePath: filePath,
      line: line, column: column)
  }

  /// The ablation was verified and passed, with no larger disagreement than `upper`, or than the verification's own limit.
  @discardableResult
  public func isVerified(
    isAtMost upper: Double? = nil, because reason: String? = nil, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Comparison {
    holds(
      .verification(isAtMost: upper, reason: reason), fileID: fileID, filePath: filePath, line: line,
      column: column)
  }
}
