import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// Prompts from standard input, in one go and in shards.
@Suite struct StandardInputTests {
  @Test func `Shards of prompts on standard input are the undivided run`() throws {
    let tool = try CommandLineTool()
    try withTinyPair { pair in
      let root = pair.base.deletingLastPathComponent()
      let prompts = try String(contentsOf: pair.prompts, encoding: .utf8)
      let command = ["analyze", pair.base.path, pair.adapter.path, "--prompts", "-", "--batch-tokens", "30", "--loss"]
      let whole = try tool.run(command + ["--output", root.appending(path: "whole").path], input: prompts)
      #expect(whole.status == 0, "\(whole.errors)")
      let parts = (1...3).map { root.appending(path: "part-\($0)").path }
      for (index, part) in parts.enumerated() {
        let result = try tool.run(command + ["--shard", "\(index + 1)/3", "--output", part], input: prompts)
        #expect(result.status == 0, "\(result.errors)")
      }
      let merged = try tool.run(["merge"] + parts + ["--output", root.appending(path: "merged").path])
      #expect(merged.status == 0, "\(merged.errors)")
      let (expected, found) = (
        try contents(of: root.appending(path: "whole")), try contents(of: root.appending(path: "merged"))
      )
      #expect(found == expected && expected.count > 2)
      // Another text on the same command is another run.
      let other = prompts.split(separator: "\n").dropLast().joined(separator: "\n")
      let foreign = root.appending(path: "foreign").path
      #expect(try tool.run(command + ["--shard", "3/3", "--output", foreign], input: other).status == 0)
      let refused = try tool.run(
        ["merge", parts[0], parts[1], foreign, "--output", root.appending(path: "wrong").path])
      #expect(refused.status == 2 && refused.errors.contains("prompt"), "\(refused.errors)")
    }
  }

  @Test func `Nothing on standard input is told`() throws {
    try withTinyPair { pair in
      let output = pair.base.deletingLastPathComponent().appending(path: "o").path
      for shard in [[], ["--shard", "1/2"]] {
        let result = try CommandLineTool().run(
          ["analyze", pair.base.path, pair.adapter.path, "--prompts", "-", "--output", output] + shard)
        #expect(result.status == 2 && result.errors.contains("stdin"), "\(result.errors)")
      }
    }
  }
}
