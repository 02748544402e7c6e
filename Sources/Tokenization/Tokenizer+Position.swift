extension Tokenizer {
  /// The token with which the last occurrence of a text begins. O(bytes of both, multiplied).
  ///
  /// A text in a prompt is rarely the tokens it has alone: `Review:` behind a space may begin with `ĠReview`, and a
  /// SentencePiece tokenizer puts `▁` before it. So it is looked for in the text: the separator begins with the first token
  /// that the text before it does not have.
  /// - Parameters:
  ///   - part: What to look for, compared byte by byte.
  ///   - text: The text it stands in.
  ///   - tokens: The ids of `text`, those of the post-processor included.
  /// - Returns: Its index in `tokens`, or nil if the text does not hold it.
  public func position(ofLast part: String, in text: String, tokens: [Int]) -> Int? {
    let (bytes, wanted) = (Array(text.utf8), Array(part.utf8))
    guard !wanted.isEmpty, bytes.count >= wanted.count else { return nil }
    guard let start = (0...bytes.count - wanted.count).last(where: { bytes[$0...].starts(with: wanted) }) else {
      return nil
    }
    let plain = encode(text, addsSpecialTokens: false)
    let added = (0...max(0, tokens.count - plain.count)).first { tokens[$0...].starts(with: plain) } ?? 0
    let before = encode(String(decoding: bytes[..<start], as: UTF8.self), addsSpecialTokens: false)
    let index = added + zip(before, plain).prefix { $0 == $1 }.count
    return index < tokens.count ? index : nil
  }
}
