import OracleFixtures
import Testing

/// Holds what was found to a case's reference values at 2e-5; where single precision cannot always meet that, at what it keeps.
@discardableResult
func expectAgreement(
  with oracle: OracleCase, _ compare: (inout ReferenceComparison) throws -> Void
) throws -> ReferenceComparison {
  func comparison(at tolerance: Double) throws -> ReferenceComparison {
    var comparison = ReferenceComparison(tolerance: tolerance)
    try compare(&comparison)
    return comparison
  }
  let strict = try comparison(at: 2e-5)
  withKnownIssue("The base itself is rounded by as much", isIntermittent: true) {
    #expect(strict.failures.isEmpty, "\(strict.failures.prefix(5))")
  } when: {
    oracle.singlePrecisionBound != nil
  }
  if let bound = oracle.singlePrecisionBound { #expect(try comparison(at: bound).failures.isEmpty) }
  return strict
}
