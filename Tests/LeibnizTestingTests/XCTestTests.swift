import Foundation
import Testing

@Suite struct XCTestTests {
  @Test func `A failing expectation fails an XCTest`() throws {
    let run = try XCTestRun("testAnExpectationThatFails")
    #expect(run.status != 0)
    #expect(run.output.contains("FailsOnPurpose.swift:\(FailsOnPurpose.failingLine): error:"))
    #expect(run.output.contains("layer 2, head 2, after→before has 0.7406, which is 0.5406 above 0.2"))
    #expect(run.output.contains("24 of 24 rows fail\nTest Case"), "nothing is said but what failed: \(run.output)")
    #expect(run.output.contains("with 1 failure"))
  }

  @Test func `An expectation that holds passes an XCTest`() throws {
    let run = try XCTestRun("testAnExpectationThatHolds")
    #expect(run.status == 0)
    #expect(run.output.contains("Executed 1 test, with 0 failures"))
  }
}

/// A run of one test of `FailsOnPurpose` in a process of its own.
private struct XCTestRun {
  var status: Int32
  var output: String

  init(_ test: String) throws {
    let name = "LeibnizTestingTests.FailsOnPurpose/\(test)"
    let process = Process()
    let pipe = Pipe()
    #if os(macOS)
      let bundle = try #require(Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") })
      process.executableURL = URL(filePath: "/usr/bin/xcrun")
      process.arguments = ["xctest", "-XCTest", name, bundle.bundlePath]
    #else
      process.executableURL = Bundle.main.executableURL
      process.arguments = [name]
    #endif
    process.environment = ProcessInfo.processInfo.environment
      .merging([FailsOnPurpose.variable: "1"]) { _, new in new }
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    status = process.terminationStatus
    output = String(decoding: data, as: UTF8.self)
  }
}
