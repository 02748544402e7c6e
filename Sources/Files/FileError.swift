import Foundation

/// Why a file or folder cannot be opened or read, in the system's words.
package struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong: "Permission denied", "it is not a regular file".
  package var reason: String
  /// The system's number of the error, 0 where it is not the system's.
  private var number: Int32 = 0
  /// Whether nothing of that name is there.
  package var isMissing: Bool { number == ENOENT }
  /// Whether a folder was expected and it is something else, or lies in something else.
  package var isFile: Bool { number == ENOTDIR }

  init(_ reason: String) { self.reason = reason }

  /// The last system call's failure.
  static func system(_ number: Int32 = errno) -> FileError {
    var error = FileError(String(cString: strerror(number)))
    error.number = number
    return error
  }

  /// The reason.
  package var description: String { reason }
}

extension Error {
  /// What the file system said, without the sentence that Foundation puts before it.
  package var fileReason: String {
    if let error = self as? FileError { return error.reason }
    var error = self as NSError
    // As an Error: what is no NSError itself cannot be cast to one.
    while let inner = error.userInfo[NSUnderlyingErrorKey] as? any Error { error = inner as NSError }
    if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
    guard error.domain == NSCocoaErrorDomain else { return "\(error.domain) \(error.code)" }
    switch CocoaError.Code(rawValue: error.code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: return String(cString: strerror(ENOENT))
    case .fileReadNoPermission, .fileWriteNoPermission: return String(cString: strerror(EACCES))
    case .fileWriteFileExists: return String(cString: strerror(EEXIST))
    case .fileWriteOutOfSpace: return String(cString: strerror(ENOSPC))
    case .fileWriteVolumeReadOnly: return String(cString: strerror(EROFS))
    default: return "Foundation's error \(error.code)"
    }
  }
}
