import Foundation

/// A regular file that is open for reading; it closes itself.
package final class OpenFile: Sendable {
  /// Its path, for messages, as it was given.
  package let path: String
  /// Its size in bytes when it was opened.
  package let size: Int
  /// The system's number of the open file.
  package let descriptor: Int32

  /// Opens a file by its path.
  /// - Throws: ``FileError``, also for a pipe, a device or a folder, none of which is waited for.
  package convenience init(_ url: URL) throws(FileError) {
    // Without O_NONBLOCK a named pipe would be waited for.
    try self.init(path: url.relativePath, descriptor: open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
  }

  init(path: String, descriptor: Int32) throws(FileError) {
    guard descriptor >= 0 else { throw .system() }
    do throws(FileError) { size = try Self.size(descriptor) } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func size(_ descriptor: Int32) throws(FileError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError("it is not a regular file") }
    return Int(status.st_size)
  }

  /// Whether the file is still as large as it was when it was opened.
  package var hasItsSize: Bool { (try? Self.size(descriptor)) == size }

  /// All bytes of the file.
  /// - Parameter limit: The most that is read.
  /// - Throws: ``FileError``, also for a file that is larger or is cut short meanwhile.
  package func bytes(limit: Int = .max) throws(FileError) -> [UInt8] {
    guard size <= limit else { throw FileError("it has \(size) bytes, at most \(limit) are read") }
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size, let start = buffer.baseAddress {
        let got = pread(descriptor, start + count, size - count, off_t(count))
        if got < 0, errno == EINTR { continue }
        if got <= 0 {
          failure = got < 0 ? .system() : FileError("its size changed while it was read")
          return
        }
        count += got
      }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// The bytes of a regular file.
/// - Throws: ``FileError``.
package func readFile(_ url: URL, limit: Int = .max) throws(FileError) -> [UInt8] {
  try OpenFile(url).bytes(limit: limit)
}
