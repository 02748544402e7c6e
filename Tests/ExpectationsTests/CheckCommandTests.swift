import AnalysisFixtures
import ArgumentParser
import Expectations
import Foundation
import Results
import Testing

@testable import LeibnizCLI

/// `leibniz check` on files in a temporary folder.
@Suite struct CheckCommandTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "leibniz-check-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try write("full.json", try AnalysisJSON.bytes(SyntheticAnalysis.make()))
    try write("masked.json", try AnalysisJSON.bytes(SyntheticAnalysis.make { $0.isMasked = true }))
  }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: folder.appending(path: name))
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  /// Output and exit code of a run, the folder's path taken out of both output and errors.
  private func run(_ arguments: String...) -> (text: String, code: Int32) {
    do {
      var text = ""
      let allHold = try Check.parse(arguments).check(summary: nil) { text += $0 }
      return (text.replacing(folder.path + "/", with: ""), allHold ? 0 : 1)
    } catch let error as CleanExit {
      return ("\(error)", 0)
    } catch {
      // A parsing error has its own code; every other one comes out of reading or writing a file.
      let code = Check.exitCode(for: error).rawValue
      return ("\(error)".replacing(folder.path + "/", with: ""), code == 64 ? 64 : 2)
    }
  }

  @Test func `A first file passes on its run and fails on the masked pair`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let written = run(path("full.json"), "--init", "--expect", path("e.yaml"))
    #expect(written.code == 0)
    #expect(written.text.hasPrefix("Wrote e.yaml."))
    #expect(run(path("full.json"), "--init").text == (try text("e.yaml")))
    #expect(run(path("full.json"), "--expect", path("e.yaml")).code == 0)
    let failed = run(path("masked.json"), "--expect", path("e.yaml"), "--github", "--junit", path("out.xml"))
    #expect(failed.code == 1)
    #expect(failed.text.contains("FAIL  e.yaml:"))
    #expect(failed.text.contains("\n::error file=e.yaml,line="))
    #expect(try text("out.xml").contains("failures=\"6\""))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
        "e.yaml", "full.json", "masked.json", "out.xml",
      ])
  }

  @Test func `Analyses and ablations are told by their content, and folders by what they hold`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("cut.json", try AblationJSON.bytes(SyntheticAblation.make()))
    for name in ["report", "ablation", "both", "empty"] {
      try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    for (from, to) in [
      ("full.json", "report/analysis.json"), ("cut.json", "ablation/interventions.json"),
      ("full.json", "both/analysis.json"), ("cut.json", "both/interventions.json"),
    ] { try FileManager.default.copyItem(at: folder.appending(path: from), to: folder.appending(path: to)) }
    let written = run(path("report"), path("ablation"), "--init", "--expect", path("e.yaml"))
    #expect(written.code == 0, "\(written.text)")
    let both = run(path("cut.json"), path("report/"), "--expect", path("e.yaml"))
    #expect(both.code == 0, "\(both.text)")
    let lines = { (text: String) in text.split(separator: "\n").dropLast() }
    let turned = run(path("report"), path("ablation"), "--expect", path("e.yaml"))
    #expect(turned.code == 0 && lines(turned.text) == lines(both.text), "in any order")
    let one = run(path("report"), "--expect", path("e.yaml"))
    #expect(one.code == 1)
    #expect(one.text.contains("it is of an ablation; give the interventions.json of leibniz ablate as well"))
    let refused = [
      run(path("full.json"), path("masked.json"), "--init"), run(path("cut.json"), path("ablation"), "--init"),
      run(path("both"), "--init"), run(path("empty"), "--init"), run(path("cut.json"), "--baseline", path("full.json")),
      run(path("full.json"), "--baseline", path("ablation")),
    ]
    #expect(refused.map(\.code) == Array(repeating: 2, count: refused.count))
    #expect(try Golden("check-kinds.txt").difference(from: refused.map { $0.text + "\n" }.joined()) == nil)
  }

  @Test func `A first file replaces nothing`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("mine.yaml", Array("mine".utf8))
    let refused = run(path("full.json"), "--init", "--expect", path("mine.yaml"))
    #expect(refused.code == 2)
    #expect(
      refused.text == "mine.yaml exists already and is not replaced. Remove it or name another file.")
    #expect(try text("mine.yaml") == "mine")
  }

  @Test func `A baseline is compared beside expectations`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("e.yaml", Array("schema: 1\nexpectations:\n  - {quantity: closure, atMost: 1e-5}\n".utf8))
    let same = run(path("full.json"), "--expect", path("e.yaml"), "--baseline", path("full.json"))
    #expect(same.code == 0)
    #expect(same.text.hasSuffix("8 expectations: all hold (full.json against e.yaml and full.json)\n"))
    let other = run(path("full.json"), "--baseline", path("masked.json"))
    #expect(other.code == 2)
    #expect(other.text.contains("different pairs of models"))
  }

  @Test func `Wrong files are named, with line and column`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("tab.yaml", Array("schema: 1\nexpectations:\n\t- a\n".utf8))
    try write("bytes.yaml", Array("schema: 1\n# é ".utf8) + [0xFF])
    try write("broken.json", Array("{\"schema\": 1,\n  \"tool\" 2}".utf8))
    try write("other.json", Array("{\"schema\": 1}".utf8))
    try write("large.yaml", Array(repeating: UInt8(ascii: "#"), count: ExpectationFile.maximumSize + 1))
    try write("e.yaml", Array("schema: 1\nexpectations:\n  - {quantity: closure, atMost: 1e-5}\n".utf8))
    let runs = [
      run(path("full.json"), "--expect", path("tab.yaml")),
      run(path("full.json"), "--expect", path("bytes.yaml")),
      run(path("full.json"), "--expect", path("large.yaml")),
      run(path("full.json"), "--expect", path("none.yaml")),
      run(path("full.json"), "--expect", folder.path + "/"),
      run(path("none.json"), "--expect", path("e.yaml")),
      run(path("broken.json"), "--expect", path("e.yaml")),
      run(path("other.json"), "--expect", path("e.yaml")),
      run(path("full.json"), "--expect", path("e.yaml"), "--baseline", path("broken.json")),
      run(path("full.json"), "--expect", path("e.yaml"), "--junit", path("none/out.xml")),
      run(path("full.json"), "--init", "--expect", path("none/e.yaml")),
    ]
    #expect(runs.map(\.code) == Array(repeating: 2, count: runs.count))
    #expect(try Golden("check-errors.txt").difference(from: runs.map { $0.text + "\n" }.joined()) == nil)
  }

  @Test func `Wrong command lines exit with 64`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for arguments in [
      [], ["a.json"], ["a.json", "--init", "--github"], ["a.json", "--init", "--junit", "x"],
      ["a.json", "--init", "--baseline", "x"], ["a.json", "--expect"], ["a.json", "--init", "--quiet"],
      ["a.json", "--init", "--format", "json"], ["a.json", "--expect", "e", "--format", "json", "--github"],
      ["a.json", "--expect", "e", "--format", "json", "--quiet"], ["a.json", "--expect", "e", "--format", "xml"],
      ["a.json", "--expect", "e", "--unknown"],
    ] {
      let error = #expect(throws: (any Error).self) { try Check.parse(arguments) }
      #expect(error.map { Check.exitCode(for: $0).rawValue } == 64)
    }
  }

  @Test func `The process exits with what was found`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("e.yaml", Array("schema: 1\nexpectations:\n  - {quantity: closure, atMost: 1e-9}\n".utf8))
    let failing = #expect(throws: ExitCode.self) {
      try Check.parse([path("full.json"), "--expect", path("e.yaml")]).run()
    }
    #expect(failing == ExitCode(1))
    let wrong = #expect(throws: ExitCode.self) {
      try Check.parse([path("full.json"), "--expect", path("full.json")]).run()
    }
    #expect(wrong == ExitCode(2))
  }

  @Test func `Results replace no input and no device`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("e.yaml", Array("schema: 1\nexpectations:\n  - {quantity: closure, atMost: 1}\n".utf8))
    try FileManager.default.createSymbolicLink(
      at: folder.appending(path: "link.xml"), withDestinationURL: folder.appending(path: "out.xml"))
    try FileManager.default.createSymbolicLink(
      at: folder.appending(path: "e.xml"), withDestinationURL: folder.appending(path: "e.yaml"))
    func junit(_ path: String) -> (text: String, code: Int32) {
      run(self.path("full.json"), "--expect", self.path("e.yaml"), "--junit", path)
    }
    let before = try text("e.yaml")
    for input in ["e.yaml", "e.xml", "full.json"] {
      #expect(junit(path(input)).text.contains("it is the input"), "\(input)")
    }
    #expect(try text("e.yaml") == before)
    // A baseline that is named by its folder.
    let old = folder.appending(path: "old")
    try FileManager.default.createDirectory(at: old, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: folder.appending(path: "full.json"), to: old.appending(path: "analysis.json"))
    let file = old.appending(path: "analysis.json").path
    #expect(run(path("full.json"), "--baseline", old.path, "--junit", file).text.contains("it is the input"))
    #expect(junit(path("link.xml")).code == 0 && junit("/dev/null").code == 0)
    #expect(try text("out.xml").contains("<testsuite"))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link.xml")) == path("out.xml"))
    let type = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
    #expect(type == .typeCharacterSpecial)
  }

  @Test func `A summary is added to the file that GitHub names`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("e.yaml", Array("schema: 1\nexpectations:\n  - {quantity: closure, atMost: 1e-9}\n".utf8))
    let check = try Check.parse([path("full.json"), "--expect", path("e.yaml"), "--quiet"])
    for _ in 1...2 { #expect(try !check.check(summary: path("summary.md")) { _ in }) }
    let summary = try text("summary.md")
    #expect(summary.split(separator: "### leibniz check: 1 of 1 fail\n").count == 2, "\(summary)")
    var told = ["", "", ""]
    let error = #expect(throws: CommandFileError.self) { try check.check(summary: folder.path) { told[0] += $0 } }
    #expect(error?.description.hasSuffix("cannot be written: Is a directory") == true)
    #expect(try !check.check(summary: "") { told[1] += $0 } && !check.check(summary: nil) { told[2] += $0 })
    #expect(told[0].contains("1 fails") && told[0] == told[1] && told[1] == told[2], "\(told)")
  }

  @Test func `Results as JSON tell programs what failed`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("e.yaml", Array("schema: 1\nexpectations:\n  - {quantity: closure, atMost: 1e-9}\n".utf8))
    let failed = run(path("full.json"), "--expect", path("e.yaml"), "--format", "json")
    #expect(failed.code == 1)
    let document = try #require(JSONSerialization.jsonObject(with: Data(failed.text.utf8)) as? [String: Any])
    #expect(document["passed"] as? Bool == false && document["failed"] as? Int == 1)
    #expect(document["expectations"] as? String == "e.yaml" && document["reports"] as? [String] == ["full.json"])
  }

  @Test func `The help teaches`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try Golden("help.txt").difference(from: Check.helpMessage(columns: 110)) == nil)
  }

  @Test func `The committed analysis is what is written and read`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let analysis = SyntheticAnalysis.make {
      $0.layers = 1; $0.heads = 1
    }
    let bytes = try AnalysisJSON.bytes(analysis)
    #expect(try Golden("analysis.json").difference(from: String(decoding: bytes, as: UTF8.self)) == nil)
    #expect(try Analysis(json: bytes, file: "analysis.json") == analysis)
  }
}
