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

/// A run that is interrupted goes on from its finished batches and ends in the same bytes.
@Suite struct ResumeTests {
  private struct Stop: Error {}

  private func options(_ pair: TinyPair, _ existing: BatchKeeping.Existing) -> AnalysisOptions {
    var options = AnalysisOptions(threads: 2, computesLoss: true, parts: Set(AnalysisPart.allCases))
    (options.nulls, options.pairs, options.batchTokens) = (1, 3, 45)
    options.keeping = BatchKeeping(beside: output(pair), existing: existing)
    return options
  }

  private func output(_ pair: TinyPair) -> URL { pair.base.deletingLastPathComponent().appending(path: "report") }
  private func folder(_ pair: TinyPair) -> URL { BatchKeeping(beside: output(pair)).folder }
  private func names(_ pair: TinyPair) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder(pair).path)) ?? []).sorted()
  }

  private func run(_ pair: TinyPair, _ options: AnalysisOptions) throws -> Analysis {
    try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts, options: options)
  }

  @Test func `Batches that are taken over give the same analysis, intact or not`() throws {
    try withTinyPair { pair in
      let whole = try run(pair, options(pair, .refuse))
      #expect(names(pair).count >= 4 && names(pair).contains("run.part"))
      let files = names(pair).filter { $0.hasPrefix("batch-") }.map { folder(pair).appending(path: $0) }
      // One is gone, one was cut off, one has a bit that changed, and one was never finished.
      try FileManager.default.removeItem(at: files[0])
      let bytes = try Data(contentsOf: files[1])
      try bytes.prefix(bytes.count / 2).write(to: files[1])
      var changed = try Data(contentsOf: files[2])
      changed[changed.count / 2] ^= 1
      try changed.write(to: files[2])
      try bytes.write(to: folder(pair).appending(path: ".batch-2.part.new"))
      #expect(try run(pair, options(pair, .resume)) == whole)
      #expect(try Data(contentsOf: files[1]) == bytes)
    }
  }

  /// A batch that says something else is believed: it is not computed again.
  @Test func `What was finished is not computed again`() throws {
    try withTinyPair { pair in
      _ = try run(pair, options(pair, .refuse))
      let analyzer = try Analyzer(
        base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), options: options(pair, .resume))
      let pass = try AnalysisPass(analyzer)
      let kept = try FinishedBatches(
        BatchKeeping(beside: output(pair), existing: .resume), analyzer.identity(pass), batches: pass.count)
      for batch in 0..<pass.count {
        let own = try pass.sums(of: batch) { _ in }.bytes(prompts: pass.prompts(in: batch))
        #expect(try kept.bytes(of: batch) == own)
      }
      try kept.keep(pass.sums(of: 1) { _ in }.bytes(prompts: pass.prompts(in: 1)), of: 0, prompts: pass.prompts(in: 0))
      _ = consume kept
      let twisted = try run(pair, options(pair, .resume))
      try FileManager.default.removeItem(at: folder(pair))
      #expect(try run(pair, options(pair, .refuse)) != twisted)
    }
  }

  @Test func `Another request is refused, and nothing is touched unless asked for`() throws {
    try withTinyPair { pair in
      _ = try run(pair, options(pair, .refuse))
      let before = names(pair)
      #expect(throws: ShardError.unfinished(folder(pair).relativePath, finished: before.count - 1)) {
        try run(pair, options(pair, .refuse))
      }
      for change in [
        { (options: inout AnalysisOptions) in options.nulls = 0 }, { $0.batchTokens = 25 }, { $0.mask = .after },
        { $0.parts = [.mass] }, { $0.computesLoss = false }, { $0.reference = .midpoint }, { $0.pairs = 4 },
      ] as [(inout AnalysisOptions) -> Void] {
        var other = options(pair, .resume)
        change(&other)
        let error = #expect(throws: ShardError.self) { try run(pair, other) }
        guard case .foreign = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
      }
      var threads = options(pair, .resume)
      threads.threads = 1
      _ = try run(pair, threads)
      #expect(names(pair) == before)
      try Data("mine".utf8).write(to: folder(pair).appending(path: "notes.txt"))
      #expect(throws: ShardError.self) { try run(pair, options(pair, .discard)) }
      #expect(names(pair) == (before + ["notes.txt"]).sorted())
    }
  }

  @Test func `Two processes are not at work on one run`() throws {
    try withTinyPair { pair in
      let analyzer = try Analyzer(
        base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), options: options(pair, .refuse))
      let pass = try AnalysisPass(analyzer)
      let identity = try analyzer.identity(pass)
      let first = try FinishedBatches(BatchKeeping(beside: output(pair)), identity, batches: 4)
      try first.keep([1], of: 0, prompts: 1)
      #expect(throws: ShardError.busy(folder(pair).relativePath)) {
        try FinishedBatches(BatchKeeping(beside: output(pair), existing: .resume), identity, batches: 4)
      }
      _ = consume first
    }
  }

  @Test func `Interventions are resumed too`() throws {
    try withTinyPair { pair in
      func run(_ existing: BatchKeeping.Existing) throws -> Ablation {
        try pair.ablation([Intervention(dropping: [.dKtQ])]) {
          $0.batchTokens = 45
          $0.keeping = BatchKeeping(beside: output(pair), existing: existing)
        }
      }
      let whole = try run(.refuse)
      try FileManager.default.removeItem(at: folder(pair).appending(path: "batch-2.part"))
      #expect(try run(.resume) == whole)
    }
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGKILL]) func `A killed command goes on`(signal: Int32) throws {
    let tool = try CommandLineTool()
    var size = TinyPair.Options()
    (size.layers, size.headDimension, size.promptCount) = (6, 16, 16)
    try withTinyPair(size) { pair in
      let root = pair.base.deletingLastPathComponent()
      let arguments = [
        "analyze", pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--loss", "--batch-tokens", "1",
        "--threads", "1",
      ]
      let whole = try tool.run(arguments + ["--output", root.appending(path: "whole").path])
      #expect(whole.status == 0, "\(whole.errors)")
      #expect(!FileManager.default.fileExists(atPath: root.appending(path: "whole.partial").path))
      // As a shell's completion leaves it.
      let cut = arguments + ["--output", output(pair).path + "/"]
      let batch = folder(pair).appending(path: "batch-2.part").path
      let stopped = try tool.shell(
        """
        leibniz "$@" 2> errors & pid=$!
        while [ ! -e '\(batch)' ] && kill -0 $pid; do sleep 0.02; done
        kill -\(signal) $pid; set +e; wait $pid; echo $? >> errors
        """, in: root, arguments: cut)
      #expect(stopped.status == 0)
      let errors = try String(contentsOf: root.appending(path: "errors"), encoding: .utf8)
      #expect(errors.contains("\(128 + signal)"))
      #expect(
        errors.contains("\(folder(pair).lastPathComponent). The same command with --resume") == (signal != SIGKILL),
        "\(errors)")
      #expect(!FileManager.default.fileExists(atPath: output(pair).path))
      #expect(names(pair).count { $0.hasPrefix("batch-") } >= 2)
      let refused = try tool.run(cut)
      #expect(refused.status == 2 && refused.errors.contains("--resume"))
      let resumed = try tool.run(cut + ["--resume"])
      #expect(resumed.status == 0 && resumed.errors.contains("finished before"), "\(resumed.errors)")
      for name in ["analysis.json", "blocks.csv", "report.md"] {
        let own = try Data(contentsOf: output(pair).appending(path: name))
        #expect(try own == Data(contentsOf: root.appending(path: "whole/\(name)")), "\(name)")
      }
      #expect(names(pair).isEmpty && !FileManager.default.fileExists(atPath: folder(pair).path))
    }
  }
}
