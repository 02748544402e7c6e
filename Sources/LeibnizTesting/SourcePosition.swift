import Expectations
import IssueReporting

#if canImport(XCTest)
  import XCTest
#endif

/// Where in the user's code an expectation stands.
public struct SourcePosition: Sendable {
  /// `#fileID`.
  public var fileID: StaticString
  /// `#filePath`.
  public var filePath: StaticString
  /// `#line`.
  public var line: UInt
  /// `#column`.
  public var column: UInt

  /// The position of the call, unless given.
  public init(
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) {
    self.fileID = fileID
    self.filePath = filePath
    self.line = line
    self.column = column
  }
}

extension Comparison {
  /// Records a failed comparison as an issue of the running test, be it Swift Testing's or XCTest's; does nothing
  /// for one that passed.
  public func record(
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line,
    column: UInt = #column
  ) {
    guard !passed else { return }
    #if canImport(XCTest)
      // IssueReporting would add a paragraph about host applications, for which it takes every bundle of tests on Linux.
      if TestContext.current == .xcTest { return XCTFail(message, file: filePath, line: line) }
    #endif
    reportIssue(message, fileID: fileID, filePath: filePath, line: line, column: column)
  }

  /// Records a failed comparison at a position.
  public func record(at position: SourcePosition) {
    record(
      fileID: position.fileID, filePath: position.filePath, line: position.line, column: position.column)
  }
}
