import Foundation
import Leibniz
import LeibnizTesting
import PairFixtures
import Testing

/// Every input of the folder `found` gives the value that transformers and PEFT give for it in double precision, or is refused.
@Suite(.enabled(if: FoundInputs.folder != nil, FoundInputs.missing)) struct FoundTests {
  private let personas = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    .appending(path: "fixtures/personas")

  private func analysis(_ name: String, _ base: String, _ adapted: String, _ prompts: String = "prompts") throws
    -> Analysis
  {
    let folder = try FoundInputs.folder(name)
    return try analyze(
      base: folder.appending(path: base), adapted: folder.appending(path: adapted),
      prompts: folder.appending(path: "\(prompts).jsonl"),
      options: AnalysisOptions(threads: 2, computesLoss: true, verifiedPrompts: 2))
  }

  private func check(_ analysis: Analysis, losses: [(base: Double, adapted: Double)], rms: [String: Double] = [:])
    throws
  {
    #expect(analysis.verification?.passed == true)
    let found = try #require(analysis.loss).pairs
    #expect(found.count == losses.count)
    for (pair, right) in zip(found, losses) {
      let pair = try #require(pair)
      #expect(abs(pair.base - right.base) < 1e-5 && abs(pair.adapted - right.adapted) < 1e-5, "\(pair)")
    }
    for (pair, right) in rms {
      let row = try #require(
        analysis.summary.first { $0.layer == nil && $0.head == nil && "\($0.query)→\($0.key)" == pair })
      #expect(abs(row.raw.delta.rms - right) < 1e-4, "\(pair) \(row.raw.delta.rms)")
    }
  }

  /// The line that is padded on the right has `labels` too; the separator's own, of which a trainer made one, is never judged.
  @Test(arguments: [
    ("plain", 5.258412, 5.567041), ("left", 5.258412, 5.567041), ("right", 5.258412, 5.567041),
  ]) func `Padding changes nothing`(side: String, base: Double, adapted: Double) throws {
    let analysis = try analysis("04-padding", "base", "adapter", side)
    try check(
      analysis, losses: [(base, adapted)],
      rms: ["before→before": 1.28811, "after→before": 1.36704, "after→after": 1.31053])
    #expect(analysis.prompts[0].tokens == 8 && analysis.prompts[0].separator == 4)
  }

  /// transformers' `labels` of the same line, in double precision.
  @Test func `Labelled tokens are judged as a causal language model's loss judges them`() throws {
    let folder = try FoundInputs.folder("04-padding")
    try withTemporaryFolder { temporary in
      let file = temporary.appending(path: "labels.jsonl")
      let line = """
        {"id": "p", "input_ids": [11, 12, 13, 14, 15, 16, 17, 18], "separator": 4, \
        "labels": [-100, -100, 13, -100, -100, -100, 17, 18]}
        """
      try Data(line.utf8).write(to: file)
      let analysis = try analyze(
        base: folder.appending(path: "base"), adapted: folder.appending(path: "adapter"), prompts: file,
        options: AnalysisOptions(threads: 2, computesLoss: true, verifiedPrompts: 1))
      try check(analysis, losses: [(5.346744, 5.418561)])
    }
  }

  @Test func `The adapter's own tokenizer has the separator`() throws {
    let folder = try FoundInputs.folder("08-adapter-tokenizer")
    try withTemporaryFolder { temporary in
      let output = temporary.appending(path: "o")
      let result = try CommandLineTool().analyze(
        folder.appending(path: "base"), folder.appending(path: "adapter"), folder.appending(path: "texts.jsonl"),
        to: output, ["--separator", "<persona>"])
      #expect(result.status == 0 && result.errors.contains("by adapter/tokenizer.json, which differs from the base's"))
      let json = try Data(contentsOf: output.appending(path: "analysis.json"))
      let prompt = try Analysis(json: Array(json), file: "a").prompts[0]
      #expect(prompt.tokens == 11 && prompt.separator == 6)
    }
    let shown = try CommandLineTool().run([
      "tokenize", folder.appending(path: "adapter").path, "where is the key<persona>under the mat",
    ])
    #expect(shown.output.contains("300") && shown.output.contains(#""<persona>""#), "\(shown.output)")
  }

  /// A model that was resized for training, of which PEFT saved neither table: the last of these ids has no row in any file.
  @Test func `Tokens that no file has rows of are told`() throws {
    let folder = try FoundInputs.folder("08-adapter-tokenizer")
    try withTemporaryFolder { temporary in
      let adapter = temporary.appending(path: "adapter")
      try FileManager.default.copyItem(at: folder.appending(path: "adapter"), to: adapter)
      let file = adapter.appending(path: "tokenizer.json")
      var tokenizer = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
      let known = try #require(tokenizer["added_tokens"] as? [[String: Any]])
      let model = try #require(known.last)
      tokenizer["added_tokens"] =
        known + (301...320).map { id in model.merging(["id": id, "content": "<new-\(id)>"]) { $1 } }
      try JSONSerialization.data(withJSONObject: tokenizer).write(to: file)
      let result = try CommandLineTool().analyze(
        folder.appending(path: "base"), adapter, folder.appending(path: "texts.jsonl"),
        to: temporary.appending(path: "o"), ["--separator", "<persona>"])
      #expect(result.status == 0)
      #expect(
        result.errors.contains(
          "tokens that neither the base's 320 rows nor the adapter's files hold: <new-320> (320)."), "\(result.errors)")
    }
  }

  @Test func `A token of tokenizer_config json alone is one token`() throws {
    let folder = try FoundInputs.folder("19-tokenizers/config-only")
    let result = try CommandLineTool().run(["tokenize", folder.path, "a<persona>b"])
    #expect(result.output.hasPrefix(#"{"input_ids":[1,70,300,71],"#), "\(result.output)")
  }

  /// What apply_chat_template of transformers writes.
  @Test(arguments: [
    ("qwenish", "reason", "<turn>user\nwhere<end>\n<turn>assistant\n<think>\nthe cat\n</think>\n\nmat<end>\n", 39),
    (
      "qwenish", "system",
      "<turn>system\nyou are the cat<end>\n<turn>user\nwhere<end>\n<turn>assistant\n<think>\n\n</think>\n\nmat<end>\n",
      55
    ),
    ("toolsy", "tools", "<turn>user\nwhere<end>\n<turn>assistant\nmat<end>\n", 20),
    (
      "toolsy", "calls",
      "<turn>user\nwhere<end>\n<turn>assistant\n<end>\n<turn>tool\nyes<end>\n<turn>assistant\nmat<end>\n", 42
    ),
    (
      "qwenish", "calls",
      """
      <turn>user
      where<end>
      <turn>assistant
      <tool_call>
      {"name": "look", "arguments": {"n": 2}}
      </tool_call><end>
      <turn>user
      <tool_response>
      yes
      </tool_response><end>
      <turn>assistant
      <think>

      </think>

      mat<end>

      """, 152
    ),
  ])
  func `Turns reach the template as they stand`(model: String, chats: String, text: String, tokens: Int) throws {
    let folder = try FoundInputs.folder("09-chat")
    let arguments = ["prompts", folder.appending(path: model).path, folder.appending(path: "\(chats).jsonl").path]
    let result = try CommandLineTool().run(arguments)
    let line = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect((line["input_ids"] as? [Int])?.count == tokens)
    let shown = try CommandLineTool().run(arguments + ["--show"]).output
    // Headings and empty lines stand between the regions.
    var joined = ""
    for part in shown.split(separator: "\n[").dropFirst() { joined += part.drop { $0 != "]" }.dropFirst(2) }
    #expect(joined.hasPrefix(text.dropLast()), "\(shown)")
    if chats == "tools" { #expect(result.errors.contains("the template writes nothing of tools")) }
    if (model, chats) == ("toolsy", "calls") {
      #expect(result.errors.contains("the template writes nothing of tool_calls") && line["loss_mask"] == nil)
    }
  }

  @Test func `Tying that ties nothing changes nothing`() throws {
    let (tied, off) = (try analysis("01a-tying-noop", "base", "adapter"), try analysis("01a-tying-noop", "base", "off"))
    for one in [tied, off] { try check(one, losses: [(5.346256, 4.807336), (5.079135, 5.328006)]) }
    #expect(tied.blocks == off.blocks && tied.summary == off.summary)
  }

  @Test func `A reward model's score is left out by name`() throws {
    let analysis = try analysis("03-reward", "base", "adapter")
    try check(
      analysis, losses: [(4.663586, 5.002063), (4.952233, 5.284504)], rms: ["after→before": 1.41390])
    #expect(analysis.adapted.modules?.leftOut.count == 1 && analysis.adapted.modules?.applied == 8)
    #expect(analysis.warnings.contains { $0.contains("in score is left out") })
    // The classifier's own base has no output head, and the same scores.
    let folder = try FoundInputs.folder("03-reward")
    let classifier = try analyze(
      base: folder.appending(path: "base-cls"), adapted: folder.appending(path: "adapter"),
      prompts: folder.appending(path: "prompts.jsonl"), options: AnalysisOptions(threads: 2))
    #expect(classifier.summary == analysis.summary)
  }

  @Test(arguments: ["base-hub", "base-text"], ["av-452", "av-5"])
  func `Vision modules are found under any version's names`(base: String, adapter: String) throws {
    try check(
      analysis("05-gemma3", base, adapter), losses: [(5.120206, 4.807721), (4.989122, 5.069464)],
      rms: ["before→before": 1.25374, "after→before": 1.22618, "after→after": 1.18526])
  }

  @Test func `Layers up to the last integer are refused by name`() throws {
    let file = try FoundInputs.folder("x01-layers-intmax/e.yaml")
    let result = try CommandLineTool().run([
      "check", personas.appending(path: "analysis.json").path, "--expect", file.path,
    ])
    #expect(result.status == 1 && result.output.contains("the model has 4 layers, counted from 0"), "\(result.output)")
  }

  @Test func `A link in a folder of finished batches is not followed`() throws {
    let prompts = try FoundInputs.folder("x02-partial-symlink/p3.jsonl")
    try withTemporaryFolder { folder in
      let (output, victim) = (folder.appending(path: "r"), folder.appending(path: "victim.txt"))
      let partial = folder.appending(path: "r.partial")
      try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: false)
      try Data("mine".utf8).write(to: victim)
      for name in [".batch-1.part.new", "batch-2.part", "run.part"] {
        try FileManager.default.createSymbolicLink(
          atPath: partial.appending(path: name).path, withDestinationPath: "../victim.txt")
      }
      let result = try CommandLineTool().analyze(
        personas.appending(path: "base"), personas.appending(path: "full"), prompts, to: output,
        ["--batch-tokens", "1", "--resume"])
      #expect([0, 2].contains(result.status), "\(result.errors)")
      #expect(try String(contentsOf: victim, encoding: .utf8) == "mine")
    }
  }

  @Test func `No escape of a name reaches a workflow's log`() throws {
    let folder = try FoundInputs.folder("x03-github-escape")
    let result = try CommandLineTool().run([
      "check", folder.appending(path: "esc.json").path, "--expect", folder.appending(path: "esc.yaml").path, "--github",
    ])
    #expect(result.status == 1 && result.output.contains(#"\u{1B}[31mred\u{1B}[2J\u{202E}"#), "\(result.output)")
    check(shows: result.output)
  }

  /// Nothing that a terminal, a spreadsheet or the order of writing obeys, but line breaks.
  private func check(shows text: String, isTable: Bool = false) {
    let obeyed = text.unicodeScalars.filter {
      !["\n", "\r"].contains($0)
        && ($0.properties.generalCategory == .control || $0.properties.isBidiControl || $0 == "\u{2028}")
    }
    #expect(obeyed.isEmpty)
    guard isTable else { return }
    for cell in text.split(whereSeparator: { $0 == "," || $0.isNewline }) where Double(cell) == nil {
      #expect(!"=+-@".contains(cell.first ?? " "), "\(cell)")
    }
  }

  @Test func `Names are visible in every file of a report`() throws {
    let prompts = try FoundInputs.folder("x07-markdown-escape/h.jsonl")
    try withTemporaryFolder { folder in
      let tool = try CommandLineTool()
      let (report, ablation) = (folder.appending(path: "report"), folder.appending(path: "ablation"))
      let models = [personas.appending(path: "base").path, personas.appending(path: "full").path]
      let common = models + ["--prompts", prompts.path]
      for arguments in [
        ["analyze"] + common + ["--output", report.path, "--loss", "--per-prompt", "--pairs", "1", "--parts", "all"],
        ["ablate"] + common + [
          "--output", ablation.path, "--drop", "scores", "--loss-region", "=cmd|\u{2028}x\u{85}y",
        ],
        ["compare", report.path, ablation.path, report.path, "--output", folder.appending(path: "compared").path],
        ["check", report.path, "--init", "--expect", folder.appending(path: "e.yaml").path],
        [
          "check", report.path, "--expect", folder.appending(path: "e.yaml").path, "--junit",
          folder.appending(path: "check.xml").path, "--github",
        ],
      ] {
        let result = try tool.run(arguments)
        #expect([0, 2].contains(result.status), "\(arguments) \(result.errors)")
        check(shows: result.output)
        check(shows: result.errors)
      }
      let files = try contents(of: folder)
      #expect(files.keys.contains("report/blocks.csv") && files.keys.contains("ablation/interventions.md"))
      // JSON is for programs, whose parsers obey none of these.
      for (name, bytes) in files where !name.hasSuffix(".json") {
        check(shows: String(decoding: bytes, as: UTF8.self), isTable: name.hasSuffix(".csv"))
      }
    }
  }

  @Test func `A finished run is left as it is`() throws {
    let prompts = try FoundInputs.folder("x02-partial-symlink/p3.jsonl")
    try withTemporaryFolder { folder in
      let output = folder.appending(path: "fin")
      for _ in 1...2 {
        let result = try CommandLineTool().analyze(
          personas.appending(path: "base"), personas.appending(path: "full"), prompts, to: output,
          ["--batch-tokens", "30", "--resume"])
        #expect(result.status == 0, "\(result.errors)")
      }
    }
  }

  @Test(arguments: 1...3) func `A tampered report makes no expectations`(number: Int) throws {
    let file = try FoundInputs.folder("x10-init-inf/case_check_init_stdout_nan_\(number).json")
    let result = try CommandLineTool().run(["check", "--init", file.path])
    #expect(result.status == 2 && result.output.isEmpty && result.errors.contains(file.lastPathComponent), "\(result)")
  }

  @Test func `A report of 64 regions is formed, read again and drawn`() throws {
    let folder = try FoundInputs.folder("x05-regions")
    try withTemporaryFolder { temporary in
      let (tool, output) = (try CommandLineTool(), temporary.appending(path: "r"))
      let result = try tool.analyze(
        folder.appending(path: "m_mqa/base"), folder.appending(path: "m_mqa/ad"),
        folder.appending(path: "p_r64.jsonl"), to: output, ["--quiet"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(try tool.run(["page", output.path]).status == 0)
    }
  }
}
