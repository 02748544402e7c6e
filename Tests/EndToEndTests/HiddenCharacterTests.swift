import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// Names in files can hold what a terminal or a workflow's log obeys; none of it gets there.
@Suite struct HiddenCharacterTests {
  private let tool: CommandLineTool
  /// Clears the screen, turns the writing round, begins a line that GitHub would take for a command.
  private let hostile = "\u{1B}[2J\u{202E}\n::error::x\u{2028}\u{85}"
  private let shown = #"\u{1B}[2J\u{202E}\u{A}::error::x\u{2028}\u{85}"#

  init() throws { tool = try CommandLineTool() }

  private func check(_ text: String, shows: Bool = true) {
    #expect(text.contains(shown) || !shows, "\(text)")
    let obeyed = text.unicodeScalars.filter {
      $0 != "\n" && ($0.properties.generalCategory == .control || $0.properties.isBidiControl || $0 == "\u{2028}")
    }
    #expect(obeyed.isEmpty, "\(text.debugDescription)")
    #expect(!text.split(separator: "\n").contains { $0.hasPrefix("::") })
  }

  @Test func `Of names of tensors, members and values on stderr and stdout`() throws {
    try withTinyPair { pair in
      let configuration = pair.adapter.appending(path: "adapter_config.json")
      let content = try JSONSerialization.jsonObject(with: Data(contentsOf: configuration))
      let members = try #require(content as? [String: Any])
      for change in [
        [hostile: 1], ["peft_type": hostile], ["target_modules": [hostile]],
        ["base_model_name_or_path": hostile, "r": 0],
      ] as [[String: Any]] {
        try JSONSerialization.data(withJSONObject: members.merging(change) { $1 }).write(to: configuration)
        let inspected = try tool.run(["inspect", pair.adapter.path])
        check(inspected.output)
        guard change["r"] == nil else { continue }
        check(
          try tool.analyze(pair.base, pair.adapter, pair.prompts, to: pair.base.appending(path: "../r")).errors,
          shows: change["target_modules"] == nil)
      }
    }
  }

  @Test func `Of an expectations file and an analysis in check`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let report = folder.appending(path: "report")
      #expect(try tool.analyze(pair.base, pair.adapter, pair.prompts, to: report).status == 0)
      let name = #""\u001b[2J\u202e\n::error::x\u2028\u0085""#
      let expectations = folder.appending(path: "e.yaml")
      try Data("schema: 1\nexpectations:\n  - {name: \(name), quantity: closure, atMost: 1}\n".utf8).write(
        to: expectations)
      // Reading the name makes spaces of its line breaks.
      let held = try tool.run(["check", report.path, "--expect", expectations.path])
      #expect(held.output.contains(#"\u{1B}[2J\u{202E} ::error::x"#), "\(held.output)")
      check(held.output, shows: false)
      try Data("schema: 1\nexpectations:\n  - {\(name): 1}\n".utf8).write(to: expectations)
      check(try tool.run(["check", report.path, "--expect", expectations.path]).errors)
    }
  }

  /// Without an output head nothing can be predicted; an analysis of scores says so and goes on.
  @Test func `A base without its head is told of`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let weights = pair.base.appending(path: "model.safetensors")
      try withoutTensor("lm_head.weight", in: weights)
      let result = try tool.analyze(pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "report"))
      #expect(result.status == 0)
      #expect(result.errors.contains("warning: The base's files hold no output head (lm_head)"), "\(result.errors)")
      let loss = try tool.analyze(pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "loss"), ["--loss"])
      #expect(loss.status == 2 && loss.errors.contains("no output head (lm_head)"), "\(loss.errors)")
    }
  }

  /// Renames nothing and moves no data: the tensor's bytes go to the front as one that belongs to no language model.
  private func withoutTensor(_ name: String, in file: URL) throws {
    let data = try Data(contentsOf: file)
    let old = Data(#""\#(name)""#.utf8)
    let range = try #require(data.range(of: old))
    var changed = data
    changed.replaceSubrange(range, with: Data(#""vision_tower.1""#.utf8))
    let difference = #""vision_tower.1""#.utf8.count - old.count
    #expect(difference == 0)
    try FileManager.default.removeItem(at: file)
    try changed.write(to: file)
  }
}
