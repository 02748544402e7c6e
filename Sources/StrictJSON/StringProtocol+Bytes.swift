/// Searching and cutting texts of files by their bytes. `hasPrefix`, `hasSuffix`, `split` and `contains` go by Characters,
/// for which a dot or a slash before a combining accent is neither a dot nor a slash, whatever a library in another
/// language or the file system takes it for.
extension StringProtocol {
  /// Whether both have the same bytes.
  public func isSpelled(_ other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

  /// Whether the text begins with the bytes of another.
  public func begins(with start: some StringProtocol) -> Bool { utf8.starts(with: start.utf8) }

  /// Whether the text ends with the bytes of another.
  public func ends(with end: some StringProtocol) -> Bool { utf8.reversed().starts(with: end.utf8.reversed()) }

  /// What follows a text with which this one begins, nil where it begins otherwise.
  public func rest(after start: some StringProtocol) -> String? {
    begins(with: start) ? String(decoding: utf8.dropFirst(start.utf8.count), as: UTF8.self) : nil
  }

  /// What stands before a text with which this one ends, nil where it ends otherwise.
  public func rest(before end: some StringProtocol) -> String? {
    ends(with: end) ? String(decoding: utf8.dropLast(end.utf8.count), as: UTF8.self) : nil
  }

  /// The text without each occurrence of another.
  public func removing(_ other: String) -> String {
    var (rest, kept) = (Array(utf8)[...], [UInt8]())
    while let first = rest.first {
      if !other.isEmpty, rest.starts(with: other.utf8) {
        rest = rest.dropFirst(other.utf8.count)
      } else {
        kept.append(first)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// The components between dots, as of "model.layers.0"; two dots in a row have an empty one between them.
  public var components: [String] {
    utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}

extension Sequence where Element: StringProtocol {
  /// Whether one of the texts has the bytes of another.
  public func holds(_ text: some StringProtocol) -> Bool { contains { $0.isSpelled(text) } }
}
