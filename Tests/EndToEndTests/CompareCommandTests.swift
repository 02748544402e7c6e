import Foundation
import LeibnizTesting
import PairFixtures
import Reporting
import Testing

/// `leibniz compare` as a process, on reports of tiny pairs.
@Suite struct CompareCommandTests {
  /// Reports of a masked adapter and of the same one unmasked, and an ablation of each.
  private func reports(_ pair: TinyPair, _ folder: URL) throws -> CommandLineTool {
    let tool = try CommandLineTool()
    let plain = folder.appending(path: "plain")
    try FileManager.default.copyItem(at: pair.adapter, to: plain)
    try edit(plain.appending(path: "adapter_config.json"), "[31]", "null")
    let common = ["--prompts", pair.prompts.path, "--threads", "2", "--quiet"]
    let set = folder.appending(path: "set").path
    let made = try tool.run(
      ["analyze", pair.base.path, pair.adapter.path, plain.path, "--loss", "--output", set] + common)
    #expect(made.status == 0, "\(made.errors)")
    for adapter in [pair.adapter, plain] {
      let output = folder.appending(path: "cut-\(adapter.lastPathComponent)").path
      let cut = try tool.run(["ablate", pair.base.path, adapter.path, "--drop", "dKtQ", "--output", output] + common)
      #expect(cut.status == 0, "\(cut.errors)")
    }
    return tool
  }

  @Test func `A page of files is that of the run, in any order, and ablations join their adapters`() throws {
    try withTinyPair(masked: true) { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try reports(pair, folder)
      func run(_ reports: [String], _ output: String) throws -> CommandLineTool.Result {
        try tool.run(
          ["compare"] + reports.map { folder.appending(path: $0).path }
            + ["--output", folder.appending(path: output).path])
      }
      let result = try run(["set"], "again")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("changes attention most") && result.output.hasSuffix("again/compare.html\n"))
      let (first, again) = (
        try contents(of: folder.appending(path: "set")), try contents(of: folder.appending(path: "again"))
      )
      #expect(first["comparison.json"] == again["comparison.json"], "the same numbers as in the run")
      #expect(first["figures/adapter-layers.svg"] == again["figures/adapter-layers.svg"])

      #expect(try run(["set/plain/analysis.json", "set/adapter"], "turned").status == 0)
      let turned = try Comparison(folder.appending(path: "turned/comparison.json"))
      let straight = try Comparison(folder.appending(path: "again/comparison.json"))
      #expect(turned.moved("plain") == straight.moved("plain") && turned.moved("plain") != nil)
      #expect(turned.moved("adapter") == straight.moved("adapter"))

      #expect(try run(["cut-plain", "set", "cut-adapter"], "all").status == 0)
      let page = try String(contentsOf: folder.appending(path: "all/compare.md"), encoding: .utf8)
      #expect(page.hasPrefix("# 2 adapters of `base` side by side\n\n- **"), "the answer comes first")
      #expect(page.contains("## What carries the benefit") && page.contains("| dKᵀQ |"))
      #expect(page.contains("`plain`") && page.contains("`adapter`"))
    }
  }

  /// What prompts contribute adds up to the rows, and layers are told apart by it.
  @Test func `Adapters are compared in nats`() throws {
    try withTinyPair(masked: true) { pair in
      let folder = pair.base.deletingLastPathComponent()
      _ = try reports(pair, folder)
      let comparison = try Comparison(folder.appending(path: "set/comparison.json"))
      #expect(comparison.json["measure"] as? String == "divergence")
      let analyses = try ["adapter", "plain"].map {
        try Analysis(contentsOf: folder.appending(path: "set/\($0)/analysis.json"))
      }
      for analysis in analyses {
        let felt = try #require(analysis.attention).filter { $0.head == nil }
        for row in felt {
          let own = try #require(
            analysis.byPrompt?.first { $0.layer == row.layer && $0.query == row.query && $0.key == row.key })
          #expect(own.queries.reduce(0, +) == row.queries && (own.nats == nil) == (row.layer != nil))
          for (means, whole) in zip([own.divergence] + (own.nats ?? []), [row.divergence] + row.terms) {
            let sum = try zip(#require(means), own.queries).reduce(0) { $0 + $1.0 * Double($1.1) }
            #expect(abs(sum / Double(row.queries) - whole) <= 1e-12 * row.divergence)
          }
        }
        #expect(felt.contains { $0.divergence > 0 })
      }
      let layers = try #require(comparison.json["layers"] as? [[String: Any]]).filter {
        $0["query"] as? String == "after"
      }
      #expect(layers.count == 3 * 2)
      for layer in layers {
        let own = analyses.map { analysis in
          analysis.attention?.first {
            $0.layer == layer["layer"] as? Int && $0.head == nil && $0.query == "after"
              && $0.key == layer["key"] as? String
          }?.divergence
        }
        let values = try #require(layer["values"] as? [Double])
        for (value, own) in try zip(values, own.map { try #require($0) }) { #expect(abs(value - own) <= 1e-14 * own) }
        #expect(layer["holm"] is Double, "the chance is known by prompt")
      }
      let pooled = try #require(comparison.json["pairs"] as? [[String: Any]]).first {
        $0["query"] as? String == "after" && $0["key"] as? String == "before"
      }
      let row = { (analysis: Analysis) in
        analysis.attention?.first { $0.layer == nil && $0.query == "after" && $0.key == "before" }
      }
      let (one, other) = (try #require(row(analyses[0])), try #require(row(analyses[1])))
      let difference = try #require(pooled?["divergence"] as? [String: Any])
      let found = try #require(difference["value"] as? Double)
      #expect(abs(found - (one.divergence - other.divergence)) < 1e-12 && difference["interval"] is [Double])
      let share = (pooled?["felt"] as? [String: Any])?["dKtQ"] as? [String: Any]
      let part = try #require(share?["value"] as? Double)
      #expect(abs(part - (one.share(.dKtQ) - other.share(.dKtQ))) < 1e-12 && share?["interval"] is [Double])
    }
  }

  @Test func `Several training runs of one kind make a group`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try CommandLineTool()
      // Runs of a kind differ in their size, which is a seed's work here.
      for (index, name) in ["a1", "a2", "a3", "b1", "b2", "b3"].enumerated() {
        let copy = folder.appending(path: name)
        try FileManager.default.copyItem(at: pair.adapter, to: copy)
        try edit(copy.appending(path: "adapter_config.json"), "\"lora_alpha\": 4", "\"lora_alpha\": \(4 + index)")
      }
      func run(_ arguments: [String]) throws -> CommandLineTool.Result {
        try tool.shell(
          "cd \"$1\"; shift; leibniz \"$@\"", in: folder, arguments: [folder.path] + arguments)
      }
      let made = try run(
        ["analyze", pair.base.path, "a1", "a2", "a3", "b1", "b2", "b3", "--prompts", pair.prompts.path, "--loss", "-q"]
          + ["--output", "set"])
      #expect(made.status == 0, "\(made.errors)")
      let groups = ["--group", "a=set/a1,set/a2,set/a3", "--group", "b=set/b1,set/b2,set/b3"]
      let result = try run(["compare"] + groups + ["--output", "out"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        result.output.contains(
          "Over training runs, mean what attention felt, in nats a query and head: a (3 training runs)"),
        "\(result.output)")
      let json = try Comparison(folder.appending(path: "out/comparison.json"))
      let rows = try #require(json.json["groupRows"] as? [[String: Any]])
      let names = try #require(json.json["adapters"] as? [[String: Any]]).map { $0["name"] as? String ?? "" }
      let moved = try names.map { try #require(json.moved($0)?.first) }
      let mean = try #require(
        rows.first {
          $0["group"] as? Int == 0 && $0["query"] as? String == "*" && $0["statistic"] as? String == "moved"
        })
      #expect(abs((mean["value"] as? Double ?? 0) - moved[..<3].reduce(0, +) / 3) < 1e-15)
      let difference = try #require(
        rows.first {
          $0["less"] as? Int == 1 && $0["query"] as? String == "*" && $0["statistic"] as? String == "moved"
            && $0["layer"] is NSNull
        })
      let own = zip(moved[..<3], moved[3...]).map { $0 - $1 }
      let value = own.reduce(0, +) / 3
      let deviation = (own.reduce(0) { $0 + ($1 - value) * ($1 - value) } / 2).squareRoot()
      let interval = try #require(difference["interval"] as? [Double])
      #expect(abs((difference["value"] as? Double ?? 0) - value) < 1e-15 && difference["paired"] as? Bool == true)
      #expect(abs(interval[1] - interval[0] - 2 * 4.302652729911 * deviation / 3.0.squareRoot()) < 1e-12)
      #expect(rows.contains { $0["head"] is Int && $0["holm"] is Double })
      let page = try String(contentsOf: folder.appending(path: "out/compare.md"), encoding: .utf8)
      #expect(page.contains("## Over training runs") && page.contains("All of this is over these prompts"))
      #expect(page.contains("| `a` less `b` |"))
      for (options, message) in [
        (["--group", "a=set/a1"], "fewer than two training runs"), (groups + groups.suffix(2), "Give each once"),
        (["--group", "a=set/a1,,set/a2"], "full=a,b,c"), (["--group", "set/a1"], "full=a,b,c"),
        (["set", "--group", "a=set/a1,set/a2"], "Give each once"),
      ] {
        let refused = try run(["compare"] + options + ["--output", "no"])
        #expect(refused.status != 0 && refused.errors.contains(message), "\(options): \(refused.errors)")
      }
    }
  }

  @Test func `What became of an ablation is said, and one that stands alone too`() throws {
    try withTinyPair(masked: true) { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try reports(pair, folder)
      func notes(_ reports: [String], _ output: String) throws -> String {
        let out = folder.appending(path: output).path
        return try tool.run(["compare"] + reports.map { folder.appending(path: $0).path } + ["--output", out]).errors
      }
      let both = try notes(["set", "cut-plain", "cut-adapter"], "both")
      #expect(both.contains("note: plain: of its ablation 7 interventions stand beside the same of another adapter."))
      let one = try notes(["set", "cut-plain"], "one")
      #expect(one.contains("note: plain: its ablation is the only one, so its 7 interventions have nothing"), "\(one)")
      let page = try String(contentsOf: folder.appending(path: "one/compare.md"), encoding: .utf8)
      #expect(page.contains("its ablation is the only one") && page.contains("p (Holm)"))
      #expect(page.contains("one training run each") && !page.contains("more than chance"))
    }
  }

  /// What of comparison.json the tests look at.
  private struct Comparison {
    let json: [String: Any]
    init(_ file: URL) throws {
      json = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    }
    /// Attention moved by all tokens, with its interval.
    func moved(_ name: String) -> [Double]? {
      let names = (json["adapters"] as? [[String: Any]])?.map { $0["name"] as? String } ?? []
      let row = (json["blocks"] as? [[String: Any]])?.first {
        names[$0["adapter"] as? Int ?? 0] == name && $0["query"] as? String == "*"
      }
      let estimate = row?["moved"] as? [String: Any]
      return (estimate?["value"] as? Double).map { [$0] + ((estimate?["interval"] as? [Double]) ?? []) }
    }
  }

  @Test func `What does not belong side by side is refused by name unless forced`() throws {
    try withTinyPair(masked: true) { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try reports(pair, folder)
      let source = folder.appending(path: "set/plain/analysis.json")
      func run(_ reports: [String], _ options: [String] = []) throws -> CommandLineTool.Result {
        try tool.run(
          ["compare"] + reports.map { folder.appending(path: $0).path }
            + ["--output", folder.appending(path: "out").path] + options)
      }
      let analysis = try Analysis(contentsOf: source)
      for (word, change) in [
        ("base models", { $0.base.fingerprint = String(repeating: "e", count: 64) }),
        ("prompts", { $0.promptsFingerprint = String(repeating: "f", count: 64) }),
        ("regions", { $0.regions.append("later") }), ("versions", { $0.version = "0.0.9" }),
        ("reference points", { $0.reference = .midpoint }),
      ] as [(String, (inout Analysis) -> Void)] {
        var other = analysis
        change(&other)
        other.adapted.name = "<b>*x*"
        try Data(AnalysisJSON.bytes(other)).write(to: folder.appending(path: "other.json"))
        let refused = try run(["set/adapter", "other.json"])
        #expect(refused.status == 2 && refused.errors.contains("The \(word)"), "\(refused.errors)")
        #expect(refused.errors.contains("other.json") && refused.errors.contains("--force"))
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "out").path))
        let forced = try run(["set/adapter", "other.json"], ["--force"])
        #expect(forced.status == 0 && forced.errors.contains("warning: The \(word)"), "\(forced.errors)")
        let page = try String(contentsOf: folder.appending(path: "out/compare.md"), encoding: .utf8)
        #expect(page.contains("> [!CAUTION]") && page.contains("\\<b\\>\\*x\\*") && !page.contains("<b>"))
        try FileManager.default.removeItem(at: folder.appending(path: "out"))
      }
      for (reports, message) in [
        (["set/plain"], "fewer than two adapters"), (["set/plain", "set/plain/analysis.json"], "Give each once"),
        (["set/plain", "cut-plain"], "fewer than two adapters"), (["base", "set"], "neither"),
        (["nothing.json", "set"], "no such file"),
      ] {
        let refused = try run(reports)
        #expect(refused.status == 2 && refused.errors.contains(message), "\(refused.errors)")
      }
      #expect(try run([]).status == 64)
      #expect(try run(["set"]).status == 0)
      #expect(try run(["set"]).status == 2, "it exists")
      try Data("mine".utf8).write(to: folder.appending(path: "out/notes.txt"))
      let foreign = try run(["set"], ["--force"])
      #expect(foreign.status == 2 && foreign.errors.contains("notes.txt"))
    }
  }
}
