extension Tokenizer {
  /// The texts of consecutive tokens; put together they are the tokens' text. A character that several tokens spell stands with
  /// the first of them, and the others have less or nothing.
  ///
  /// Bytes are read as UTF-8; those that are none, and ids without a token, give U+FFFD. A tokenizer in the way of
  /// SentencePiece has spaces where its tokens have `▁`.
  package func texts(of ids: [Int]) -> [String] {
    var bytes: [UInt8] = []
    var starts: [Int] = []
    for id in ids {
      starts.append(bytes.count)
      bytes += UInt32(exactly: id).flatMap(spelling) ?? Array("\u{FFFD}".utf8)
    }
    var texts = [String](repeating: "", count: ids.count)
    var (token, position) = (0, 0)
    for scalar in Self.scalars(bytes) {
      while token + 1 < starts.count, starts[token + 1] <= position { token += 1 }
      texts[token].unicodeScalars.append(scalar.value)
      position += scalar.length
    }
    return texts
  }

  /// The bytes of one token's text; nil for an id without a token.
  private func spelling(_ id: UInt32) -> [UInt8]? {
    if let byte = model.options.byteFallback?.firstIndex(of: id) { return [UInt8(byte)] }
    let added = addedTokens.content(of: id)
    guard let token = added ?? model.vocabulary.text(of: id) else { return nil }
    guard tokensAreBytes else { return token.unicodeScalars.flatMap { Array(($0 == "▁" ? " " : $0).utf8) } }
    return (added == nil ? ByteAlphabet.decode(token.unicodeScalars) : nil) ?? Array(token.utf8)
  }

  /// The characters of bytes that may be no UTF-8, each with the number of its bytes.
  private static func scalars(_ bytes: [UInt8]) -> [(value: Unicode.Scalar, length: Int)] {
    var scalars: [(value: Unicode.Scalar, length: Int)] = []
    var (decoder, input) = (Unicode.UTF8.ForwardParser(), bytes.makeIterator())
    while true {
      switch decoder.parseScalar(from: &input) {
      case .valid(let encoded): scalars.append((Unicode.UTF8.decode(encoded), encoded.count))
      case .error(let length): scalars.append(("\u{FFFD}", length))
      case .emptyInput: return scalars
      }
    }
  }
}
