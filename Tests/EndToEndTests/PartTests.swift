import Foundation
import LeibnizTesting
import LinearAlgebra
import PairFixtures
import Results
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// What becomes of parts that do not belong together, are not whole, or are there already.
@Suite struct PartTests {
  private struct Run {
    let pair: TinyPair
    let shards: Int
    var root: URL { pair.base.deletingLastPathComponent() }

    func part(_ number: Int, in folder: String = "parts") -> URL { root.appending(path: "\(folder)/\(number)") }

    func options(_ existing: BatchKeeping.Existing = .refuse, at part: URL) -> AnalysisOptions {
      var options = AnalysisOptions(threads: 1, parts: [.mass])
      (options.pairs, options.batchTokens) = (2, 30)
      options.keeping = BatchKeeping(beside: part, existing: existing)
      return options
    }

    /// Computes a shard.
    @discardableResult
    func write(
      _ number: Int, of count: Int? = nil, in folder: String = "parts", _ existing: BatchKeeping.Existing = .refuse,
      _ change: (inout AnalysisOptions) -> Void = { _ in }
    ) throws -> ShardOutcome {
      let part = part(number, in: folder)
      var options = options(existing, at: part)
      change(&options)
      return try analyze(
        base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), options: options,
        shard: #require(Shard(number, of: count ?? shards)), to: part)
    }
  }

  private func withParts(_ shards: Int, _ body: (Run) throws -> Void) throws {
    try withTinyPair { pair in
      let run = Run(pair: pair, shards: shards)
      for number in 1...shards { try run.write(number) }
      try body(run)
    }
  }

  /// What merging some parts is refused with.
  private func refusal(_ parts: [URL]) -> (problems: [String], resubmit: [Int])? {
    do {
      _ = try merge(parts)
      return nil
    } catch ShardError.incomplete(let problems, let resubmit, _) { return (problems, resubmit) } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  @Test func `Missing and double parts are refused by name`() throws {
    try withParts(4) { run in
      let all = (1...4).map { run.part($0) }
      #expect(refusal(all) == nil)
      let missing = try #require(refusal([all[3], all[0]]))
      #expect(missing.resubmit == [2, 3] && missing.problems == ["2 of 4 shards are missing or unusable."])
      let gone = try #require(refusal([all[3], all[0], all[1], run.root.appending(path: "parts/33")]))
      #expect(gone.resubmit == [3] && gone.problems[0].contains("parts/33: cannot be read"))
      try FileManager.default.copyItem(at: all[1], to: run.root.appending(path: "copy"))
      for order in [all + [run.root.appending(path: "copy")], [run.root.appending(path: "copy")] + all] {
        let double = try #require(refusal(order))
        #expect(double.resubmit.isEmpty && double.problems.count == 1)
        #expect(double.problems[0].contains("copy") && double.problems[0].contains("parts/2"), "\(double.problems)")
      }
      let none = try #require(refusal([]))
      #expect(none.problems == ["There is no part to merge."])
      #expect(
        "\(ShardError.incomplete(problems: ["x"], resubmit: [1, 3, 4, 5, 7, 8], shards: 8))".hasSuffix(": 1,3-5,7,8"))
    }
  }

  @Test func `Parts of another run are refused by name`() throws {
    try withParts(3) { run in
      try run.write(2, in: "other") { $0.computesLoss = true }
      try run.write(2, of: 4, in: "finer")
      for (folder, word) in [("other", "what was asked for"), ("finer", "is shard 2/4")] {
        let parts = [run.part(2, in: folder), run.part(3), run.part(1)]
        let foreign = try #require(refusal(parts))
        #expect(foreign.resubmit == [2])
        #expect(
          foreign.problems[0].contains("\(folder)/2") && foreign.problems[0].contains(word), "\(foreign.problems)")
        #expect(try #require(refusal(parts.reversed())) == foreign)
      }
      try FileManager.default.moveItem(at: run.part(2), to: run.root.appending(path: "parts/2.partial"))
      try FileManager.default.removeItem(at: run.root.appending(path: "parts/2.partial/shard.part"))
      let partial = try #require(refusal([run.part(1), run.root.appending(path: "parts/2.partial"), run.part(3)]))
      #expect(partial.resubmit == [2] && partial.problems[0].contains("is not finished, shard 2/3"))
      let folder = try #require(refusal([run.part(1), run.pair.base, run.pair.prompts, run.part(3)]))
      #expect(folder.problems.count == 3 && folder.problems[0].contains("config.json"), "\(folder.problems)")
      #expect(folder.problems[1].contains("is a file"))
    }
  }

  @Test func `Damaged parts and those of another version are refused by name`() throws {
    try withParts(3) { run in
      let parts = (1...3).map { run.part($0) }
      let files = try FileManager.default.contentsOfDirectory(atPath: parts[1].path).filter { $0 != "run.part" }
      #expect(files.count >= 2)
      for file in files.map({ parts[1].appending(path: $0) }) {
        let bytes = try Data(contentsOf: file)
        for damaged in [bytes.dropLast(), bytes.prefix(bytes.count / 2), bytes.dropFirst(300), Data(), bytes + [0]] {
          try damaged.write(to: file)
          let found = try #require(refusal(parts))
          #expect(found.resubmit == [2] && found.problems[0].contains("parts/2"), "\(found.problems)")
        }
        try FileManager.default.removeItem(at: file)
        #expect(try #require(refusal(parts)).resubmit == [2])
        try Data(String(decoding: bytes, as: UTF8.self).replacing("\"\(leibnizVersion)\"", with: "\"9.9.9\"").utf8)
          .write(to: file)
        #expect(try #require(refusal(parts)).problems[0].contains("9.9.9"))
        try bytes.write(to: file)
      }
      #expect(refusal(parts) == nil)
      let batch = try #require(files.first { $0.hasPrefix("batch") })
      try FileManager.default.moveItem(
        at: parts[1].appending(path: batch), to: parts[1].appending(path: "batch-99.part"))
      #expect(try #require(refusal(parts)).resubmit == [2])
    }
  }

  @Test func `A complete part is left as it is, another one only replaced if asked for`() throws {
    try withParts(2) { run in
      let before = try contents(of: run.part(1))
      let file = run.part(1).appending(path: "batch-1.part")
      let date = try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date
      for existing in [BatchKeeping.Existing.refuse, .resume, .discard] {
        #expect(try run.write(1, existing) { $0.threads = 2 } == .complete)
      }
      #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date == date)
      for existing in [BatchKeeping.Existing.refuse, .resume] {
        let error = #expect(throws: ShardError.self) { try run.write(1, existing) { $0.nulls = 1 } }
        guard case .foreign = error else {
          Issue.record("\(String(describing: error))")
          return
        }
      }
      let error = #expect(throws: ShardError.self) { try run.write(1, of: 3) }
      #expect("\(String(describing: error))".contains("1/2") && "\(String(describing: error))".contains("1/3"))
      #expect(try contents(of: run.part(1)) == before)
      // What is damaged is of no use to anybody.
      try before["batch-1.part"]?.dropLast(10).write(to: file)
      #expect(try run.write(1) != .complete)
      #expect(try contents(of: run.part(1)) == before)
      #expect(try run.write(1, .discard) { $0.nulls = 1 } != .complete)
      #expect(try contents(of: run.part(1)) != before)
      for stranger in ["notes.txt", "report.md"] {
        try Data("mine".utf8).write(to: run.part(2).appending(path: stranger))
        #expect(throws: ShardError.self) { try run.write(2, .discard) { $0.nulls = 1 } }
        try FileManager.default.removeItem(at: run.part(2).appending(path: stranger))
      }
    }
  }

  @Test func `The command says what became of a shard, and what cannot be merged`() throws {
    let tool = try CommandLineTool()
    try withParts(2) { run in
      let command = ["analyze", run.pair.base.path, run.pair.adapter.path, "--prompts", run.pair.prompts.path]
      let own = run.root.appending(path: "new/1").path
      for wrong in ["9/8", "0/8", "3", "x/y"] {
        let refused = try tool.run(command + ["--output", own, "--shard", wrong])
        #expect(refused.status == 64 && refused.errors.contains("--shard"), "\(refused.errors)")
      }
      let written = try tool.run(command + ["--output", own, "--shard", "1/2"])
      #expect(written.status == 0 && written.output.hasSuffix("new/1: 1 of 1 batches\n"), "\(written.output)")
      let left = try tool.run(command + ["--output", own, "--shard", "1/2"])
      #expect(left.status == 0 && left.output.contains("complete already"), "\(left.output)")
      let other = try tool.run(command + ["--output", own, "--shard", "1/2", "--loss"])
      #expect(other.status == 2 && other.errors.contains("--force"), "\(other.errors)")
      #expect(try tool.run(["merge", "--output", own]).status == 64)
      let some = try tool.run(["merge", own, "--output", run.root.appending(path: "report").path])
      #expect(some.status == 2 && some.errors.hasSuffix("To be computed again, of 2: 2\n"), "\(some.errors)")
      let parts = [run.part(2).path, run.part(1).path]
      let taken = try tool.run(["merge"] + parts + ["--output", own])
      #expect(taken.status == 2 && taken.errors.contains("--output"), "\(taken.errors)")
      // One adapter's batches are not those of two, and the message says which they are.
      try FileManager.default.moveItem(
        at: run.root.appending(path: "new/1"), to: run.root.appending(path: "new/1.partial"))
      let two = command + [run.pair.adapter.path, "--output", own, "--shard", "1/2", "--resume"]
      let foreign = try tool.run(two)
      #expect(foreign.status == 2 && foreign.errors.contains("the adapted model is adapter ("), "\(foreign.errors)")
    }
  }

  @Test func `An interrupted shard goes on, and is no other shard's`() throws {
    try withParts(2) { run in
      let before = try contents(of: run.part(1))
      let partial = run.root.appending(path: "parts/1.partial")
      try FileManager.default.moveItem(at: run.part(1), to: partial)
      try FileManager.default.removeItem(at: partial.appending(path: "batch-3.part"))
      #expect(throws: ShardError.self) { try run.write(1) }
      let error = #expect(throws: ShardError.self) { try run.write(1, of: 3, .resume) }
      #expect("\(String(describing: error))".contains("the shard"))
      #expect(try run.write(1, .resume) != .complete)
      #expect(try contents(of: run.part(1)) == before)
      #expect(!FileManager.default.fileExists(atPath: partial.path))
    }
  }
}
