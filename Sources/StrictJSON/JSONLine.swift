/// A line of a JSON Lines text that is not blank.
public struct JSONLine: Sendable {
  /// Its number in the text, from 1.
  public let number: Int
  private let bytes: ArraySlice<UInt8>
  /// Why the whole text is no JSON, where its encoding says so.
  private let problem: String?

  /// The lines of a text. A byte order mark before the first is skipped: editors write it, and it says nothing.
  public static func lines(of text: [UInt8]) -> [JSONLine] {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let hasMark = text.starts(with: mark)
    let problem = encodingProblem(of: text)
    let lines = text.dropFirst(hasMark ? mark.count : 0)
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return lines.enumerated().compactMap { index, bytes in
      bytes.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
        ? nil : JSONLine(number: index + 1, bytes: bytes, problem: problem)
    }
  }

  /// A reader of the line's object, whose errors name file and line.
  /// - Throws: ``JSONMemberError`` if the line is not a JSON object.
  public func reader(file: String) throws(JSONMemberError) -> JSONReader {
    if let problem { throw JSONMemberError(file: file, path: "", message: problem) }
    let place = "\(file): line \(number)"
    let value: JSONValue
    do { value = try JSONValue.parse(Array(bytes)) } catch {
      throw JSONMemberError(
        file: place, path: "", message: "not valid JSON: column \(error.column): \(error.message)")
    }
    return try JSONReader(file: place, value: value)
  }
}
