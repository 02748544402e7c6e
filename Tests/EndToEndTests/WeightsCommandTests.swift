import Foundation
import PairFixtures
import Testing

@testable import LeibnizTesting

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// `leibniz weights`, run as a process.
@Suite struct WeightsCommandTests {
  private let tool: CommandLineTool

  init() throws { tool = try CommandLineTool() }

  private func weights(_ pair: TinyPair, _ options: [String], adapted: URL? = nil) throws -> CommandLineTool.Result {
    try tool.run(["weights", pair.base.path, (adapted ?? pair.adapter).path, "--threads", "2"] + options)
  }

  @Test func `It prints the answer and writes a report`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent().appending(path: "report")
      let result = try weights(pair, ["--output", folder.path])
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 4)
      #expect(lines.first?.hasPrefix("QK form (where heads look): ") == true && !result.output.contains("**"))
      #expect(lines.last == "\(folder.path)/weights.md")
      let files = try contents(of: folder)
      #expect(
        files.keys.sorted() == [
          "figures/heads-ov.svg", "figures/heads-qk.svg", "forms.csv", "weights.csv", "weights.json", "weights.md",
        ])
      let report = String(decoding: try #require(files["weights.md"]), as: UTF8.self)
      for text in ["## The answer", "**QK form**", "**OV form**", "## Weights", "| q | 3 |", "figures/heads-qk.svg"] {
        #expect(report.contains(text), "\(text)")
      }
      for name in ["figures/heads-qk.svg", "figures/heads-ov.svg"] {
        let data = try #require(files[name])
        #expect(XMLParser(data: data).parse(), "\(name)")
      }
    }
  }

  @Test func `The tables hold a row each`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent().appending(path: "report")
      #expect(try weights(pair, ["--output", folder.path, "--quiet"]).status == 0)
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "weights.json")))
          as? [String: Any])
      #expect(json["schema"] as? Int == 1 && json["foldNorm"] as? Bool == false)
      let forms = try #require(json["forms"] as? [[String: Any]])
      #expect(forms.count == 2 * 3 * 4)
      #expect((json["summary"] as? [Any])?.count == 2 * (1 + 3))
      #expect((json["weights"] as? [Any])?.count == 3 * 7)
      for form in forms {
        let terms = try #require(form["terms"] as? [String: [String: Double]])
        #expect(abs(terms.values.reduce(0) { $0 + ($1["share"] ?? .nan) } - 1) <= 1e-12)
      }
      for (name, rows, columns) in [("forms.csv", 24 * 5, 8), ("weights.csv", 21, 19)] {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        let lines = text.split(separator: "\r\n")
        #expect(lines.count == rows + 1)
        #expect(lines.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == columns })
      }
    }
  }

  @Test func `Another number of threads writes the same bytes`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let (one, three) = (folder.appending(path: "one"), folder.appending(path: "three"))
      #expect(try weights(pair, ["--output", one.path, "--threads", "1"]).status == 0)
      #expect(try weights(pair, ["--output", three.path, "--threads", "3"]).status == 0)
      let (left, right) = (try contents(of: one), try contents(of: three))
      #expect(left == right && left.count == 6)
    }
  }

  @Test func `It says which factor is not touched`() throws {
    var options = TinyPair.Options()
    options.targets = [.query, .gate]
    try withTinyPair(options) { pair in
      let result = try weights(pair, [])
      #expect(result.status == 0)
      #expect(
        result.output.contains("all of the change is KᵀdQ")
          && result.output.contains("No key weight changes, so dKᵀQ and dKᵀdQ are exactly zero in every head."))
      #expect(result.output.contains("OV form (what they pass on): unchanged."))
      let itself = try weights(pair, [], adapted: pair.base)
      #expect(
        itself.status == 0 && itself.output == "The base was compared with itself. Every change is exactly zero.\n")
      #expect(itself.errors.contains("warning: "))
      try pair.clearAdapter()
      // The helper writes an adapter on every projection.
      try TinyPair.Options().adapterConfiguration.write(to: pair.adapter.appending(path: "adapter_config.json"))
      let cleared = try weights(pair, [])
      #expect(cleared.output.contains("No weight of any layer changes"))
    }
  }

  @Test func `The input norm's gain is folded in on demand`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let (plain, folded) = (folder.appending(path: "plain"), folder.appending(path: "folded"))
      #expect(try weights(pair, ["--output", plain.path]).status == 0)
      #expect(try weights(pair, ["--output", folded.path, "--fold-norm"]).status == 0)
      let (left, right) = (try contents(of: plain), try contents(of: folded))
      #expect(left["forms.csv"] != right["forms.csv"] && left["weights.csv"] == right["weights.csv"])
      let report = String(decoding: try #require(right["weights.md"]), as: UTF8.self)
      #expect(report.contains("folded in: "))
    }
  }

  @Test func `Only such a report is replaced, and only when asked`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent().appending(path: "report")
      let options = ["--output", folder.path, "--quiet"]
      #expect(try weights(pair, options).status == 0)
      let again = try weights(pair, options)
      #expect(again.status == 2 && again.errors.contains("--force"))
      let forced = try weights(pair, options + ["--force"])
      #expect(forced.status == 0 && forced.output.isEmpty && forced.errors.isEmpty)
      try Data("mine".utf8).write(to: folder.appending(path: "notes.txt"))
      let refused = try weights(pair, options + ["--force"])
      #expect(refused.status == 2 && refused.errors.contains("notes.txt"))
      let kept = try contents(of: folder)
      #expect(kept["notes.txt"] == Data("mine".utf8))
    }
  }

  @Test(arguments: [
    ("base/config.json", "base"), ("base/model.safetensors", "base"), ("adapter/adapter_config.json", "adapter"),
    ("adapter/adapter_model.safetensors", "adapter"),
  ]) func `Wrong input is told in a paragraph`(_ name: String, _ named: String) throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let file = folder.appending(path: name)
      try Data(contentsOf: file).prefix(200).write(to: file)
      let before = try contents(of: folder)
      let result = try weights(pair, ["--output", folder.appending(path: "report").path])
      #expect(result.status == 2 && result.output.isEmpty)
      #expect(result.errors.hasPrefix("error: ") && result.errors.contains(named), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      let after = try contents(of: folder)
      #expect(after == before, "nothing is written")
    }
  }

  @Test func `A number that is not finite is refused and nothing is written`() throws {
    try withTinyPair { pair in
      try edit(pair.adapter.appending(path: "adapter_config.json"), "\"lora_alpha\": 4", "\"lora_alpha\": 1e308")
      let folder = pair.base.deletingLastPathComponent().appending(path: "report")
      let result = try weights(pair, ["--output", folder.path])
      #expect(result.status == 2 && result.errors.hasPrefix("error: "), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
  }

  @Test(arguments: [
    ["weights"], ["weights", "base"], ["weights", "base", "adapter", "--threads", "0"],
    ["weights", "base", "adapter", "--force"], ["weights", "base", "adapter", "--quiet"],
    ["weights", "base", "adapter", "--prompts", "p.jsonl"],
  ]) func `A wrong command line exits with 64`(_ arguments: [String]) throws {
    let result = try tool.run(arguments)
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(result.errors.contains("Usage: leibniz weights"))
  }

  @Test func `Help teaches with an example`() throws {
    let result = try tool.run(["weights", "--help"])
    #expect(result.status == 0)
    for text in ["EXAMPLES", "leibniz weights SmolLM2-135M adapter", "--fold-norm", "Exit codes"] {
      #expect(result.output.contains(text), "\(text)")
    }
  }
}
