import AnalysisFixtures
import Foundation
import LeibnizTesting
import XCTest

/// Fails when `LeibnizTestingTests.XCTestTests` runs it as a process of its own, and is skipped otherwise.
final class FailsOnPurpose: XCTestCase {
  /// Name of the variable that has to be set.
  static let variable = "LEIBNIZ_FAIL_ON_PURPOSE"

  /// The line of the expectation that fails.
  static let failingLine = #line + 7

  override func setUpWithError() throws {
    try XCTSkipUnless(ProcessInfo.processInfo.environment[Self.variable] == "1", "fails on purpose")
  }

  func testAnExpectationThatFails() {
    expect(SyntheticAnalysis.make()).share(of: .dKtQ, from: .after, to: .before, isAtMost: 0.2)
  }

  func testAnExpectationThatHolds() {
    expect(SyntheticAnalysis.make()).share(of: .dKtQ, from: .after, to: .before, isAtMost: 0.8)
  }
}
