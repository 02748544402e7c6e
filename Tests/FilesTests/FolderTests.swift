import Files
import Foundation
import Testing

/// Files are found from their open folder, and none outside it.
final class FolderTests {
  private let parent: URL
  private let url: URL

  init() throws {
    parent = FileManager.default.temporaryDirectory.appending(path: "leibniz-\(UUID().uuidString)")
    url = parent.appending(path: "folder")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try Data("inside".utf8).write(to: url.appending(path: "a"))
    try Data("outside".utf8).write(to: parent.appending(path: "b"))
    // Named so that "../" before it is no slash to a reader of Characters.
    #expect(FileManager.default.createFile(atPath: parent.path + "/\u{301}c", contents: Data("outside".utf8)))
  }

  deinit { try? FileManager.default.removeItem(at: parent) }

  private func reason(_ body: () throws(FileError) -> Void) -> String? {
    do throws(FileError) { try body() } catch { return error.reason }
    return nil
  }

  @Test func `Files of the folder are read`() throws {
    let folder = try Folder(url)
    #expect(try folder.open("a").bytes() == Array("inside".utf8))
    #expect(folder.holds("a") && !folder.holds("b"))
    #expect(try folder.open("a").path == url.relativePath + "/a")
  }

  @Test(arguments: ["../b", "../\u{301}c", "..", ".", "", "x/../../b", "a\u{0}", "..\\b", "/etc/passwd"])
  func `No name leads out`(name: String) throws {
    let folder = try Folder(url)
    #expect(!folder.holds(name))
    #expect(
      reason { () throws(FileError) in _ = try folder.open(name) }?.contains("nothing outside the folder") == true)
  }

  @Test func `A folder that was moved is still the one that was opened`() throws {
    let folder = try Folder(url)
    try FileManager.default.moveItem(at: url, to: parent.appending(path: "moved"))
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    #expect(try folder.open("a").bytes() == Array("inside".utf8))
  }

  @Test func `Links inside, as model caches have them, are followed`() throws {
    try FileManager.default.createSymbolicLink(atPath: url.path + "/link", withDestinationPath: "../b")
    #expect(try Folder(url).open("link").bytes() == Array("outside".utf8))
  }

  @Test func `What is no regular file, missing, too large or locked says so`() throws {
    let folder = try Folder(url)
    #expect(mkfifo(url.path + "/pipe", 0o600) == 0)
    #expect(reason { () throws(FileError) in _ = try folder.open("pipe") } == "it is not a regular file")
    #expect(reason { () throws(FileError) in _ = try folder.open("gone") } == "No such file or directory")
    #expect(
      reason { () throws(FileError) in _ = try folder.open("a").bytes(limit: 5) }
        == "it has 6 bytes, at most 5 are read")
    #expect(reason { () throws(FileError) in _ = try Folder(url.appending(path: "a")) } == "Not a directory")
    #expect(reason { () throws(FileError) in _ = try readFile(url) } == "it is not a regular file")
    let file = try folder.open("a")
    try Data("in".utf8).write(to: url.appending(path: "a"))
    #expect(!file.hasItsSize)
    #expect(reason { () throws(FileError) in _ = try file.bytes() } == "its size changed while it was read")
  }

  @Test func `Foundation's errors become the system's words`() throws {
    let gone = url.appending(path: "gone/x")
    let errors: [any Error] = [
      #expect(throws: (any Error).self) { try Data(contentsOf: gone) },
      #expect(throws: (any Error).self) { try Data().write(to: gone) },
      #expect(throws: (any Error).self) { try FileManager.default.removeItem(at: gone) },
      #expect(throws: (any Error).self) { try FileManager.default.contentsOfDirectory(atPath: gone.path) },
    ].compactMap(\.self)
    #expect(errors.count == 4)
    for error in errors { #expect(error.fileReason == "No such file or directory") }
    #expect(POSIXError(.ENOSPC).fileReason == "No space left on device")
    #expect(!CocoaError(.coderInvalidValue).fileReason.contains("could"))
  }
}
