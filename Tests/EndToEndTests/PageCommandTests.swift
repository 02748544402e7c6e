import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// `leibniz page` as a process, on the reports of a tiny pair.
@Suite struct PageCommandTests {
  @Test func `A page drawn again is the same, and tells knock-outs where ablations are given`() throws {
    try withTinyPair(masked: true) { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try CommandLineTool()
      func path(_ name: String) -> String { folder.appending(path: name).path }
      let common = [pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--quiet", "--output"]
      #expect(try tool.run(["analyze"] + common + [path("report")]).status == 0)
      #expect(try tool.run(["ablate"] + common + [path("cut"), "--sweep", "heads"]).status == 0)
      #expect(try tool.run(["ablate"] + common + [path("other"), "--drop", "dKtQ", "--own-mask", "none"]).status == 0)
      let first = try Data(contentsOf: folder.appending(path: "report/report.html"))
      let again = try tool.run(["page", path("report")])
      #expect(again.status == 0 && again.output == "\(path("report"))/report.html\n", "\(again.errors)")
      #expect(try Data(contentsOf: folder.appending(path: "report/report.html")) == first)

      let with = try tool.run(["page", path("report"), path("cut"), "--output", path("both.html"), "--quiet"])
      #expect(with.status == 0 && with.output.isEmpty, "\(with.errors)")
      let text = try String(contentsOf: folder.appending(path: "both.html"), encoding: .utf8)
      #expect(text.contains("<h2>Knock-outs</h2>") && text.contains("L2H3"))
      #expect(try Data(contentsOf: folder.appending(path: "report/report.html")) == first)

      func refusal(_ arguments: String...) throws -> String {
        let result = try tool.run(["page"] + arguments)
        #expect(result.status == 2 && result.output.isEmpty)
        return result.errors
      }
      #expect(
        try refusal(path("report"), path("other")).contains("starts from the mask none, the report is of the mask"))
      #expect(try refusal(path("report"), path("report")).contains("no ablation"))
      #expect(try refusal(path("cut")).contains("the report of leibniz analyze comes first"))
      #expect(try refusal(path("report"), "--output", path("both.html")).contains("exists already"))
      #expect(try refusal(path("report"), "--output", path("none/page.html")).contains("its folder does not exist"))
      #expect(try Data(contentsOf: folder.appending(path: "report/report.html")) == first)
    }
  }

  @Test func `Among the reports of several adapters the page still leads to the others`() throws {
    try withTinyPair(masked: true) { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try CommandLineTool()
      let twin = folder.appending(path: "twin")
      try FileManager.default.copyItem(at: pair.adapter, to: twin)
      let set = folder.appending(path: "set").path
      let made = try tool.run(
        [
          "analyze", pair.base.path, pair.adapter.path, twin.path, "--prompts", pair.prompts.path, "--quiet",
          "--output", set,
        ])
      #expect(made.status == 0, "\(made.errors)")
      let page = folder.appending(path: "set/twin/report.html")
      let first = try Data(contentsOf: page)
      #expect(try tool.run(["page", "\(set)/twin"]).status == 0)
      #expect(try Data(contentsOf: page) == first)
      #expect(String(decoding: first, as: UTF8.self).contains("../adapter/report.html"))
    }
  }
}
