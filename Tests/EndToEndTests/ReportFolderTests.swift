import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// `Analysis.write(to:)`: what the command line writes, whole or not at all.
@Suite struct ReportFolderTests {
  private let analysis: Analysis

  init() throws {
    analysis = try withTinyPair { pair in
      try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts)
    }
  }

  @Test func `A library user's report has the bytes of the command line's`() throws {
    try withTemporaryFolder { folder in
      let pair = try TinyPair.write(to: folder.appending(path: "pair"))
      let (ours, theirs) = (folder.appending(path: "ours"), folder.appending(path: "theirs"))
      let options = AnalysisOptions(threads: 2, computesLoss: true, verifiedPrompts: 1)
      try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts, options: options).write(to: ours)
      let result = try CommandLineTool().analyze(
        pair.base, pair.adapter, pair.prompts, to: theirs, ["--loss", "--verify"])
      #expect(result.status == 0, "\(result.errors)")
      let files = try contents(of: ours)
      #expect(files.count > 4)
      #expect(try files == contents(of: theirs))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["ours", "pair", "theirs"])
    }
  }

  @Test func `A link that leads nowhere is no place for a report`() throws {
    try withTemporaryFolder { folder in
      let report = folder.appending(path: "report")
      try FileManager.default.createSymbolicLink(at: report, withDestinationURL: folder.appending(path: "none"))
      for replacing in [false, true] {
        let error = replacing ? ReportFolderError.noFolder(report.path) : .exists(report.path)
        #expect(throws: error) { try ReportFolder(report, replacing: replacing) }
      }
    }
  }

  @Test func `A report is replaced only on request`() throws {
    try withTemporaryFolder { folder in
      let report = folder.appending(path: "report")
      try analysis.write(to: report)
      let first = try contents(of: report)
      #expect(throws: ReportFolderError.exists(report.path)) { try analysis.write(to: report) }
      #expect(try contents(of: report) == first)
      var other = analysis
      other.version = "another"
      try other.write(to: report, replacing: true)
      #expect(try contents(of: report).keys == first.keys)
      #expect(try contents(of: report)["analysis.json"] != first["analysis.json"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report"])
    }
  }

  @Test(arguments: ["notes.txt", "figures/notes.txt", "old/report.md"])
  func `A folder that holds something else is never replaced`(_ name: String) throws {
    try withTemporaryFolder { folder in
      let report = folder.appending(path: "report")
      try analysis.write(to: report)
      let note = report.appending(path: name)
      try FileManager.default.createDirectory(at: note.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("mine".utf8).write(to: note)
      let before = try contents(of: report)
      let error = #expect(throws: ReportFolderError.self) { try analysis.write(to: report, replacing: true) }
      #expect("\(try #require(error))".contains(name.split(separator: "/")[0]))
      #expect(try contents(of: report) == before)
    }
  }

  @Test(arguments: [false, true])
  func `What came to stand there during the analysis is left alone`(_ replacing: Bool) throws {
    try withTemporaryFolder { folder in
      let report = folder.appending(path: "report")
      let place = try ReportFolder(report, replacing: replacing)
      try FileManager.default.createDirectory(at: report, withIntermediateDirectories: true)
      try Data("mine".utf8).write(to: report.appending(path: "notes.txt"))
      #expect(throws: ReportFolderError.self) { try place.write(analysis) }
      #expect(try contents(of: report) == ["notes.txt": Data("mine".utf8)])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report"])
    }
  }

  @Test func `Nothing is written of a result that is not finite, or nowhere`() throws {
    var infinite = analysis
    infinite.blocks[0].raw.delta.rms = .infinity
    try withTemporaryFolder { folder in
      let error = #expect(throws: ReportFolderError.self) { try infinite.write(to: folder.appending(path: "report")) }
      #expect("\(try #require(error))".contains("blocks[0].delta.rms"))
      let orphan = folder.appending(path: "nowhere/report")
      #expect(throws: ReportFolderError.missingParent(orphan.deletingLastPathComponent().path)) {
        try analysis.write(to: orphan)
      }
      let remote = try #require(URL(string: "https://example.org/report"))
      #expect(throws: ReportFolderError.unwritable("https://example.org/report", reason: "it is not a file URL")) {
        try analysis.write(to: remote)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }
}
