import StrictJSON

/// The tokens that tokenizer_config.json, special_tokens_map.json and added_tokens.json add to a tokenizer.json, in the order in
/// which transformers 5 adds them (`PreTrainedTokenizerBase._from_pretrained`, `TokenizersBackend.__init__`).
///
/// With `added_tokens_decoder` in tokenizer_config.json the other two files are not asked. What these files call a token's id is
/// not asked either, but for the order.
struct AddedTokenFiles {
  /// The tokens to add, first to last.
  private(set) var entries: [AddedTokenEntry] = []
  /// Whether special tokens in texts are ordinary text.
  private(set) var splitsSpecials = false
  /// The ids that files give to tokens.
  private(set) var statedIDs: [Name: Int] = [:]

  /// What transformers does otherwise than tokenizer.json says, and is not done here; a clause each.
  private(set) var warnings: [String] = []

  private var specials = SpecialTokens()
  /// By the id that a file states.
  private var decoder: [Int: AddedTokenEntry] = [:]

  /// - Parameter tokenizer: As its tokenizer.json alone says.
  init(_ files: TokenizerFiles, tokenizer: Tokenizer) throws(JSONMemberError) {
    func reader(_ file: TokenizerFiles.Beside) throws(JSONMemberError) -> JSONReader? {
      guard let bytes = files.beside[file] else { return nil }
      return try JSONReader(file: files.path(of: file), bytes: bytes)
    }
    let configuration = try reader(.configuration)
    if let configuration {
      if configuration["fast_tokenizer_files"] != nil {
        throw configuration.error(
          "fast_tokenizer_files", "other files than tokenizer.json are not supported; remove it")
      }
      splitsSpecials = try configuration.optionalBoolean("split_special_tokens") ?? false
      try specials.read(configuration: configuration)
      let name = try configuration.optionalString("tokenizer_class") ?? ""
      if tokenizer.hasNormalizer, ["LlamaTokenizer", "LlamaTokenizerFast"].contains(where: name.isSpelled) {
        warnings.append(
          "transformers 5 has a pipeline of its own in the place of this file's for \(name), which spells texts behind special tokens "
            + "and repeated spaces otherwise; the file's is used, as in transformers 4")
      }
    }
    if let tokens = try configuration?.optionalObject("added_tokens_decoder") {
      try readDecoder(tokens)
    } else {
      if let map = try reader(.specialTokens) { try specials.read(map: map) }
      if let added = try reader(.addedTokens) { try readAdded(added) }
      for (id, entry) in tokenizer.statedTokens { decoder[id] = entry }
    }
    specials.read(padding: tokenizer.paddingToken)
    collect(tokenizer)
  }

  /// `added_tokens_decoder`: an id, and the token with its flags.
  private mutating func readDecoder(_ tokens: JSONReader) throws(JSONMemberError) {
    for (name, _) in tokens.object.members {
      guard let id = Int(name), id >= 0 else { throw tokens.error(name, "its name is no token id") }
      guard let token = try tokens.optionalObject(name) else {
        throw tokens.error(name, "an object is expected, null was found")
      }
      state(try AddedTokenEntry(token), id)
    }
  }

  /// added_tokens.json: a token, and its id.
  private mutating func readAdded(_ tokens: JSONReader) throws(JSONMemberError) {
    let known = specials.contents
    for (name, _) in tokens.object.members {
      let isSpecial = known.contains(Name(name))
      state(
        AddedTokenEntry(content: Name(name), statedNormalized: !isSpecial, isSpecial: isSpecial),
        try tokens.integer(name, in: 0...Int(UInt32.max)))
    }
  }

  private mutating func state(_ entry: AddedTokenEntry, _ id: Int) {
    decoder[id] = entry
    statedIDs[entry.content] = id
  }

  /// What is to be added: what tokenizer.json does not have as it is, then special tokens that nobody has.
  private mutating func collect(_ tokenizer: Tokenizer) {
    let own = tokenizer.addedTokens.entries
    let sorted = decoder.sorted { $0.key < $1.key }.map(\.value)
    let named = specials.named.map { $0.asEntry(among: sorted) }
    entries = sorted.filter { !own.contains($0) }
    let known = Set(own.map(\.content) + entries.map(\.content))
    for special in named + specials.extra.map({ $0.asEntry(among: []) })
    where !known.contains(special.content) && !entries.contains(special) { entries.append(special) }
    let names = Set(named.map(\.content))
    for index in entries.indices where names.contains(entries[index].content) { entries[index].isSpecial = true }
  }
}
