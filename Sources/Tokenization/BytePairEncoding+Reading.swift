import StrictJSON

extension BytePairEncoding {
  /// Reads the member `model`. Merges may be spelt `"a b"` or `["a", "b"]`.
  /// - Parameter wordsAreBytes: Whether words reach the model as characters that stand for bytes.
  init(_ reader: JSONReader, wordsAreBytes: Bool) throws(JSONMemberError) {
    if let type = try reader.optionalString("type"), type != "BPE" {
      throw reader.error("type", "\(type) is not supported; BPE is")
    }
    if let dropout = try reader.optionalNumber("dropout"), dropout != 0 {
      throw reader.error("dropout", "\(dropout) makes tokens random; set it to null")
    }
    let vocabulary = try Self.vocabulary(reader)
    let options = try Self.options(reader, vocabulary, wordsAreBytes: wordsAreBytes)
    let merges = try Self.merges(reader, vocabulary, prefix: options.continuingPrefix)
    self.init(vocabulary: vocabulary, merges: merges, options: options)
  }

  private static func vocabulary(_ reader: JSONReader) throws(JSONMemberError) -> Vocabulary {
    guard let object = try reader.optionalObject("vocab") else { throw reader.error("vocab", "missing") }
    var vocabulary = Vocabulary()
    for (token, value) in object.object.members {
      guard case .integer(let number) = value, let id = UInt32(exactly: number) else {
        throw object.error(token, "an id from 0 to \(UInt32.max) is expected, \(value.kind) was found")
      }
      guard vocabulary.insert(token, id: id) else {
        throw object.error(token, "the id \(id) is given to \(vocabulary.text(of: id) ?? token) too")
      }
    }
    return vocabulary
  }

  private static func options(
    _ reader: JSONReader, _ vocabulary: Vocabulary, wordsAreBytes: Bool
  ) throws(JSONMemberError) -> Options {
    var options = Options()
    options.fusesUnknown = try reader.optionalBoolean("fuse_unk") ?? false
    options.ignoresMerges = try reader.optionalBoolean("ignore_merges") ?? false
    options.continuingPrefix = Array((try reader.optionalString("continuing_subword_prefix") ?? "").utf8)
    options.wordSuffix = Array((try reader.optionalString("end_of_word_suffix") ?? "").utf8)
    if try reader.optionalBoolean("byte_fallback") ?? false {
      options.byteFallback = (0...255).map { (byte: UInt8) in
        let digits = String(byte, radix: 16, uppercase: true)
        return vocabulary.id(of: "<0x\(byte < 16 ? "0" : "")\(digits)>")
      }
    }
    if let unknown = try reader.optionalString("unk_token") {
      options.unknown = vocabulary.id(of: unknown)
      let alphabetIsComplete = ByteAlphabet.characters.allSatisfy { vocabulary.id(of: $0) != nil }
      let fallbackIsComplete = options.byteFallback?.allSatisfy { $0 != nil } ?? false
      if options.unknown == nil && !fallbackIsComplete && !(wordsAreBytes && alphabetIsComplete) {
        throw reader.error(
          "unk_token", "\(unknown) is not in the vocabulary; add it or set unk_token to null")
      }
    }
    return options
  }

  private static func merges(
    _ reader: JSONReader, _ vocabulary: Vocabulary, prefix: [UInt8]
  ) throws(JSONMemberError) -> [UInt64: Merge] {
    guard let elements = try reader.optionalArray("merges") else { throw reader.error("merges", "missing") }
    var merges: [UInt64: Merge] = [:]
    merges.reserveCapacity(elements.count)
    var rank: UInt32 = 0
    for (index, element) in elements.enumerated() {
      let name = "merges[\(index)]"
      guard let (left, right) = try pair(element, reader, name) else { continue }
      guard right.count >= prefix.count else {
        throw reader.error(name, "its second token is shorter than continuing_subword_prefix")
      }
      guard let leftID = vocabulary.id(ofBytes: left), let rightID = vocabulary.id(ofBytes: right),
        let result = vocabulary.id(ofBytes: left + right.dropFirst(prefix.count))
      else {
        throw reader.error(name, "one of its tokens, or what it makes of them, is not in the vocabulary")
      }
      merges[key(leftID, rightID)] = Merge(rank: rank, result: result)
      rank += 1
    }
    return merges
  }

  /// The two sides of a rule, or nil for a line that states the version.
  private static func pair(
    _ element: JSONValue, _ reader: JSONReader, _ name: String
  ) throws(JSONMemberError) -> ([UInt8], [UInt8])? {
    switch element {
    case .string(let text) where text.utf8.starts(with: "#version".utf8): return nil
    case .string(let text):
      let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw reader.error(name, "two tokens with one space between are expected")
      }
      return (Array(parts[0]), Array(parts[1]))
    case .array(let parts):
      guard parts.count == 2, case .string(let left) = parts[0], case .string(let right) = parts[1] else {
        throw reader.error(name, "two strings are expected")
      }
      return (Array(left.utf8), Array(right.utf8))
    default: throw reader.error(name, "a string or a pair of strings is expected, \(element.kind) was found")
    }
  }
}
