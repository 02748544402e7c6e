import Expectations
import Files
import Foundation

/// The texts that commands read and write.
enum CommandFiles {
  /// Reads a UTF-8 text of at most ``ExpectationFile/maximumSize`` bytes.
  /// - Throws: ``CommandFileError``, ``ExpectationsError`` with line and column for bytes that are no UTF-8.
  static func text(at path: String) throws -> String {
    let bytes = try bytes(at: path, limit: ExpectationFile.maximumSize)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let (line, column) = firstInvalid(in: bytes)
    throw ExpectationsError.malformed(
      file: path, line: line, column: column, message: "not UTF-8; save the file as UTF-8")
  }

  /// Writes a text under a temporary name in the same folder, then renames it; a device or a pipe is written as it is.
  /// - Parameters:
  ///   - inputs: Files that the text came from, which are not to be lost.
  ///   - isNamed: Whether the user named the file. One that a folder of somebody else's holds may be a link, which is not followed.
  /// - Throws: ``CommandFileError``.
  static func write(
    _ text: String, to path: String, replacing: Bool, sparing inputs: [String], isNamed: Bool = true
  ) throws(CommandFileError) {
    let plain = URL(filePath: path)
    if !isNamed, (try? FileManager.default.destinationOfSymbolicLink(atPath: plain.path)) != nil {
      do { try FileManager.default.removeItem(at: plain) } catch { throw .unwritable(path, reason: error.fileReason) }
    }
    let file = plain.resolvingSymlinksInPath()
    if !replacing, FileManager.default.fileExists(atPath: file.path) { throw .exists(path) }
    if let input = inputs.first(where: { URL(filePath: $0).resolvingSymlinksInPath().path == file.path }) {
      throw .unwritable(path, reason: "it is the input \(input); name another file")
    }
    guard isFolder(file.deletingLastPathComponent().path) else {
      throw .unwritable(path, reason: "its folder does not exist")
    }
    let type = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.type] as? FileAttributeType
    if let type, type != .typeRegular { return try put(text, path, mode: "w") }
    do { try Data(text.utf8).write(to: file, options: .atomic) } catch {
      throw .unwritable(path, reason: error.fileReason)
    }
  }

  /// Adds a text to the end of a file, which need not exist.
  /// - Throws: ``CommandFileError``.
  static func append(_ text: String, to path: String) throws(CommandFileError) { try put(text, path, mode: "a") }

  private static func put(_ text: String, _ path: String, mode: String) throws(CommandFileError) {
    guard let file = fopen(path, mode) else { throw .unwritable(path, reason: systemReason) }
    let isWritten = fputs(text, file) >= 0
    guard fclose(file) == 0, isWritten else { throw .unwritable(path, reason: systemReason) }
  }

  private static var systemReason: String { String(cString: strerror(errno)) }

  static func bytes(at path: String, limit: Int = .max) throws(CommandFileError) -> [UInt8] {
    do { return try readFile(URL(filePath: path), limit: limit) } catch {
      throw .unreadable(path, reason: error.isMissing ? "there is no such file" : error.reason)
    }
  }

  /// What messages call standard input.
  static let standardInputName = "stdin"

  /// Whether a path stands for standard input.
  static func isStandardInput(_ path: String) -> Bool { path == "-" }

  /// Everything on standard input, which is read once however often it is asked for.
  /// - Throws: ``CommandFileError``.
  static func standardInput() throws(CommandFileError) -> [UInt8] { try standardInputBytes.get() }

  private static let standardInputBytes = Result { () throws(CommandFileError) -> [UInt8] in
    do { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) } catch {
      throw .unreadable(standardInputName, reason: error.fileReason)
    }
  }

  static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: URL(filePath: path).path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }

  private static func firstInvalid(in bytes: [UInt8]) -> (line: Int, column: Int) {
    var (line, column) = (1, 1)
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
    }
    return (line, column)
  }
}

/// A file that cannot be read or written, or is not what a command needs.
enum CommandFileError: Error, CustomStringConvertible {
  case unreadable(String, reason: String)
  case unwritable(String, reason: String)
  case exists(String)
  case twice(String, String, kind: String)
  case noBaseline(String)

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
    case .twice(let first, let second, let kind):
      "\(first) and \(second) are both \(kind). Give one analysis, one ablation, or one of each."
    case .noBaseline(let path):
      "\(path) is no analysis. --baseline compares two analyses of one pair; give an analysis.json and one before it."
    case .exists(let path): "\(path) exists already and is not replaced. Remove it or name another file."
    }
  }
}
