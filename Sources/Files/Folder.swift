import Foundation

/// A folder that is open: its files are found from the folder itself and not by a path that is put together, so that no
/// name leads out of it.
///
/// Symbolic links in it are followed, since model caches are made of them. Whoever put them there had the folder to write in.
package final class Folder: Sendable {
  /// Its path, for messages, as it was given.
  package let path: String
  let descriptor: Int32

  /// Opens a folder.
  /// - Throws: ``FileError``, also where it is a file.
  package init(_ url: URL) throws(FileError) {
    descriptor = Foundation.open(url.path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard descriptor >= 0 else { throw .system() }
    path = url.relativePath
  }

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Whether a text is the name of something in a folder, byte by byte: not a path, not the folder itself or its parent.
  package static func isName(_ text: String) -> Bool {
    ![".", "..", ""].contains { $0.utf8.elementsEqual(text.utf8) }
      && !text.utf8.contains { [0, UInt8(ascii: "/"), UInt8(ascii: "\\")].contains($0) }
  }

  /// Whether something of that name is there.
  package func holds(_ name: String) -> Bool {
    var status = stat()
    return Self.isName(name) && fstatat(descriptor, name, &status, 0) == 0
  }

  /// Opens a file of the folder.
  /// - Throws: ``FileError``, also for a text that is no name.
  package func open(_ name: String) throws(FileError) -> OpenFile {
    guard Self.isName(name) else { throw FileError("it is a path, and nothing outside the folder is opened") }
    return try OpenFile(
      path: "\(path)/\(name)", descriptor: openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
  }
}
