import Foundation

/// Files that are made new in an open folder: whatever has their name is neither followed nor written into.
extension Folder {
  /// Makes a folder, in one that exists, and opens it.
  /// - Throws: ``FileError``, also where something of that name is there.
  package convenience init(making url: URL) throws(FileError) {
    guard mkdir(url.path, 0o777) == 0 else { throw .system() }
    try self.init(url)
  }

  /// Opens a folder of this folder, which is made where it is not there yet; a link is not followed.
  /// - Throws: ``FileError``, also for a text that is no name.
  package func folder(_ name: String) throws(FileError) -> Folder {
    try checkName(name)
    guard mkdirat(descriptor, name, 0o777) == 0 || errno == EEXIST else { throw .system() }
    let own = openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW)
    guard own >= 0 else { throw .system() }
    return Folder(path: "\(path)/\(name)", descriptor: own)
  }

  /// Makes a file and writes it.
  /// - Throws: ``FileError``, also where something of that name is there; nothing is left of the file then.
  package func make(_ name: String, _ bytes: [UInt8], isDurable: Bool = false) throws(FileError) {
    try checkName(name)
    let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .system() }
    defer { close(file) }
    do throws(FileError) {
      try Self.write(bytes, to: file)
      guard !isDurable || fsync(file) == 0 else { throw .system() }
    } catch {
      unlinkat(descriptor, name, 0)
      throw error
    }
  }

  /// Writes a file under a temporary name, waits until it is on the disk, and gives it its name, whatever had it before. What an
  /// interrupted process left under the temporary name is removed; a link there goes, and not what it leads to.
  /// - Throws: ``FileError``; nothing of the file is left then.
  package func replace(_ name: String, _ bytes: [UInt8]) throws(FileError) {
    try checkName(name)
    let fresh = ".\(name).new"
    unlinkat(descriptor, fresh, 0)
    try make(fresh, bytes, isDurable: true)
    guard renameat(descriptor, fresh, descriptor, name) == 0 else {
      let error = FileError.system()
      unlinkat(descriptor, fresh, 0)
      throw error
    }
    // Not every file system can wait for names, and those need not.
    fsync(descriptor)
  }

  private func checkName(_ name: String) throws(FileError) {
    guard Self.isName(name) else { throw FileError("it is a path, and nothing outside the folder is written") }
  }

  private static func write(_ bytes: [UInt8], to file: Int32) throws(FileError) {
    let failure = bytes.withUnsafeBytes { bytes -> FileError? in
      var written = 0
      while written < bytes.count, let start = bytes.baseAddress {
        let count = Foundation.write(file, start + written, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return .system() }
        written += count
      }
      return nil
    }
    if let failure { throw failure }
  }
}
