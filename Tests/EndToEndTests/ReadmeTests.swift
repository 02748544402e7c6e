import Foundation
import Testing

/// The README shows what compiles.
@Suite struct ReadmeTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func `The library example is the program of the example package`() throws {
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let program = try String(
      contentsOf: root.appending(path: "docs/examples/AdapterTests/Sources/Shares/main.swift"), encoding: .utf8)
    #expect(!program.isEmpty)
    #expect(readme.contains("```swift\n\(program)```\n"))
  }
}
