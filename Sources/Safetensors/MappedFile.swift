import Files
import Foundation

/// A file mapped into memory for reading.
///
/// Pages are read when they are first touched and can be dropped again, so a mapped checkpoint costs little memory of
/// its own. A file that another process shortens after it was opened makes the system end this one; nothing here can
/// prevent that.
final class MappedFile: @unchecked Sendable {
  /// The bytes.
  let bytes: UnsafeRawBufferPointer

  /// Maps a file.
  /// - Throws: ``SafetensorsError/unreadable(file:reason:)``.
  init(_ file: OpenFile) throws(SafetensorsError) {
    guard file.size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, file.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), start != MAP_FAILED else {
      throw .unreadable(file: file.path, reason: "it cannot be mapped: \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: file.size)
    // A file that was shortened between the two calls would fault on its last pages.
    guard file.hasItsSize else {
      munmap(start, file.size)
      throw .unreadable(file: file.path, reason: "its size changed while it was opened")
    }
  }

  /// Asks the system to read some bytes before they are touched.
  func prefetch(_ range: Range<Int>) {
    guard let start = bytes.baseAddress, !range.isEmpty else { return }
    let first = range.lowerBound & ~(Int(getpagesize()) - 1)
    madvise(UnsafeMutableRawPointer(mutating: start) + first, range.upperBound - first, MADV_WILLNEED)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}
