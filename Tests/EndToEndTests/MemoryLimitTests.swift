import Foundation
import LeibnizTesting
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// What cannot fit is refused before anything is computed, with the numbers.
@Suite struct MemoryLimitTests {
  private func need(_ pair: TinyPair, _ change: (inout AnalysisOptions) -> Void = { _ in }) throws -> MemoryNeed {
    var options = AnalysisOptions(threads: 1)
    options.maxMemory = 1
    change(&options)
    do {
      _ = try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts, options: options)
    } catch LimitError.tooMuchMemory(let need, let allowed, let isFree) {
      #expect(allowed == 1 && !isFree)
      return need
    }
    throw CancellationError()
  }

  @Test func `The need follows tokens, runs and threads`() throws {
    try withTinyPair { pair in
      let usual = try need(pair)
      #expect(usual.total > MemoryNeed.fixed && usual.pass.base > 0 && usual.pass.weights > 0)
      #expect(usual.prompts > 1)
      let single = try need(pair) { $0.batchTokens = 1 }
      #expect(single.prompts == 1 && single.tokens < usual.tokens && single.pass.base < usual.pass.base)
      #expect(single.pass.base * usual.tokens == usual.pass.base * single.tokens)
      let compared = try need(pair) { $0.nulls = 3 }
      #expect(compared.runs == 4 && compared.pass.changes == 4 * usual.pass.changes)
      #expect(try need(pair) { $0.threads = 2 }.pass.scratch == 2 * usual.pass.scratch)
      #expect(try need(pair) { $0.parts = [] }.pass.changes < usual.pass.changes)
    }
  }

  @Test func `A run that fits runs`() throws {
    try withTinyPair { pair in
      var options = AnalysisOptions(threads: 1)
      options.maxMemory = try need(pair).total
      #expect(
        try !analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts, options: options).blocks.isEmpty)
    }
  }

  @Test func `The command says how much is missing, and what helps`() throws {
    try withTinyPair { pair in
      let output = pair.base.deletingLastPathComponent().appending(path: "report")
      for command in [["analyze"], ["ablate", "--drop", "scores"]] {
        let result = try CommandLineTool().run(
          command + [
            pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--output", output.path,
            "--max-memory", "1.5M",
          ])
        #expect(result.status == 2)
        #expect(result.errors.contains("1.5 MB are allowed by --max-memory") && result.errors.contains("What helps"))
        #expect(!FileManager.default.fileExists(atPath: output.path))
      }
      let wrong = try CommandLineTool().run(
        ["analyze", pair.base.path, pair.adapter.path, "--prompts", "p", "--output", "o", "--max-memory", "much"])
      #expect(wrong.status == 64 && wrong.errors.contains("--max-memory"))
    }
  }

  @Test func `Free memory is what the system says`() {
    let text = "MemTotal:       24000000 kB\nMemAvailable:   21000000 kB\nHugePages: \n"
    #expect(FreeMemory.information(in: text) == ["MemTotal": 24_000_000, "MemAvailable": 21_000_000])
    #expect(FreeMemory.information(in: "file 4096\nanon 8192\n")["file"] == 4096)
    #expect(FreeMemory.now > 0 && FreeMemory.now <= Int(ProcessInfo.processInfo.physicalMemory))
  }
}
