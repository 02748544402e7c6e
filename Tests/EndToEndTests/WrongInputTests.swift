import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// Whatever is wrong with the inputs: a paragraph that names the file, exit 2, nothing written.
@Suite struct WrongInputTests {
  private let tool: CommandLineTool

  init() throws { tool = try CommandLineTool() }

  @Test(arguments: WrongInput.all) func `Wrong input is told in a paragraph`(_ wrong: WrongInput) throws {
    try withTinyPair { pair in
      try wrong.spoil(pair)
      let folder = pair.base.deletingLastPathComponent()
      let before = try contents(of: folder)
      let result = try tool.analyze(
        pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "report"), wrong.arguments)
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      for name in wrong.names { #expect(result.errors.contains(name), "\(result.errors)") }
      #expect(result.errors.hasPrefix("error: "))
      #expect(result.errors.split(separator: "\n").count == 1, "one paragraph: \(result.errors)")
      #expect(try contents(of: folder) == before, "nothing is written")
    }
  }

  /// Cut off anywhere, a file is an error or, for JSON Lines cut between lines, fewer prompts; never a trap.
  @Test(arguments: [
    "base/config.json", "base/model.safetensors", "adapter/adapter_config.json",
    "adapter/adapter_model.safetensors", "prompts.jsonl",
  ]) func `A file cut off anywhere never traps`(_ name: String) throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let file = folder.appending(path: name)
      let whole = try Data(contentsOf: file)
      for length in [0, 1, 7, 8, 9, whole.count / 3, whole.count - 3] {
        try whole.prefix(length).write(to: file)
        let result = try tool.analyze(
          pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "report\(length)"))
        let isShorterFile = name == "prompts.jsonl" && length == whole.count / 3
        #expect(
          result.status == 2 || isShorterFile && result.status == 0, "\(length) bytes: \(result.errors)")
      }
    }
  }
}
