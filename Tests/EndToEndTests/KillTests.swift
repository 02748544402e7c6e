import Foundation
import LeibnizTesting
import LinearAlgebra
import PairFixtures
import Testing

/// A run that is killed at random moments, or has no room left on its disk, leaves no half report and goes on.
@Suite struct KillTests {
  /// Gives a pair, a command, the folder that it leaves when nothing happens, and the seconds that this takes.
  private func withRun(
    _ body: (_ pair: TinyPair, _ command: [String], _ whole: [String: Data], _ duration: Double) throws -> Void
  ) throws {
    let tool = try CommandLineTool()
    var size = TinyPair.Options()
    (size.layers, size.headDimension, size.promptCount) = (4, 16, 6)
    try withTinyPair(size) { pair in
      let command = [
        "analyze", pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--pairs", "2", "--batch-tokens",
        "1", "--threads", "1",
      ]
      let whole = root(pair).appending(path: "whole")
      let start = ContinuousClock.now
      let result = try tool.run(command + ["--output", whole.path])
      let duration = (ContinuousClock.now - start) / .seconds(1)
      #expect(result.status == 0, "\(result.errors)")
      try body(pair, command, contents(of: whole), duration)
    }
  }

  private func root(_ pair: TinyPair) -> URL { pair.base.deletingLastPathComponent() }

  /// Visible things beside the pair and the undivided run.
  private func left(_ pair: TinyPair) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: root(pair).path)
    return names.filter { !["base", "adapter", "prompts.jsonl", "whole"].contains($0) && !$0.hasPrefix(".") }.sorted()
  }

  @Test(arguments: [1, 2]) func `Kills at random moments`(seed: UInt64) throws {
    let tool = try CommandLineTool()
    try withRun { pair, command, whole, duration in
      var random = SplitMix64(seed: seed)
      let shard = seed == 1 ? [] : ["--shard", "1/1"]
      let output = root(pair).appending(path: "output")
      let arguments = command + shard + ["--output", output.path, "--resume"]
      var kills = 0
      for _ in 0..<200 where !FileManager.default.fileExists(atPath: output.path) {
        // The first kills fall before anything is there, even where `duration` was measured on a busier machine than this is
        // now; each round gives more time, so that a busier one ends too.
        let delay = duration * 0.02 * (Double(kills) + random.unit())
        let killed = try tool.shell(
          "leibniz \"$@\" 2> /dev/null & pid=$!; sleep \(delay); kill -KILL $pid 2> /dev/null || true; wait $pid || true",
          in: root(pair), arguments: arguments)
        #expect(killed.status == 0)
        kills += 1
        // Both are there for the moment between the report's getting its name and the end of its batches.
        let names = try left(pair)
        #expect(Set(names).isSubset(of: ["output", "output.partial"]), "\(names)")
        if names.contains("output"), shard.isEmpty { #expect(try contents(of: output) == whole) }
      }
      let last = try tool.run(arguments + (shard.isEmpty ? ["--force"] : []))
      #expect(last.status == 0 && kills > 2, "\(kills) kills, \(last.errors)")
      #expect(try left(pair) == ["output"])
      guard !shard.isEmpty else {
        #expect(try contents(of: output) == whole)
        return
      }
      let merged = root(pair).appending(path: "merged")
      #expect(try tool.run(["merge", output.path, "--output", merged.path]).status == 0)
      #expect(try contents(of: merged) == whole)
    }
  }

  /// A limit on the size of files stands for a full disk: the system refuses to write on.
  @Test func `No room for a batch`() throws {
    let tool = try CommandLineTool()
    try withRun { pair, command, whole, _ in
      let output = root(pair).appending(path: "output")
      let arguments = command + ["--output", output.path]
      // Blocks of 512 bytes: no room for a batch, then for all of them, and none for the report.
      let small = try tool.shell("ulimit -f 4; leibniz \"$@\"", in: root(pair), arguments: arguments)
      #expect(small.status == 2 && small.errors.contains("File too large"), "\(small.status) \(small.errors)")
      #expect(small.errors.contains("output.partial"))
      let report = try tool.shell("ulimit -f 200; leibniz \"$@\" --resume", in: root(pair), arguments: arguments)
      #expect(report.status == 2 && report.errors.contains("output"), "\(report.status) \(report.errors)")
      #expect(try left(pair) == ["output.partial"])
      let resumed = try tool.run(arguments + ["--resume"])
      #expect(resumed.status == 0 && resumed.errors.contains("6 of 6 batches"), "\(resumed.errors)")
      #expect(try contents(of: output) == whole)
      #expect(try left(pair) == ["output"])
    }
  }
}
