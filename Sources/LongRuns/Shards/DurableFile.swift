import Files
import Foundation

/// Files that are there whole or not at all, whatever becomes of the process or the machine.
enum DurableFile {
  /// Writes a file under a temporary name beside it, made new, waits until it is on the disk, and gives it its name.
  /// - Throws: ``ShardError/unwritable(_:reason:)``; nothing of the file is left then.
  static func write(_ bytes: [UInt8], to file: URL) throws(ShardError) {
    do { try Folder(file.deletingLastPathComponent()).replace(file.lastPathComponent, bytes) } catch {
      throw .unwritable(file.relativePath, reason: error.reason)
    }
  }

  /// Waits until the names in a folder are on the disk. Not every file system can, and those need not.
  static func synchronizeFolder(_ folder: URL) {
    let descriptor = open(folder.path, O_RDONLY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
