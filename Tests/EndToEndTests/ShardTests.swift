import Foundation
import LeibnizTesting
import PairFixtures
import Results
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// A run that is divided into shards gives the bytes of the undivided one.
@Suite struct ShardTests {
  /// Every option that bears on what a part carries, and the undivided run's.
  private static let requests: [(words: [String], shards: [Int])] = [
    ([], [1, 2, 3, 7]),
    (
      ["--parts", "all", "--null", "2", "--pairs", "3", "--loss", "--per-prompt", "--verify", "--verify-prompts", "2"],
      [1, 2, 3, 7]
    ),
    (["--parts", "none", "--reference", "midpoint"], [2]),
  ]

  /// Runs a command undivided and in so many shards, and hands both reports to a test.
  private func compare(
    _ command: [String], _ root: URL, shards: [Int], _ tool: CommandLineTool
  ) throws {
    let command = command + ["--batch-tokens", "30", "--threads", "2"]
    let whole = try tool.run(command + ["--output", root.appending(path: "whole").path])
    #expect(whole.status == 0, "\(whole.errors)")
    let expected = try contents(of: root.appending(path: "whole"))
    #expect(expected.count > 2)
    for count in shards {
      // In another order than they are merged in, and all but the first on another number of threads.
      let parts = (1...count).map { root.appending(path: "parts-\(count)/\($0)") }
      for (index, part) in parts.enumerated().reversed() {
        let own = command + (index == 0 ? [] : ["--threads", "\(1 + index % 3)"])
        let result = try tool.run(own + ["--shard", "\(index + 1)/\(count)", "--output", part.path])
        #expect(result.status == 0, "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: part.path + ".partial"))
      }
      for (name, order) in [("rising", parts), ("mixed", parts.sorted { $0.hashValue < $1.hashValue })] {
        let output = root.appending(path: "merged-\(count)-\(name)")
        let merged = try tool.run(["merge"] + order.map(\.path) + ["--output", output.path])
        #expect(merged.status == 0, "\(merged.errors)")
        #expect(
          merged.output.replacingOccurrences(of: output.path, with: "")
            == whole.output.replacingOccurrences(of: root.appending(path: "whole").path, with: "")
            // A merge knows no paths of models, so that it has no command to paste.
            .replacing(#/does it matter\? .*\n/#, with: ""))
        #expect(merged.errors == whole.errors)
        let found = try contents(of: output)
        #expect(found.keys.sorted() == expected.keys.sorted())
        for (file, bytes) in expected { #expect(found[file] == bytes, "\(file) of \(count) shards") }
      }
    }
  }

  @Test(arguments: requests.indices) func `Merged shards of an analysis are the undivided run`(index: Int) throws {
    let tool = try CommandLineTool()
    try withTinyPair { pair in
      try Data(Self.tokenizer.utf8).write(to: pair.base.appending(path: "tokenizer.json"))
      let command = ["analyze", pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path]
      let (words, shards) = Self.requests[index]
      try compare(command + words, pair.base.deletingLastPathComponent(), shards: shards, tool)
    }
  }

  @Test func `So are those with attention sinks`() throws {
    let tool = try CommandLineTool()
    try withSinkPair { pair in
      try pair.writeCheckpoint(size: 0.05) { _ in true }
      for adapted in [pair.adapter, pair.checkpoint] {
        let root = pair.folder.appending(path: adapted.lastPathComponent + "-reports")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        let command = ["analyze", pair.base.path, adapted.path, "--prompts", pair.prompts.path]
        // A checkpoint has no random changes.
        let nulls = adapted == pair.adapter ? ["--null", "1"] : []
        try compare(
          command + nulls + ["--parts", "all", "--pairs", "2", "--loss", "--verify", "--per-prompt"], root,
          shards: [2], tool)
      }
    }
  }

  @Test func `So are those of several adapters`() throws {
    let tool = try CommandLineTool()
    try withTinyPair(masked: true) { pair in
      let root = pair.base.deletingLastPathComponent()
      let command = ["analyze", pair.base.path] + (try adapters(pair)) + ["--prompts", pair.prompts.path]
      try compare(command + ["--parts", "all", "--null", "1", "--pairs", "2"], root, shards: [3], tool)
    }
  }

  @Test func `And those of interventions and sweeps`() throws {
    let tool = try CommandLineTool()
    try withTinyPair(masked: true) { pair in
      let root = pair.base.deletingLastPathComponent()
      let command = ["ablate", pair.base.path] + (try adapters(pair)) + ["--prompts", pair.prompts.path]
      try compare(command + ["--sweep", "heads", "--two-views", "--verify"], root, shards: [1, 3, 7], tool)
    }
  }

  /// An adapter with a mask, and the same without.
  private func adapters(_ pair: TinyPair) throws -> [String] {
    let plain = pair.base.deletingLastPathComponent().appending(path: "plain")
    try FileManager.default.copyItem(at: pair.adapter, to: plain)
    try edit(plain.appending(path: "adapter_config.json"), "[31]", "null")
    return [pair.adapter.path, plain.path]
  }

  private static let tokenizer = """
    {"version": "1.0", "added_tokens": [],
     "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
     "model": {"type": "BPE", "vocab": {\((0..<32).map { "\"Ġw\($0)\": \($0)" }.joined(separator: ", "))}, "merges": []}}
    """

  /// Sums are gathered by probes and read into tables that were made from a part.
  @Test func `Empty tables of a part are those of the pass`() throws {
    try withTinyPair { pair in
      var options = AnalysisOptions(computesLoss: true, parts: Set(AnalysisPart.allCases))
      (options.nulls, options.pairs) = (2, 3)
      let analyzer = try Analyzer(
        base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), options: options)
      let empty = try #require(analyzer.frame.empty(within: 1 << 30))
      #expect(try empty.bytes(prompts: 0) == AnalysisPass(analyzer).empty.bytes(prompts: 0))
    }
  }

  @Test func `Shards are read as they are written`() {
    #expect(Shard("3/8") == Shard(3, of: 8) && Shard("3/8")?.description == "3/8")
    for wrong in ["", "3", "0/8", "9/8", "3/0", "3/8/1", "a/8", "-1/8", "1/100001", "3 / 8"] {
      #expect(Shard(wrong) == nil, "\(wrong)")
    }
    for all in [0, 1, 7, 8, 20] {
      let shares = (1...8).compactMap { Shard($0, of: 8).map { Array($0.batches(of: all)) } }
      #expect(shares.joined().sorted() == Array(0..<all))
      #expect((1...8).compactMap { Shard($0, of: 8)?.count(of: all) } == shares.map(\.count))
    }
  }
}
