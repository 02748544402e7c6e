import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// The README shows what compiles and runs.
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

  /// The first command after ./demo, on files that every checkout has.
  @Test func `The headline command works as it stands`() throws {
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let line = try #require(readme.split(separator: "\n").first { $0.contains("leibniz analyze") })
    #expect(line.hasPrefix("    .build/release/leibniz analyze fixtures/"))
    let demo = try String(contentsOf: root.appending(path: "demo"), encoding: .utf8)
    #expect(demo.contains(":-.build/release/leibniz}\" analyze "), "./demo builds what the command runs")
    try withTemporaryFolder { folder in
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: "fixtures"), withDestinationURL: root.appending(path: "fixtures"))
      let result = try CommandLineTool().shell(
        String(line.replacing(".build/release/leibniz", with: "leibniz")), in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try contents(of: folder.appending(path: "report"))["report.md"] != nil)
    }
  }

  /// The commands under "From text, end to end", with a separator that the small tokenizer knows.
  @Test func `The text example runs`() throws {
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let section = try #require(readme.split(separator: "\n### ").first { $0.hasPrefix("From text, end to end") })
    let commands = section.split(separator: "\n").filter { $0.hasPrefix("    ") }.joined(separator: "\n")
      .replacing("<jupyter_script>", with: "<|endoftext|>")
    #expect(commands.contains("leibniz prompts") && commands.contains("leibniz analyze"))
    var options = TinyPair.Options()
    options.vocabulary = 512
    try withTinyPair(options) { pair in
      try FileManager.default.copyItem(
        at: root.appending(path: "fixtures/tokenizers/smollm2.json"), to: pair.base.appending(path: "tokenizer.json"))
      try withTemporaryFolder { folder in
        for (name, target) in [("model", pair.base), ("adapter", pair.adapter)] {
          try FileManager.default.createSymbolicLink(
            at: folder.appending(path: name), withDestinationURL: target)
        }
        let result = try CommandLineTool().shell(commands, in: folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("[persona "), "\(result.output)")
        let report = try String(contentsOf: folder.appending(path: "report/report.md"), encoding: .utf8)
        #expect(report.contains("\n| persona → user |"))
        let ofText = try String(contentsOf: folder.appending(path: "report-of-text/report.md"), encoding: .utf8)
        #expect(ofText.contains("**after → before**"))
      }
    }
  }
}
