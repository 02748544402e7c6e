import Foundation

/// A file mapped into memory for reading.
///
/// Pages are read when they are first touched and can be dropped again, so a mapped checkpoint costs little memory of
/// its own. A file that another process shortens after it was opened makes the system end this one; nothing here can
/// prevent that.
final class MappedFile: @unchecked Sendable {
  /// The bytes.
  let bytes: UnsafeRawBufferPointer

  /// Maps a regular file.
  /// - Throws: ``SafetensorsError/unreadable(file:reason:)``.
  init(_ url: URL) throws(SafetensorsError) {
    let name = url.relativePath
    func failure(_ reason: String) -> SafetensorsError { .unreadable(file: name, reason: reason) }
    // Without O_NONBLOCK a named pipe would be waited for.
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw failure("it is not a regular file") }
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw failure("it cannot be mapped: \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
    // A file that was shortened between the two calls would fault on its last pages.
    guard fstat(descriptor, &status) == 0, Int(status.st_size) == size else {
      munmap(start, size)
      throw failure("its size changed while it was opened")
    }
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}
