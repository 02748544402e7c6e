import RegularExpressions
import StrictJSON

/// A token that is found in the text itself, before the model sees it.
struct AddedToken: Sendable {
  var id: UInt32
  /// As a file states it.
  var entry: AddedTokenEntry
  /// As it is looked for: normalized, if the entry says so.
  var pattern: [Unicode.Scalar]

  init(_ entry: AddedTokenEntry, id: UInt32, normalizer: Normalizer?) {
    self.entry = entry
    self.id = id
    var text = Normalizer.Text(scalars: Array(entry.content.text.unicodeScalars), leading: 0)
    if entry.isNormalized { normalizer?.normalize(&text) }
    pattern = text.scalars
  }
}

/// The tokens that are found in texts. The library gives the ids itself: a token of the model keeps its id, another gets the
/// next one; what a file says is not asked.
struct AddedTokens: Sendable {
  private var tokens: [UInt32: AddedToken] = [:]
  private var ids: [Name: UInt32] = [:]
  /// Once special, always special.
  private var specials: Set<Name> = []
  private var raw = TokenTrie()
  private var normalized = TokenTrie()
  private let normalizer: Normalizer?
  /// Whether special tokens are ordinary text.
  private var splitsSpecials = false

  /// The tokens of tokenizer.json.
  /// - Parameter file: Its name, for messages.
  init(
    _ entries: [AddedTokenEntry], vocabulary: Vocabulary, normalizer: Normalizer?, file: String
  ) throws(JSONMemberError) {
    self.normalizer = normalizer
    try add(entries, vocabulary: vocabulary, file: file, place: "added_tokens")
  }

  /// Adds tokens; one that is there already is looked for as the later entry says.
  /// - Returns: The ids that they get.
  @discardableResult
  mutating func add(
    _ entries: [AddedTokenEntry], vocabulary: Vocabulary, file: String, place: String
  ) throws(JSONMemberError) -> [UInt32] {
    // As in the library the next id is what it is before the first of them.
    var nextID = max(tokens.keys.max().map { Int($0) + 1 } ?? 0, vocabulary.count)
    var given: [UInt32] = []
    for entry in entries where !entry.content.text.isEmpty {
      let known = ids[entry.content] ?? vocabulary.id(ofBytes: Array(entry.content.text.utf8))
      guard let id = known ?? UInt32(exactly: nextID) else {
        throw JSONMemberError(file: file, path: place, message: "there is no id left for \(entry.content)")
      }
      let token = AddedToken(entry, id: id, normalizer: normalizer)
      if known == nil { nextID += 1 }
      ids[entry.content] = token.id
      tokens[token.id] = token
      if entry.isSpecial { specials.insert(entry.content) }
      given.append(token.id)
    }
    (raw, normalized) = (TokenTrie(), TokenTrie())
    for token in tokens.values.sorted(by: { $0.id < $1.id }) {
      let fits =
        token.entry.isNormalized ? normalized.insert(token.pattern, token.id) : raw.insert(token.pattern, token.id)
      guard fits else {
        throw JSONMemberError(
          file: file, path: place,
          message:
            "\(token.entry.content.text.prefix(40)) is, once normalized, empty, the same as another one or longer "
            + "than \(TokenTrie.longest) characters")
      }
    }
    return given
  }

  /// Takes special tokens in texts for ordinary text from here on.
  mutating func splitSpecials() { splitsSpecials = true }

  /// All entries.
  var entries: [AddedTokenEntry] { tokens.values.map(\.entry) }

  /// The token as it is looked for.
  func text(of id: UInt32) -> String? { tokens[id].map { String(String.UnicodeScalarView($0.pattern)) } }

  /// The token as the user writes it.
  func content(of id: UInt32) -> String? { tokens[id]?.entry.content.text }

  func id(of token: String) -> UInt32? { ids[Name(token)] }

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
      guard let entry = tokens[id]?.entry, !splitsSpecials || !specials.contains(entry.content),
        !entry.isSingleWord || Self.isSingleWord(match, in: text)
      else { continue }
      var (lower, upper) = (match.lowerBound, match.upperBound)
      if entry.stripsLeft {
        while lower > end, text[lower - 1].isWhitespace { lower -= 1 }
        lower = max(lower, end)
      }
      if entry.stripsRight {
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
