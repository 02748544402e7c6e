import Foundation
import LeibnizTesting
import OracleFixtures
import PairFixtures
import Results
import Testing

/// The tool as its users meet it: exit codes, files, what stands on stdout and stderr.
@Suite struct CommandLineTests {
  private let tool: CommandLineTool

  init() throws { tool = try CommandLineTool() }

  @Test func `An analysis writes its report and says where`() throws {
    let oracle = try #require(OracleCase.bundled("llama-alora-whisper"))
    try withTemporaryFolder { folder in
      let report = folder.appending(path: "report")
      let result = try tool.analyze(
        oracle.base, oracle.adapted, oracle.prompts, to: report, ["--loss", "--verify"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.hasPrefix("after → before: "))
      #expect(result.output.contains("through KᵀdQ alone"))
      let test = "leibniz ablate \(oracle.base.path) \(oracle.adapted.path) --prompts \(oracle.prompts.path)"
      #expect(result.output.contains("\ndoes it matter? \(test) --output ablation"), "\(result.output)")
      #expect(result.output.hasSuffix("\n\(report.path)/report.html\n") && !result.output.contains("\u{1B}"))
      let files = try contents(of: report)
      #expect(
        files.keys.filter { !$0.hasPrefix("figures/") }.sorted() == [
          "analysis.json", "blocks.csv", "report.html", "report.md",
        ])
      #expect(files.keys.contains { $0.hasPrefix("figures/") && $0.hasSuffix(".svg") })
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report"], "no temporary is left"
      )
      let json = try #require(files["analysis.json"])
      let analysis = try Analysis(json: Array(json), file: "analysis.json")
      var comparison = ReferenceComparison(tolerance: 2e-5)
      try comparison.compare(analysis, with: oracle.expected())
      #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
      #expect(analysis.verification?.passed == true)
      #expect(!String(decoding: json, as: UTF8.self).contains(oracle.base.path), "no absolute path")
    }
  }

  @Test func `The command that a report prints gives the same report where it is pasted`() throws {
    try withTemporaryFolder { folder in
      let pair = try TinyPair.write(to: folder)
      for (from, name) in [(pair.adapter, "it's $HOME; *"), (pair.base, "-b=~ `x`"), (pair.prompts, "=a b.jsonl")] {
        try FileManager.default.moveItem(at: from, to: folder.appending(path: name))
      }
      let options = [
        "--mask", "after", "--mask", "k,v:none", "--loss", "--null", "1", "--null-match", "rms", "--batch-tokens", "40",
      ]
      let made = try tool.analyze(
        folder.appending(path: "-b=~ `x`"), folder.appending(path: "it's $HOME; *"),
        folder.appending(path: "=a b.jsonl"), to: folder.appending(path: "first"), options)
      #expect(made.status == 0, "\(made.errors)")
      let analysis = try Analysis(contentsOf: folder.appending(path: "first/analysis.json"))
      let command = try #require(analysis.command)
      let text = try String(contentsOf: folder.appending(path: "first/report.md"), encoding: .utf8)
      #expect(text.contains("```sh\n\(command)\n```"))
      let pasted = try tool.shell(command, in: folder)
      #expect(pasted.status == 0, "\(command)\n\(pasted.errors)")
      var again = try Analysis(contentsOf: folder.appending(path: "report/analysis.json"))
      again.threads = analysis.threads
      #expect(again == analysis)
    }
  }

  @Test func `A report is replaced only with --force, a foreign folder never`() throws {
    try withTemporaryFolder { folder in
      let pair = try TinyPair.write(to: folder.appending(path: "pair"))
      let report = folder.appending(path: "report")
      func analyze(_ options: [String]) throws -> CommandLineTool.Result {
        try tool.analyze(pair.base, pair.adapter, pair.prompts, to: report, options)
      }
      #expect(try analyze([]).status == 0)
      let first = try contents(of: report)
      let refused = try analyze(["--mask", "after"])
      #expect(refused.status == 2)
      #expect(refused.errors.contains("--force"))
      #expect(try contents(of: report) == first, "a refused run touches nothing")
      #expect(try analyze(["--mask", "after", "--force"]).status == 0)
      let second = try contents(of: report)
      #expect(second["analysis.json"] != first["analysis.json"])

      let note = report.appending(path: "notes.txt")
      try Data("mine".utf8).write(to: note)
      let foreign = try analyze(["--force"])
      #expect(foreign.status == 2)
      #expect(foreign.errors.contains("notes.txt"))
      var expected = second
      expected["notes.txt"] = Data("mine".utf8)
      #expect(try contents(of: report) == expected)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["pair", "report"])
    }
  }

  @Test func `A file of the output's name is not replaced, a missing parent is told`() throws {
    try withTemporaryFolder { folder in
      let pair = try TinyPair.write(to: folder.appending(path: "pair"))
      let report = folder.appending(path: "report")
      try Data("mine".utf8).write(to: report)
      let onFile = try tool.analyze(pair.base, pair.adapter, pair.prompts, to: report, ["--force"])
      #expect(onFile.status == 2)
      #expect(try Data(contentsOf: report) == Data("mine".utf8))
      let orphan = folder.appending(path: "nowhere/report")
      let inNothing = try tool.analyze(pair.base, pair.adapter, pair.prompts, to: orphan)
      #expect(inNothing.status == 2)
      #expect(inNothing.errors.contains("nowhere"))
    }
  }

  @Test func `The same inputs give the same bytes, whatever the threads`() throws {
    try withTemporaryFolder { folder in
      var options = TinyPair.Options()
      options.isMasked = true
      let pair = try TinyPair.write(to: folder.appending(path: "pair"), options)
      func files(_ name: String, _ threads: Int) throws -> [String: Data] {
        let report = folder.appending(path: name)
        let result = try tool.analyze(
          pair.base, pair.adapter, pair.prompts, to: report, ["--loss", "--threads", "\(threads)"])
        #expect(result.status == 0, "\(result.errors)")
        return try contents(of: report)
      }
      let first = try files("first", 2)
      #expect(try files("second", 2) == first)
      var single = try files("third", 1)
      let text = String(decoding: try #require(single["analysis.json"]), as: UTF8.self)
      #expect(text.contains("\"threads\" : 1,"))
      single["analysis.json"] = Data(text.replacing("\"threads\" : 1,", with: "\"threads\" : 2,").utf8)
      #expect(single == first)
    }
  }

  @Test func `Where stderr is no terminal a clean run says nothing there; --quiet nothing at all`() throws {
    try withTinyPair(masked: true) { pair in
      let folder = pair.base.deletingLastPathComponent()
      let plain = try tool.analyze(pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "a"))
      #expect(plain.errors.isEmpty)
      #expect(!plain.output.isEmpty)
      let quiet = try tool.analyze(
        pair.base, pair.base, pair.prompts, to: folder.appending(path: "b"), ["--quiet"])
      #expect(quiet.status == 0)
      #expect(quiet.output.isEmpty && quiet.errors.isEmpty)
      let verbose = try tool.analyze(
        pair.base, pair.base, pair.prompts, to: folder.appending(path: "c"), ["--verbose"])
      #expect(verbose.errors.contains("analyzing"))
      #expect(verbose.errors.contains("warning: The base was compared with itself"))
    }
  }

  @Test(arguments: [
    ["analyze"], ["analyze", "base"], ["frobnicate"], ["analyze", "base", "adapter", "--prompts", "p.jsonl"],
    ["--no-such-flag"], ["inspect"], ["inspect", ""],
    ["analyze", "", "adapter", "--prompts", "p.jsonl", "--output", "o"],
    ["analyze", "base", "adapter", "--prompts", "p.jsonl", "--output", "o", "--threads", "0"],
    ["analyze", "base", "adapter", "--prompts", "p.jsonl", "--output", "o", "--threads", "two"],
    ["analyze", "base", "adapter", "--prompts", "p.jsonl", "--output", "o", "--separator", ""],
    ["analyze", "base", "adapter", "--prompts", "p.jsonl", "--output", "o", "--mask", "before"],
    ["analyze", "base", "adapter", "--prompts", "p.jsonl", "--output", "o", "--separator-ids", "15,x"],
    ["analyze", "base", "adapter", "--prompts", "p.jsonl", "--output", "o", "--parts", "mass,masses"],
    [
      "analyze", "base", "adapter", "--prompts", "p.jsonl", "--output", "o", "--separator", "a",
      "--separator-ids", "1",
    ],
  ]) func `A wrong command line exits with 64 and shows the usage`(_ arguments: [String]) throws {
    let result = try tool.run(arguments)
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.errors.localizedCaseInsensitiveContains("usage: leibniz"))
  }

  @Test func `Help teaches with an example`() throws {
    let general = try tool.run(["--help"])
    #expect(general.status == 0)
    #expect(general.output.contains("leibniz analyze MODEL ADAPTER --prompts prompts.jsonl --output report"))
    let analyze = try tool.run(["analyze", "--help"])
    #expect(analyze.status == 0)
    #expect(analyze.output.contains("EXAMPLES"))
    #expect(analyze.output.contains("\"input_ids\""))
    let inspect = try tool.run(["inspect", "--help"])
    #expect(inspect.output.contains("leibniz inspect"))
  }

  @Test func `Inspect describes a model and an adapter`() throws {
    var options = TinyPair.Options()
    options.isMasked = true
    try withTinyPair(options) { pair in
      let model = try tool.run(["inspect", pair.base.path])
      #expect(model.status == 0)
      #expect(model.output.hasPrefix("model\n"))
      for fact in [
        "family           llama", "layers           3", "key-value heads  2", "dtype            F32",
      ] {
        #expect(model.output.contains(fact), "\(model.output)")
      }
      let adapter = try tool.run(["inspect", pair.adapter.path])
      #expect(adapter.status == 0)
      #expect(adapter.output.hasPrefix("adapter\n"))
      for fact in ["LORA", "q_proj", "[31]"] { #expect(adapter.output.contains(fact), "\(adapter.output)") }
    }
  }

  @Test func `Inspect shows invocation tokens as text`() throws {
    var options = TinyPair.Options()
    options.isMasked = true
    try withTinyPair(options) { pair in
      // "made for" names no folder that is there, and the adapter has no tokenizer of its own.
      let without = try tool.run(["inspect", pair.adapter.path])
      #expect(
        without.output.contains("as text            not known: there is no tokenizer.json in "), "\(without.output)")
      let tokenizer = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../fixtures/tokenizers/smollm2.json").standardized
      let own = pair.adapter.appending(path: "tokenizer.json")
      try FileManager.default.copyItem(at: tokenizer, to: own)
      let text = try tool.run(["tokenize", tokenizer.path, "<|im_start|>\u{1}"]).output
      let ids = try #require(lines(text, Tokens.self).first).input_ids
      try edit(pair.adapter.appending(path: "adapter_config.json"), "[31]", "\(ids)")
      let with = try tool.run(["inspect", pair.adapter.path])
      #expect(with.status == 0 && with.output.contains(#"as text            “<|im_start|>\u{1}”"#), "\(with.output)")
      try Data("{".utf8).write(to: own)
      let broken = try tool.run(["inspect", pair.adapter.path])
      #expect(broken.status == 0 && broken.output.contains("as text            not known: "), "\(broken.output)")
    }
  }

  private struct Tokens: Decodable { var input_ids: [Int] }

  @Test func `Inspect says of a file that it is one`() throws {
    try withTinyPair { pair in
      let file = pair.base.appending(path: "config.json").path
      let result = try tool.run(["inspect", file])
      #expect(
        result.status == 2 && result.errors.contains("/config.json is a file. Give the folder"), "\(result.errors)")
    }
  }

  @Test(arguments: [
    (["anlyze", "a", "b", "--prompts", "x"], "Unknown subcommand 'anlyze'. Did you mean 'analyze'?"),
    (["anlyze", "--help"], "Unknown subcommand 'anlyze'. Did you mean 'analyze'?"),
    (["help", "wieghts"], "Unknown subcommand 'wieghts'. Did you mean 'weights'?"),
    (["help", "frobnicate"], "Unknown subcommand 'frobnicate'. There are: analyze, ablate, "),
    (["analyze", "a", "b", "--promts", "x", "--output", "y"], "Unknown option '--promts'. Did you mean '--prompts'?"),
    (["check", "a", "--expct=b"], "Unknown option '--expct'. Did you mean '--expect'?"),
    (["ablate", "a", "b", "--two-veiws"], "Unknown option '--two-veiws'. Did you mean '--two-views'?"),
    (["check", "a", "--frobnicate"], "Unknown option '--frobnicate'."),
  ]) func `What is misspelt is told before what is missing`(arguments: [String], message: String) throws {
    let result = try tool.run(arguments)
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(result.errors.hasPrefix("Error: \(message)"), "\(result.errors)")
    #expect(result.errors.contains("\nUsage: leibniz "), "\(result.errors)")
  }

  @Test func `What is well spelt is not complained of`() throws {
    for arguments in [["help"], ["help", "check"], ["check", "--help"], ["--help"], ["--version"], []] {
      let result = try tool.run(arguments)
      #expect(result.status == 0 && !result.output.isEmpty && result.errors.isEmpty, "\(arguments)")
    }
    let missing = try tool.run(["analyze", "a", "b", "--output", "y"])
    #expect(
      missing.status == 64 && missing.errors.contains("Missing expected argument '--prompts"), "\(missing.errors)")
    let text = try tool.run(["tokenize", "nowhere", "--", "--no-option"])
    #expect(text.status == 2, "what follows -- is no option: \(text.errors)")
  }

  @Test func `A file that cannot be read or written is told in the system's words`() throws {
    try withTinyPair { pair in
      try withTemporaryFolder { folder in
        // A folder where a file is expected.
        let prompts = try tool.analyze(pair.base, pair.adapter, folder, to: folder.appending(path: "report"))
        let check = try tool.run(["check", folder.path, "--init"])
        let written = try tool.run(
          ["weights", pair.base.path, pair.adapter.path, "--quiet", "--output", "/proc/leibniz"])
        let chats = try tool.run(["prompts", pair.base.path, folder.appending(path: "none.jsonl").path])
        for result in [prompts, check, written, chats] {
          #expect(result.status == 2 && !result.errors.contains("could not be completed"), "\(result.errors)")
        }
        #expect(prompts.errors.contains("it is not a regular file"), "\(prompts.errors)")
        #expect(
          written.errors.contains("/proc/leibniz: the report cannot be written: No such file or directory"),
          "\(written.errors)")
      }
    }
  }

  @Test func `Inspect says what is not supported`() throws {
    try withTinyPair { pair in
      try edit(pair.base.appending(path: "config.json"), "\"llama\"", "\"mamba\"")
      let model = try tool.run(["inspect", pair.base.path])
      #expect(model.status == 2)
      #expect(model.output.contains("not supported"))
      #expect(model.output.contains("mamba"))
      let folder = pair.base.deletingLastPathComponent()
      let neither = try tool.run(["inspect", folder.path])
      #expect(neither.status == 2)
      #expect(neither.errors.contains("adapter_config.json"))
    }
  }
}
