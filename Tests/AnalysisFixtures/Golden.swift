import Foundation

/// A committed text that an output is held against.
public struct Golden {
  /// The file.
  public var file: URL

  /// The golden of that name in the folder Goldens beside the calling test.
  public init(_ name: String, besides test: String = #filePath) {
    file = URL(filePath: test).deletingLastPathComponent().appending(path: "Goldens").appending(path: name)
  }

  /// Where the text first differs from the golden, nil where it does not. A missing golden is written and counts as
  /// a difference.
  public func difference(from text: String) throws -> String? {
    guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
      return "\(file.lastPathComponent) was missing and has been written: read it, then commit it"
    }
    let (left, right) = (
      expected.split(separator: "\n", omittingEmptySubsequences: false),
      text.split(separator: "\n", omittingEmptySubsequences: false)
    )
    for index in 0..<max(left.count, right.count) {
      let (golden, found) = (
        left.indices.contains(index) ? left[index] : "(end)",
        right.indices.contains(index) ? right[index] : "(end)"
      )
      if golden != found {
        return "\(file.lastPathComponent):\(index + 1): golden “\(golden)”, found “\(found)”"
      }
    }
    return nil
  }
}
