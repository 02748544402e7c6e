import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// Numbers, names and folders that nobody should give, on the command line.
@Suite struct HostileCommandTests {
  private func folder(_ pair: TinyPair) -> URL { pair.base.deletingLastPathComponent() }

  private func analyze(_ pair: TinyPair, _ options: String...) throws -> CommandLineTool.Result {
    try CommandLineTool().run(
      [
        "analyze", pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--output",
        folder(pair).appending(path: "report").path,
      ] + options)
  }

  @Test(arguments: ["4611686018427387904", "9223372036854775807", "4097", "0", "-1"])
  func `Threads beyond reason are refused`(_ threads: String) throws {
    try withTinyPair { pair in
      let result = try analyze(pair, "--threads=\(threads)")
      #expect(result.status == 64 && result.errors.contains("--threads takes a number from 1 to 4096"))
    }
  }

  @Test(arguments: [
    "0-9223372036854775807", "9223372036854775807", "9223372036854775807-",
    "[1, 9223372036854775806-9223372036854775807]",
  ])
  func `Layers and heads up to the last number are refused by name`(_ layers: String) throws {
    try withTinyPair { pair in
      #expect(try analyze(pair, "--quiet").status == 0)
      let file = folder(pair).appending(path: "e.yaml")
      for selected in ["layers", "heads"] {
        let text =
          "schema: 1\nexpectations:\n  - {quantity: rms, term: delta, \(selected): \(layers), atMost: 1}\n"
        try Data(text.utf8).write(to: file)
        let result = try CommandLineTool().run(
          ["check", folder(pair).appending(path: "report").path, "--expect", file.path])
        #expect(result.status == 1 && result.output.contains("the model has"), "\(result.output)\(result.errors)")
      }
    }
  }

  @Test func `A run that is finished stays as it is`() throws {
    try withTinyPair { pair in
      let report = folder(pair).appending(path: "report")
      #expect(try analyze(pair, "--resume", "--batch-tokens", "30").status == 0)
      let before = try FileManager.default.attributesOfItem(atPath: report.path)[.systemFileNumber] as? Int
      let again = try analyze(pair, "--resume", "--batch-tokens", "30")
      #expect(again.status == 0 && again.output.contains("is complete already and left as it is"), "\(again.errors)")
      #expect(try FileManager.default.attributesOfItem(atPath: report.path)[.systemFileNumber] as? Int == before)
      let other = try analyze(pair, "--resume", "--batch-tokens", "30", "--parts", "none")
      #expect(other.status == 2 && other.errors.contains("belongs to another run: the command is"))
      #expect(try analyze(pair).status == 2)
    }
  }

  @Test func `A finished ablation stays as it is`() throws {
    try withTinyPair { pair in
      let output = folder(pair).appending(path: "ablation").path
      func run(_ drop: String) throws -> CommandLineTool.Result {
        try CommandLineTool().run([
          "ablate", pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--output", output, "--drop",
          drop,
          "--resume",
        ])
      }
      #expect(try run("dKtQ").status == 0)
      let again = try run("dKtQ")
      #expect(again.status == 0 && again.output.contains("is complete already"), "\(again.errors)")
      let other = try run("KtdQ")
      #expect(other.status == 2 && other.errors.contains("belongs to another run"))
    }
  }

  @Test func `Batches are not written through a link`() throws {
    try withTinyPair { pair in
      let victim = folder(pair).appending(path: "victim.txt")
      try Data("precious".utf8).write(to: victim)
      let partial = folder(pair).appending(path: "report.partial")
      try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: false)
      for name in [".batch-1.part.new", ".batch-2.part.new", ".run.part.new"] {
        try FileManager.default.createSymbolicLink(
          at: partial.appending(path: name), withDestinationURL: victim)
      }
      let result = try analyze(pair, "--batch-tokens", "1", "--resume")
      #expect(result.status == 0, "\(result.errors)")
      #expect(try String(contentsOf: victim, encoding: .utf8) == "precious")
    }
  }

  @Test func `What is no report is not replaced, and nobody is told to force what was forced`() throws {
    try withTinyPair { pair in
      let report = folder(pair).appending(path: "report")
      try Data().write(to: report)
      let file = try analyze(pair, "--force")
      #expect(file.status == 2 && file.errors.contains("is no folder, so --force does not replace it"))
      try FileManager.default.removeItem(at: report)
      let deep = report.appending(path: "a/b/c/d")
      try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
      let tree = try analyze(pair, "--force")
      #expect(tree.status == 2 && tree.errors.contains("holds a, which is no part of a Leibniz report"))
      let root = try CommandLineTool().run([
        "analyze", pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--output", "/", "--force",
      ])
      #expect(root.status == 2 && !root.errors.contains("or replace a report with --force"))
    }
  }
}
