extension Tokenizer {
  /// The token ids of a text, and where the last occurrence of a part of it begins.
  ///
  /// A part of a text rarely has the tokens it has alone: `Review:` behind a space may begin with `ĠReview`, and a
  /// SentencePiece tokenizer puts `▁` before it. So it is looked for in the text. What the tokens of the text before it spell
  /// is also how the tokens of the whole text begin; the part begins with the token that goes on from there.
  /// - Parameters:
  ///   - text: The text; special tokens are added as ``encode(_:addsSpecialTokens:)`` does.
  ///   - part: What to look for, compared byte by byte; nil to look for nothing.
  /// - Returns: The ids, and the index of the token that holds the part's first character, or nil if the text does not hold
  ///   the part or the tokenizer drops it.
  package func encode(_ text: String, separator part: String?) -> (tokens: [Int], separator: Int?) {
    let plain = encode(text, addsSpecialTokens: false)
    let tokens = postProcessor.process(plain, addsSpecialTokens: true)
    guard let part, let before = Self.text(beforeLast: part, in: text) else { return (tokens, nil) }
    let spelled = spelling(of: encode(before, addsSpecialTokens: false))
    let whole = spelling(of: plain)
    let known = zip(spelled.bytes, whole.bytes).prefix { $0 == $1 }.count
    let index = whole.ends.firstIndex { $0 > known }
    return (tokens, index.map { postProcessor.leadingTokens + $0 })
  }

  private static func text(beforeLast part: String, in text: String) -> String? {
    let (bytes, wanted) = (Array(text.utf8), Array(part.utf8))
    guard !wanted.isEmpty, bytes.count >= wanted.count else { return nil }
    let start = (0...bytes.count - wanted.count).last { bytes[$0...].starts(with: wanted) }
    return start.map { String(decoding: bytes[..<$0], as: UTF8.self) }
  }

  /// What tokens spell one after the other, and where each ends.
  private func spelling(of ids: [Int]) -> (bytes: [UInt8], ends: [Int]) {
    var bytes: [UInt8] = []
    let ends = tokens(of: ids).map { token in
      bytes += token.utf8
      return bytes.count
    }
    return (bytes, ends)
  }
}
