import StrictJSON

/// Turns text into token ids as the `tokenizers` library does from the same tokenizer.json.
///
/// Supported are BPE models: byte-level ones (GPT-2, Llama 3, Qwen, SmolLM2, DeepSeek) and those in the way of
/// SentencePiece with byte fallback (Llama 2, Mistral, Gemma). Everything else, and every component that would change
/// ids and is not supported, is refused by name.
package struct Tokenizer: Sendable {
  var addedTokens: AddedTokens
  /// The tokens of tokenizer.json by the ids that it states.
  let statedTokens: [Int: AddedTokenEntry]
  /// The token that tokenizer.json would fill prompts up with; nil where it would not.
  let paddingToken: String?
  private let normalizer: Normalizer?
  private let preTokenizer: PreTokenizer?
  let model: BytePairEncoding
  /// Whether texts are changed before they are cut.
  var hasNormalizer: Bool { normalizer != nil }
  /// Whether the model's tokens are characters that stand for bytes.
  let tokensAreBytes: Bool
  let postProcessor: PostProcessor
  /// The tokens that the files beside tokenizer.json add or change.
  package internal(set) var addedBeside: [Addition] = []
  /// Whether special tokens in texts are taken for ordinary text, as tokenizer_config.json can say.
  package internal(set) var splitsSpecialTokens = false
  /// What of the files is not done as they say, as in transformers; a clause each.
  package internal(set) var warnings: [String] = []

  /// A token that a file beside tokenizer.json adds or changes.
  package struct Addition: Sendable, Equatable {
    /// The token.
    package var token: String
    /// Its id.
    package var id: Int
    /// Whether tokenizer.json does not look for it at all.
    package var isNew: Bool
  }

  /// The instructions that a file's regular expressions may have together; the known ones have some hundred.
  private static let mostInstructions = 2000

  /// How many times as long steps that follow each other may make a text; the known files have 8 at most.
  private static let mostGrowth = 32.0

  /// Reads a tokenizer.json.
  /// - Parameters:
  ///   - tokenizerJSON: The file's bytes.
  ///   - file: The file's name, for messages.
  /// - Throws: ``TokenizationError`` naming the member that is malformed or not supported.
  package init(tokenizerJSON: [UInt8], file: String) throws(TokenizationError) {
    do { try self.init(JSONReader(file: file, bytes: tokenizerJSON)) } catch { throw .invalid(error) }
  }

  private init(_ reader: JSONReader) throws(JSONMemberError) {
    warnings = try Self.checkSettings(reader)
    paddingToken = try reader.optionalObject("padding")?.optionalString("pad_token")
    var allowance = Self.mostInstructions
    normalizer = try reader.optionalObject("normalizer").map { reader throws(JSONMemberError) in
      try Normalizer(reader, allowance: &allowance)
    }
    preTokenizer = try reader.optionalObject("pre_tokenizer").map { reader throws(JSONMemberError) in
      try PreTokenizer(reader, allowance: &allowance)
    }
    guard (normalizer?.growth ?? 1) * (preTokenizer?.growth ?? 1) <= Self.mostGrowth else {
      throw reader.error(
        "", "its normalizer and pre_tokenizer could make texts more than \(Int(Self.mostGrowth)) times as long")
    }
    postProcessor =
      try reader.optionalObject("post_processor").map { reader throws(JSONMemberError) in
        try PostProcessor(reader)
      }
      ?? PostProcessor()
    let modelReader = try reader.object("model")
    tokensAreBytes = preTokenizer?.endsInBytes == true || normalizer?.endsInBytes == true
    model = try BytePairEncoding(
      modelReader, wordsAreBytes: preTokenizer?.endsInBytes ?? normalizer?.endsInBytes ?? false)
    var entries: [(id: Int, entry: AddedTokenEntry)] = []
    for token in try reader.optionalObjects("added_tokens") ?? [] {
      entries.append(
        (try token.integer("id", in: 0...Int(UInt32.max)), try AddedTokenEntry(tokenizerJSON: token)))
    }
    statedTokens = Dictionary(entries, uniquingKeysWith: { $1 })
    addedTokens = try AddedTokens(
      entries.map(\.entry), vocabulary: model.vocabulary, normalizer: normalizer, file: reader.file)
  }

  /// Refuses another version. Settings under which the library would cut prompts or fill them up are ignored, as transformers does
  /// unless a call asks for them.
  /// - Returns: A clause about each of these.
  private static func checkSettings(_ reader: JSONReader) throws(JSONMemberError) -> [String] {
    if let version = try reader.optionalString("version"), version != "1.0" {
      throw reader.error("version", "\(version) is unknown, 1.0 is expected")
    }
    return ["truncation", "padding"].filter { reader[$0] != nil }.map {
      "the file's \($0) is ignored, as transformers does on a plain call"
    }
  }

  /// The token ids of a text. O(bytes · log bytes).
  /// - Parameters:
  ///   - text: Any text; tokens like `<|im_start|>` in it are recognised.
  ///   - addsSpecialTokens: Whether the post-processor adds its tokens, such as `<s>`.
  package func encode(_ text: String, addsSpecialTokens: Bool = true) -> [Int] {
    let scalars = Array(text.unicodeScalars)
    var ids: [Int] = []
    for part in addedTokens.split(scalars, normalized: false) {
      if let id = part.id {
        ids.append(Int(id))
      } else {
        encode(scalars[part.range], into: &ids)
      }
    }
    return postProcessor.process(ids, addsSpecialTokens: addsSpecialTokens)
  }

  /// Encodes what lies between the tokens that are found in the text as it is.
  private func encode(_ scalars: ArraySlice<Unicode.Scalar>, into ids: inout [Int]) {
    var text = Normalizer.Text(scalars: Array(scalars), leading: scalars.startIndex == 0 ? 1 : 0)
    normalizer?.normalize(&text)
    for part in addedTokens.split(text.scalars, normalized: true) {
      if let id = part.id {
        ids.append(Int(id))
        continue
      }
      let piece = Piece(
        scalars: text.scalars[part.range], leading: max(0, text.leading - part.range.lowerBound))
      for word in preTokenizer?.split([piece]) ?? [piece] { model.encode(word.scalars, into: &ids) }
    }
  }

  /// The tokens of ids as the vocabulary spells them: `Ġthe`, `▁the`, `<|im_end|>`; an id without a token gives "".
  package func tokens(of ids: [Int]) -> [String] {
    ids.map { id in
      guard let id = UInt32(exactly: id) else { return "" }
      return addedTokens.text(of: id) ?? model.vocabulary.text(of: id) ?? ""
    }
  }

  /// The id of a token, spelt as in the vocabulary, or nil if there is none of that name.
  package func id(of token: String) -> Int? {
    (addedTokens.id(of: token) ?? model.vocabulary.id(of: token)).map { Int($0) }
  }
}
