import Foundation
import LeibnizTesting
import OracleFixtures
import PairFixtures
import Results
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// Several adapters over one base in one pass: what each would give alone, in folders of their own.
@Suite struct SeveralAdaptersTests {
  /// A masked adapter, an unmasked one, the base itself and the unmasked one again.
  private func adapters(_ pair: TinyPair) throws -> [URL] {
    let plain = pair.base.deletingLastPathComponent().appending(path: "plain")
    try FileManager.default.copyItem(at: pair.adapter, to: plain)
    try edit(plain.appending(path: "adapter_config.json"), "[31]", "null")
    return [pair.adapter, plain, pair.base, plain]
  }

  @Test func `Each is what it is alone`() throws {
    try withTinyPair(masked: true) { pair in
      let adapters = try adapters(pair)
      let options = AnalysisOptions(threads: 2, computesLoss: true, verifiedPrompts: 1)
      let together = try analyze(base: pair.base, adapted: adapters, prompts: .file(pair.prompts), options: options)
      #expect(together.map(\.adapted.name) == ["adapter", "plain", "base", "plain"])
      #expect(together[2].blocks.allSatisfy { $0.raw.delta.maxAbs == 0 })
      for (adapter, analysis) in zip(adapters, together) {
        let alone = try analyze(base: pair.base, adapted: adapter, prompts: pair.prompts, options: options)
        #expect(analysis.verification?.passed == true)
        #expect(analysis.prompts == alone.prompts)
        #expect(analysis.blocks.count == alone.blocks.count)
        for (block, other) in zip(
          analysis.blocks.map(PooledBlock.init) + analysis.summary, alone.blocks.map(PooledBlock.init) + alone.summary)
        {
          #expect(block.raw.terms.map(\.zero) == other.raw.terms.map(\.zero))
          for (part, reference) in [(block.raw, other.raw), (block.centered, other.centered)] {
            #expect(!(abs(part.delta.rms - reference.delta.rms) > 1e-6 * reference.delta.rms))
            for (term, expected) in zip(part.terms, reference.terms) {
              #expect(!(abs(term.share - expected.share) > 1e-6))
            }
          }
        }
        for (row, expected) in zip(analysis.stream, alone.stream) {
          #expect(!(abs(row.relative - expected.relative) > 1e-6 * expected.relative))
        }
        let (losses, expected) = try (#require(analysis.loss), #require(alone.loss))
        for (loss, other) in zip(losses.base + losses.adapted, expected.base + expected.adapted) {
          #expect(!(abs(try #require(loss) - #require(other)) > 1e-6))
        }
      }
    }
  }

  @Test func `The number of threads changes no bit`() throws {
    try withTinyPair(masked: true) { pair in
      let adapters = try adapters(pair)
      func run(_ threads: Int) throws -> [Analysis] {
        try analyze(
          base: pair.base, adapted: adapters, prompts: .file(pair.prompts),
          options: AnalysisOptions(threads: threads, computesLoss: true)
        ).map {
          var analysis = $0
          analysis.threads = 1
          return analysis
        }
      }
      let expected = try run(1)
      #expect(try run(2) == expected)
      #expect(try run(5) == expected)
    }
  }

  @Test func `Prompts may be values`() throws {
    try withTinyPair { pair in
      let options = AnalysisOptions(threads: 2)
      let file = try PromptFileValues(pair)
      let given = try analyze(
        base: pair.base, adapted: [pair.adapter], prompts: .values(file.prompts), options: options)
      var expected = try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts, options: options)
      expected.command = "leibniz analyze base adapter --output report"
      expected.ablateCommand = "leibniz ablate base adapter --output ablation --drop scores"
      #expect(given == [expected])
      for (prompt, message) in [
        (Prompt(id: "a", tokens: [], separator: nil), "no tokens"),
        (Prompt(id: "a", tokens: [1, 99], separator: nil), "outside the model's vocabulary of 32"),
        (Prompt(id: "a", tokens: [1, 2], separator: 2), "separator 2 lies outside"),
        (Prompt(id: "a", tokens: [1, 2], separator: nil, mask: [1]), "1 weights for 2 tokens"),
        (Prompt(id: "a", tokens: [1], separator: nil, regions: [Region(name: "r", start: 0, end: 2)]), "outside the 1"),
      ] {
        let error = #expect(throws: (any Error).self) {
          try analyze(base: pair.base, adapted: [pair.adapter], prompts: .values([prompt]), options: options)
        }
        #expect("\(try #require(error))".contains(message))
      }
    }
  }

  /// The prompts of a tiny pair as values.
  private struct PromptFileValues {
    let prompts: [Prompt]
    init(_ pair: TinyPair) throws {
      prompts = try String(contentsOf: pair.prompts, encoding: .utf8).split(separator: "\n").map {
        let line = try JSONDecoder().decode(TinyPair.Line.self, from: Data($0.utf8))
        return Prompt(id: line.id, tokens: line.tokens, separator: line.separator)
      }
    }
  }

  /// The example of the library's documentation.
  private struct FirstToken: Probe {
    let layer = 1
    let head = 2
    var attention: [[Float]] = []
    var needs: ProbeNeeds { .pattern }
    func begin(_ task: ProbeTask) -> [Float] { [] }
    func see(_ tile: PatternTile, _ partial: inout [Float]) {
      guard tile.layer == layer, tile.head == head, tile.keys.lowerBound == 0 else { return }
      for row in 0..<tile.queries.count { partial.append(tile.pattern[row, 0]) }
    }
    mutating func fold(_ partials: [(task: ProbeTask, partial: [Float])], layer: LayerSummary) {
      attention += partials.map(\.partial).filter { !$0.isEmpty }
    }
  }

  @Test func `A probe of one's own sees one head's pattern`() throws {
    try withTinyPair { pair in
      var probe = FirstToken()
      let analyses = try analyze(
        base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), options: AnalysisOptions(threads: 2),
        probe: &probe)
      #expect(analyses.count == 1)
      #expect(probe.attention.map(\.count) == analyses[0].prompts.map(\.tokens))
      for row in probe.attention {
        #expect(row[0] == 1, "the first token sees itself alone")
        #expect(row.dropFirst().allSatisfy { $0 > 0 && $0 < 1 })
      }
    }
  }

  @Test func `The command writes a folder for each and an index`() throws {
    let tool = try CommandLineTool()
    try withTinyPair(masked: true) { pair in
      let adapters = try adapters(pair)
      let output = pair.base.deletingLastPathComponent().appending(path: "reports")
      func run(_ adapters: [URL], _ options: [String] = []) throws -> CommandLineTool.Result {
        try tool.run(
          ["analyze", pair.base.path] + adapters.map(\.path)
            + ["--prompts", pair.prompts.path, "--output", output.path, "--threads", "2"] + options)
      }
      // A broken one stops the run before anything is there.
      let broken = try run([adapters[0], pair.prompts])
      #expect(broken.status == 2)
      #expect(!FileManager.default.fileExists(atPath: output.path))

      let result = try run(adapters)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.hasPrefix("adapter: after → before: "))
      #expect(result.output.hasSuffix("\n\(output.path)/compare.html\n"))
      let folders = try FileManager.default.contentsOfDirectory(atPath: output.path).sorted()
      let files = ["compare.html", "compare.md", "comparison.csv", "comparison.json", "figures"]
      #expect(folders == ["adapter", "base"] + files + ["plain", "plain-2"])
      let index = try String(contentsOf: output.appending(path: "compare.md"), encoding: .utf8)
      #expect(index.contains("[plain-2](plain-2/report.md)"))
      #expect(index.contains("## after → before"))
      for name in ["adapter", "base", "plain", "plain-2"] {
        let analysis = try Analysis(contentsOf: output.appending(path: "\(name)/analysis.json"))
        #expect(name.hasPrefix(analysis.adapted.name))
        #expect(FileManager.default.fileExists(atPath: output.appending(path: "\(name)/report.md").path))
      }
      #expect(result.errors.contains("warning: base: The base was compared with itself"))

      #expect(try run(adapters).status == 2, "it exists")
      #expect(try run([adapters[1]], ["--force"]).status == 0, "a set of reports gives way to one")
      #expect(FileManager.default.fileExists(atPath: output.appending(path: "report.md").path))
      #expect(try run(adapters, ["--force"]).status == 0, "and back")
      try Data("mine".utf8).write(to: output.appending(path: "plain/notes.txt"))
      let foreign = try run(adapters, ["--force"])
      #expect(foreign.status == 2)
      #expect(foreign.errors.contains("plain/notes.txt"))
    }
  }
}
