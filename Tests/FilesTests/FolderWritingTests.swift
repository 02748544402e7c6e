import Files
import Foundation
import Testing

/// Files are made new: what has their name is neither followed nor written into.
@Suite struct FolderWritingTests {
  private func inFolder(_ body: (URL, Folder) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "leibniz-files-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url, Folder(making: url))
  }

  private func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

  @Test func `A link under the temporary name goes, and not what it leads to`() throws {
    try inFolder { url, folder in
      let victim = url.appending(path: "victim.txt")
      try Data("precious".utf8).write(to: victim)
      try FileManager.default.createSymbolicLink(
        at: url.appending(path: ".batch.part.new"), withDestinationURL: victim)
      try folder.replace("batch.part", Array("sums".utf8))
      #expect(try text(victim) == "precious" && text(url.appending(path: "batch.part")) == "sums")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() == ["batch.part", "victim.txt"])
    }
  }

  @Test func `A link under the name itself is replaced`() throws {
    try inFolder { url, folder in
      let victim = url.appending(path: "victim.txt")
      try Data("precious".utf8).write(to: victim)
      try FileManager.default.createSymbolicLink(at: url.appending(path: "a"), withDestinationURL: victim)
      try folder.replace("a", Array("new".utf8))
      #expect(try text(victim) == "precious" && text(url.appending(path: "a")) == "new")
    }
  }

  @Test func `What is there is not made again`() throws {
    try inFolder { url, folder in
      try folder.make("a", [1])
      #expect(throws: FileError.self) { try folder.make("a", [2]) }
      #expect(throws: FileError.self) { _ = try Folder(making: url) }
      #expect(throws: FileError.self) { try folder.make("../a", [3]) }
      #expect(throws: FileError.self) { try folder.replace("", [3]) }
      #expect(try Array(Data(contentsOf: url.appending(path: "a"))) == [1])
    }
  }

  @Test func `A folder in it may be there, a link to one is none`() throws {
    try inFolder { url, folder in
      try folder.folder("figures").make("a.svg", [1])
      try folder.folder("figures").make("b.svg", [2])
      try FileManager.default.createSymbolicLink(
        at: url.appending(path: "other"), withDestinationURL: url.appending(path: "figures"))
      #expect(throws: FileError.self) { try folder.folder("other").make("c.svg", [3]) }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: url.appending(path: "figures").path).sorted()
          == ["a.svg", "b.svg"])
    }
  }
}
