import Foundation
import LeibnizTesting
import PairFixtures
import Results
import StrictJSON
import Testing

/// `leibniz ablate` as a process.
@Suite struct AblateCommandTests {
  @Test func `The overview's names are free where it does not run`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let plan = folder.appending(path: "plan.yaml")
      try "schema: 1\ninterventions:\n  - {name: scores, drop: dKtQ, from: after, to: before}\n"
        .write(to: plan, atomically: true, encoding: .utf8)
      let arguments = pair.arguments(folder.appending(path: "report")) + ["--plan", plan.path]
      let refused = try CommandLineTool().run(arguments)
      #expect(refused.status == 2)
      #expect(refused.errors.contains("leave the overview out (--no-overview)"), "\(refused.errors)")
      let result = try CommandLineTool().run(arguments + ["--no-overview"])
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  @Test func `Variants, masks, two views and a plan go into one report`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let plan = folder.appending(path: "plan.yaml")
      try """
      schema: 1
      interventions:
        - {name: early keys, drop: [dK.own, dK.joint], layers: 0-1, heads: "L0H1,L1H2"}
        - {name: masked, mask: [after, "k,v:none"]}
        - {name: views, twoViews: true}
      """.write(to: plan, atomically: true, encoding: .utf8)
      let report = folder.appending(path: "report")
      let result = try CommandLineTool().run(
        pair.arguments(report) + [
          "--drop", "dKtQ,dKtdQ", "--keep", "KtdQ", "--from", "after", "--to", "before", "--two-views", "--sweep",
          "heads",
          "--plan", plan.path, "--verify",
        ])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("of the benefit") && result.output.hasSuffix("interventions.md\n"))
      #expect(result.errors.contains("plain LoRA"))
      let files = try contents(of: report)
      #expect(Set(files.keys).isSuperset(of: ["interventions.json", "interventions.md", "figures/heads-1.svg"]))
      let json = try JSONReader(file: "interventions.json", bytes: Array(try #require(files["interventions.json"])))
      let knockouts = try json.objects("knockouts")
      #expect(try knockouts[0].optionalStrings("drop") == ["dKtQ", "dKtdQ"])
      #expect(try knockouts[1].optionalStrings("drop") == ["dKtQ", "dKtdQ"], "keep is the complement")
      #expect(try knockouts[0].string("query") == "after" && knockouts[2].string("key") == "before")
      #expect(try knockouts.prefix(6).map { try $0.string("name") }.suffix(3) == ["early keys", "masked", "views"])
      #expect(try json.objects("overview").count == 6)
      let text = String(decoding: try #require(files["interventions.md"]), as: UTF8.self)
      #expect(text.split(separator: "\n").dropFirst().first?.hasPrefix("**") == true, "the answer comes first")
      #expect(text.contains("It **passed**"))
    }
  }

  @Test func `Several adapters get a report each and a page that compares them`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try CommandLineTool()
      let other = folder.appending(path: "other")
      try FileManager.default.copyItem(at: pair.adapter, to: other)
      func run(_ adapters: [URL], _ output: String, _ options: [String] = []) throws -> CommandLineTool.Result {
        try tool.run(
          ["ablate", pair.base.path] + adapters.map(\.path) + [
            "--prompts", pair.prompts.path, "--output", folder.appending(path: output).path, "--drop", "dKtQ",
            "--batch-tokens", "16",
          ] + options)
      }
      let broken = try run([pair.adapter, folder.appending(path: "nothing")], "reports")
      #expect(broken.status == 2 && !FileManager.default.fileExists(atPath: folder.appending(path: "reports").path))
      let result = try run([pair.adapter, other], "reports", ["--verify"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.hasPrefix("adapter: ") && result.output.contains("\nother: "))
      #expect(result.output.hasSuffix("/reports/compare.html\n"))
      let files = try contents(of: folder.appending(path: "reports"))
      #expect(files.keys.contains("compare.md") && files.keys.contains("comparison.json"))
      #expect(try run([pair.adapter], "single").status == 0)
      let single = try contents(of: folder.appending(path: "single"))
      let report = try #require(files["adapter/interventions.json"])
      let own = try #require(single["interventions.json"])
      #expect(String(decoding: report, as: UTF8.self).contains("\"name\" : \"dKtQ\""))
      let knockouts = try [report, own].map { try Ablation(json: Array($0), file: "interventions.json").knockouts }
      #expect(knockouts[0] == knockouts[1], "one after the other changes nothing")
      let page = String(decoding: try #require(files["compare.md"]), as: UTF8.self)
      #expect(page.contains("[other](other/interventions.md)"))
      // What is there is replaced as a whole, but only where it is a report.
      #expect(try run([pair.adapter, other], "reports").status == 2)
      #expect(try run([pair.adapter, other], "reports", ["--force"]).status == 0)
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "reports.partial").path))
    }
  }

  @Test func `The intervention's mask has a name of its own, and its former one still works`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try CommandLineTool()
      func run(_ name: String, _ options: [String]) throws -> CommandLineTool.Result {
        try tool.run(pair.arguments(folder.appending(path: name)) + ["--drop", "dKtQ", "--no-overview"] + options)
      }
      let (now, before) = (try run("now", ["--with-mask", "after"]), try run("before", ["--mask", "after"]))
      #expect(now.status == 0 && before.status == 0, "\(now.errors)\(before.errors)")
      #expect(before.errors.contains("called --with-mask now") && !now.errors.contains("--with-mask"))
      #expect(
        try contents(of: folder.appending(path: "now")) == contents(of: folder.appending(path: "before")),
        "the same run")
      let help = try tool.run(["ablate", "--help"]).output
      #expect(help.contains("--with-mask <mask>") && help.contains("--own-mask <mask>") && !help.contains("  --mask"))
      let misspelt = try run("none", ["--mask", "after", "--with-maks", "none"])
      #expect(misspelt.status == 64 && misspelt.errors.contains("Did you mean '--with-mask'"), "\(misspelt.errors)")
      // What analyze calls --mask it also takes under the name that ablate has for it.
      for (name, option) in [("a", "--mask"), ("b", "--own-mask")] {
        let result = try tool.analyze(
          pair.base, pair.adapter, pair.prompts, to: folder.appending(path: name), [option, "after"])
        #expect(result.status == 0, "\(result.errors)")
      }
      #expect(try contents(of: folder.appending(path: "a")) == contents(of: folder.appending(path: "b")))
    }
  }

  @Test func `What is swept over needs no parts, and nothing else does`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try CommandLineTool()
      let swept = try tool.run(
        pair.arguments(folder.appending(path: "swept")) + [
          "--sweep", "layers", "--from", "after", "--no-overview", "-q",
        ])
      #expect(swept.status == 0 && swept.output.isEmpty && swept.errors.isEmpty, "\(swept.errors)")
      let json = try JSONReader(
        file: "json", bytes: Array(Data(contentsOf: folder.appending(path: "swept/interventions.json"))))
      #expect(try json.objects("knockouts").map { try $0.string("name") }.first == "scores after→*: L0")
      #expect(try json.objects("knockouts").count == 3)
    }
  }

  @Test(arguments: [
    (["--drop", "dktq"], Int32(64), "“dktq” is no part"), (["--drop", ""], 64, "is empty"),
    ([], 64, "Nothing to leave out"),
    (["--drop", "dKtQ", "--layers", "3-1"], 64, "write 1-3"), (["--drop", "dKtQ", "--layers", "x"], 64, "3-7,12"),
    (["--drop", "dKtQ", "--layers", "0-99999999999"], 64, "3-7,12"),
    (["--drop", "dKtQ", "--heads", "3H7"], 64, "L3H7"),
    (["--mask", "z:none"], 64, "is no site"), (["--mask", "k:never"], 64, "auto, none, after or off"),
    (["--mask", "off"], 64, "SITES:WHERE"), (["--mask", "k:none", "--layers", "1"], 64, "--drop, --keep or --worth"),
    (["--sweep", "everything"], 64, "sweep"), (["--drop", "dKtQ", "--layers", "3"], 2, "layers are 0 to 2"),
    (["--drop", "dKtQ", "--heads", "L1H4"], 2, "heads of layer 1 are 0 to 3"),
    (["--drop", "dKtQ", "--from", "user"], 2, "regions are before, after"),
    (["--drop", "dKtQ", "--from", "before", "--to", "after"], 2, "attends to"),
    (["--drop", "dKtQ", "--layers", "0", "--heads", "L1H0"], 2, "none of the heads"),
    (["--keep", "scores"], 64, "it keeps every part"),
    (["--drop", "dKtQ", "--loss-region", "user"], 2, "--loss-region"),
  ])
  func `What names nothing is refused with what is known`(
    options: [String], status: Int32, message: String
  ) throws {
    try withTinyPair { pair in
      let report = pair.base.deletingLastPathComponent().appending(path: "report")
      let result = try CommandLineTool().run(pair.arguments(report) + options)
      #expect(result.status == status, "\(result.errors)")
      let errors = result.errors.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(errors.contains(message), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: report.path))
    }
  }

  @Test(arguments: [
    ("", "plan.yaml:1:1: the file is empty"), ("schema: 1", "“interventions” is missing"),
    ("interventions: []", "begin with “schema: 1”"), ("schema: 1\ninterventions: []", "plan.yaml:2:16: "),
    ("schema: 1\ninterventions:\n  - drop: [dKtQ\n", "plan.yaml:"),
    ("schema: 1\ninterventions:\n  - dKtQ", "plan.yaml:3:5: "),
    ("schema: 1\ninterventions:\n  - {drop: dKtX}", "plan.yaml:3:12: drop: “dKtX” is no part"),
    ("schema: 1\ninterventions:\n  - {dorp: dKtQ}", "did you mean drop"),
    ("schema: 1\ninterventions:\n  - {drop: dKtQ, keep: KtdQ}", "give one"),
    ("schema: 1\ninterventions:\n  - {drop: dKtQ, layers: 7}", "plan.yaml:3:5: there is no layer 7"),
    ("schema: 1\ninterventions:\n  - {drop: dKtQ}\n  - {drop: dKtQ}", "two interventions are called"),
    ("schema: 1\ninterventions:\n  - {name: empty}", "plan.yaml:3:5: nothing would change"),
    (
      "schema: 1\ninterventions:\n  - {name: scores, drop: dKtQ}",
      "plan.yaml:3:5: an intervention cannot be called “scores”"
    ),
    ("schema: 1\ninterventions:\n  - {name: all, drop: dKtQ}", "plan.yaml:3:5: an intervention cannot be called “all”"),
    ("schema: 1\ninterventions:\n  - {drop: dKtQ, drop: dKtQ}", "stands more than once"),
    ("schema: 2\ninterventions:\n  - {drop: dKtQ}", "only schema 1"),
    ("schema: 1\ninterventions:\n  - {drop: dKtQ, from: usr}", "regions are before, after"),
    ("schema: 1\ninterventions:\n  - {mask: q:sometimes}", "auto, none, after or off"),
    ("schema: 1\ninterventions:\n  - {twoViews: true, drop: dKtQ}", "leave drop out"),
  ])
  func `Wrong plans are refused with their line`(text: String, message: String) throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let plan = folder.appending(path: "plan.yaml")
      try text.write(to: plan, atomically: true, encoding: .utf8)
      let result = try CommandLineTool().run(pair.arguments(folder.appending(path: "report")) + ["--plan", plan.path])
      #expect(result.status == 2, "\(result.errors)")
      #expect(result.errors.contains(message), "\(result.errors)")
      #expect(result.errors.contains("plan.yaml"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "report").path))
    }
  }

  @Test func `A report is replaced only by --force, and nobody's own files are`() throws {
    try withTinyPair { pair in
      let report = pair.base.deletingLastPathComponent().appending(path: "report")
      let tool = try CommandLineTool()
      let arguments = pair.arguments(report) + ["--drop", "dKtQ", "--no-overview"]
      #expect(try tool.run(arguments).status == 0)
      let first = try contents(of: report)
      #expect(try tool.run(arguments).status == 2)
      #expect(try tool.run(arguments + ["--force"]).status == 0)
      #expect(try contents(of: report) == first, "the same bytes")
      try Data("mine".utf8).write(to: report.appending(path: "notes.txt"))
      let refused = try tool.run(arguments + ["--force"])
      #expect(refused.status == 2 && refused.errors.contains("notes.txt"))
    }
  }

  @Test func `Masks by projection and two views are options of analyze too`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try CommandLineTool()
      let sites = folder.appending(path: "sites")
      let result = try tool.analyze(
        pair.base, pair.adapter, pair.prompts, to: sites, ["--mask", "after", "--mask", "k,v:none", "--mask", "v:off"])
      #expect(result.status == 0, "\(result.errors)")
      let report = try String(contentsOf: sites.appending(path: "report.md"), encoding: .utf8)
      #expect(report.contains("A counterfactual") && report.contains("after; k:none; v:off"))
      let views = try tool.analyze(
        pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "views"), ["--two-views", "--verify"])
      #expect(views.status == 0 && views.errors.contains("two views"), "\(views.errors)")
      let both = try tool.analyze(
        pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "both"), ["--two-views", "--mask", "none"])
      #expect(both.status == 64)
    }
  }
}

extension TinyPair {
  /// Arguments of `leibniz ablate` up to what is left out.
  fileprivate func arguments(_ report: URL) -> [String] {
    [
      "ablate", base.path, adapter.path, "--prompts", prompts.path, "--output", report.path, "--threads", "2",
    ]
  }
}
