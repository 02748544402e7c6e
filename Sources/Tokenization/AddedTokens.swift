import RegularExpressions
import StrictJSON

/// A token that is found in the text itself, before the model sees it.
struct AddedToken: Sendable {
  var id: UInt32
  /// As the user writes it.
  var content: String
  /// As it is looked for: normalized, if `isNormalized`.
  var pattern: [Unicode.Scalar]
  /// Only matches that are not part of a longer word count.
  var isSingleWord: Bool
  /// Takes the white space before it in.
  var stripsLeft: Bool
  /// Takes the white space after it in.
  var stripsRight: Bool
  /// Is looked for in the normalized text, in its own normalized form.
  var isNormalized: Bool
}

extension AddedToken {
  init(
    _ reader: JSONReader, id: UInt32, content: String, normalizer: Normalizer?
  ) throws(JSONMemberError) {
    self.id = id
    self.content = content
    isSingleWord = try reader.boolean("single_word")
    stripsLeft = try reader.boolean("lstrip")
    stripsRight = try reader.boolean("rstrip")
    isNormalized = try reader.boolean("normalized")
    var text = Normalizer.Text(scalars: Array(content.unicodeScalars), leading: 0)
    if isNormalized { normalizer?.normalize(&text) }
    pattern = text.scalars
  }
}

/// The member `added_tokens`. The library gives the ids itself: a token of the model keeps its id, another gets the
/// next one after the vocabulary; what the file says is not asked.
struct AddedTokens: Sendable {
  private var tokens: [UInt32: AddedToken] = [:]
  private var ids: [[UInt8]: UInt32] = [:]
  private var raw = TokenTrie()
  private var normalized = TokenTrie()

  init(_ readers: [JSONReader], vocabulary: Vocabulary, normalizer: Normalizer?) throws(JSONMemberError) {
    var nextID = UInt32(clamping: vocabulary.count)
    for reader in readers {
      _ = try reader.integer("id", in: 0...Int(UInt32.max))
      _ = try reader.boolean("special")
      let content = try reader.string("content")
      guard !content.isEmpty else { continue }
      let bytes = Array(content.utf8)
      let known = ids[bytes] ?? vocabulary.id(ofBytes: bytes)
      let token = try AddedToken(reader, id: known ?? nextID, content: content, normalizer: normalizer)
      if known == nil { nextID += 1 }
      ids[bytes] = token.id
      tokens[token.id] = token
    }
    for token in tokens.values.sorted(by: { $0.id < $1.id }) {
      let fits =
        token.isNormalized ? normalized.insert(token.pattern, token.id) : raw.insert(token.pattern, token.id)
      if !fits, let reader = readers.first {
        throw JSONMemberError(
          file: reader.file, path: "added_tokens",
          message: "\(token.content.prefix(40)) is, once normalized, empty, the same as another one or longer than "
            + "\(TokenTrie.longest) characters")
      }
    }
  }

  /// The token as it is looked for.
  func text(of id: UInt32) -> String? { tokens[id].map { String(String.UnicodeScalarView($0.pattern)) } }

  /// The token as the user writes it.
  func content(of id: UInt32) -> String? { tokens[id]?.content }

  func id(of token: String) -> UInt32? { ids[Array(token.utf8)] }

  /// A part of a text: an added token, or what lies between.
  struct Part {
    var range: Range<Int>
    var id: UInt32?
  }

  /// Cuts a text at the tokens that are looked for in it as it is, or once it is normalized.
  ///
  /// As in the library a token that takes white space in does so over other tokens of white space, which then follow
  /// once more.
  func split(_ text: [Unicode.Scalar], normalized isNormalized: Bool) -> [Part] {
    let trie = isNormalized ? normalized : raw
    var parts: [Part] = []
    var end = 0
    var spaces = 0..<0
    for (match, id) in trie.matches(in: text) {
      guard let token = tokens[id], !token.isSingleWord || Self.isSingleWord(match, in: text) else {
        continue
      }
      var (lower, upper) = (match.lowerBound, match.upperBound)
      if token.stripsLeft {
        while lower > end, text[lower - 1].isWhitespace { lower -= 1 }
        lower = max(lower, end)
      }
      if token.stripsRight {
        if !spaces.contains(upper) {
          spaces = upper..<(text[upper...].firstIndex { !$0.isWhitespace } ?? text.count)
        }
        upper = spaces.upperBound
      }
      guard lower < upper else { continue }
      if end < lower { parts.append(Part(range: end..<lower, id: nil)) }
      parts.append(Part(range: lower..<upper, id: id))
      end = upper
    }
    if end < text.count { parts.append(Part(range: end..<text.count, id: nil)) }
    return parts
  }

  private static func isSingleWord(_ match: Range<Int>, in text: [Unicode.Scalar]) -> Bool {
    (match.lowerBound == 0 || !text[match.lowerBound - 1].isWord)
      && (match.upperBound == text.count || !text[match.upperBound].isWord)
  }
}
