/// The tokens of a model by their bytes: `String` would take canonically equivalent tokens for equal.
struct Vocabulary: Sendable {
  private struct Key: Hashable, Sendable { var bytes: [UInt8] }

  private var ids: [Key: UInt32] = [:]
  private var singles: [Unicode.Scalar: UInt32] = [:]
  private var texts: [UInt32: String] = [:]

  /// The number of tokens.
  var count: Int { ids.count }

  /// Adds a token.
  /// - Returns: False, adding nothing, when the id or the token is taken.
  mutating func insert(_ token: String, id: UInt32) -> Bool {
    let key = Key(bytes: Array(token.utf8))
    guard texts[id] == nil, ids[key] == nil else { return false }
    ids[key] = id
    texts[id] = token
    let scalars = token.unicodeScalars
    if scalars.count == 1, let scalar = scalars.first { singles[scalar] = id }
    return true
  }

  func text(of id: UInt32) -> String? { texts[id] }

  func id(of token: String) -> UInt32? { id(ofBytes: Array(token.utf8)) }

  func id(ofBytes bytes: [UInt8]) -> UInt32? { ids[Key(bytes: bytes)] }

  func id(of scalar: Unicode.Scalar) -> UInt32? { singles[scalar] }

  func id(of word: ArraySlice<Unicode.Scalar>) -> UInt32? {
    var bytes: [UInt8] = []
    for scalar in word { bytes += scalar.utf8 }
    return id(ofBytes: bytes)
  }
}
