import Foundation

@testable import Safetensors

/// A file of a header and data, written byte by byte.
struct SampleFile {
  var header: String
  var data: [UInt8]
  /// What the first eight bytes say; the header's real length unless stated.
  var declaredLength: UInt64?

  init(_ header: String, data: [UInt8] = [], declaredLength: UInt64? = nil) {
    self.header = header
    self.data = data
    self.declaredLength = declaredLength
  }

  var bytes: [UInt8] {
    let length = declaredLength ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + data
  }

  func open() throws -> SafetensorsFile { try Self.open(bytes) }

  /// Writes bytes to a file of their own and opens it. The mapping outlives the file's name.
  static func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
    var template = Array("\(FileManager.default.temporaryDirectory.path)/leibniz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let folder = URL(fileURLWithPath: path)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = URL(fileURLWithPath: "m.safetensors", relativeTo: folder)
    try Data(bytes).write(to: url)
    return try SafetensorsFile(url)
  }
}

extension FixedWidthInteger {
  /// The bytes as a file holds them.
  var littleEndianBytes: [UInt8] { (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) } }
}
