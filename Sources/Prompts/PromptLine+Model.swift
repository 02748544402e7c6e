import StrictJSON

/// The members of a line that change what a model computes, as tokenizers and trainers write them beside `input_ids`. Each is
/// honoured, says nothing, or is refused; none is overlooked.
extension PromptLine {
  /// What is wrong where several prompts stand in one line.
  private static let unpacking = "write each of the packed prompts as a line of its own"

  /// Members that number the prompts packed into a line, a number a token.
  private static let sequenceNumbers = ["seq_idx", "segment_ids", "sequence_ids", "document_ids", "doc_ids"]

  /// Members that say where packed prompts begin and end.
  private static let boundaries = [
    "cu_seq_lens", "cu_seq_lens_q", "cu_seq_lens_k", "cu_seqlens", "cu_seqlens_q", "cu_seqlens_k",
  ]

  /// Members that hold the lengths of packed prompts.
  private static let lengths = ["seq_lengths", "seq_lens", "seqlens", "sequence_lengths"]

  /// Members that give a model something else to read than tokens.
  private static let otherInputs = [
    "inputs_embeds", "pixel_values", "image_grid_thw", "input_features", "past_key_values", "encoder_hidden_states",
    "decoder_input_ids",
  ]

  /// The tokens that `attention_mask` keeps.
  func keptTokens(count: Int) throws(PromptLineError) -> KeptTokens {
    guard let mask = try wholeNumbers("attention_mask", count: count, advice: Self.unpacking) else {
      return KeptTokens(all: count)
    }
    if let other = mask.first(where: { !(0...1).contains($0) }) {
      throw PromptLineError(
        message: "attention_mask holds \(other), where 0 and 1 are expected; if it numbers prompts, \(Self.unpacking)")
    }
    let kept = KeptTokens(attended: mask.map { $0 == 1 })
    if kept.indices.isEmpty { throw PromptLineError(message: "attention_mask takes every token out") }
    return kept
  }

  /// The positions of the tokens that are kept; nil where they count them.
  func positionIDs(_ kept: KeptTokens) throws(PromptLineError) -> [Int]? {
    guard
      let written = try wholeNumbers(
        "position_ids", count: kept.written,
        advice: "write one position a token; for several, as of a model of pictures, there is no place here")
    else { return nil }
    let positions = kept.of(written)
    for (place, position) in positions.enumerated() {
      guard (0...Self.lastPosition).contains(position) else {
        throw PromptLineError(message: "position_ids holds \(position), which lies outside 0 to \(Self.lastPosition)")
      }
      guard place > 0, position != positions[place - 1] + 1 else { continue }
      let step = "position_ids go from \(positions[place - 1]) to \(position) at token \(kept.indices[place])"
      if position <= positions[place - 1] {
        throw PromptLineError(message: "\(step), as where another prompt begins; \(Self.unpacking)")
      }
      // Without a mask transformers takes every jump for the beginning of another sequence.
      if reader["attention_mask"] == nil {
        throw PromptLineError(
          message: """
            \(step), which transformers takes for the beginning of another prompt; \(Self.unpacking), or add an \
            "attention_mask" of ones if it is one prompt with a gap
            """)
      }
    }
    return positions == Array(positions.indices) ? nil : positions
  }

  /// Positions beyond are nobody's, and could not be counted in 32 bits.
  private static let lastPosition = Int(Int32.max) - 1

  /// Refuses what the line says of packed prompts, of other inputs than tokens, and of kinds of tokens that the model tells apart.
  func refuseOtherInputs(_ kept: KeptTokens, _ context: PromptFile.Context) throws(PromptLineError) {
    for name in Self.otherInputs where reader[name] != nil {
      throw PromptLineError(message: "\(name) is there, but a prompt here is its tokens alone; leave it out")
    }
    try refusePacking(kept)
    try refuseTokenTypes(kept, context.tokenTypes)
  }

  private func refuseTokenTypes(_ kept: KeptTokens, _ use: TokenTypes) throws(PromptLineError) {
    let (names, advice) = (["token_type_ids", "mm_token_type_ids"], "write one number a token")
    for name in names {
      guard let types = try wholeNumbers(name, count: kept.written, advice: advice) else { continue }
      let marksPictures = use == .images || name == "mm_token_type_ids"
      if use == .added, !marksPictures {
        throw PromptLineError(
          message: """
            token_type_ids is there, for which this model adds an embedding to every token, also for 0; that is not supported. \
            Leave it out if the model was not trained with it
            """)
      }
      if marksPictures, let other = kept.of(types).first(where: { $0 != 0 }) {
        throw PromptLineError(message: "\(name) holds \(other), which marks tokens of pictures; only text is supported")
      }
    }
  }

  private func refusePacking(_ kept: KeptTokens) throws(PromptLineError) {
    for name in Self.sequenceNumbers {
      guard let numbers = try wholeNumbers(name, count: kept.written, advice: Self.unpacking) else { continue }
      if Set(kept.of(numbers)).count > 1 {
        throw PromptLineError(message: "\(name) numbers several prompts; \(Self.unpacking)")
      }
    }
    for name in Self.boundaries {
      guard let bounds = try wholeNumbers(name, advice: Self.unpacking) else { continue }
      if bounds != [0, kept.written], bounds != [0, kept.indices.count] {
        throw PromptLineError(message: "\(name) is not [0, \(kept.written)], as of one prompt; \(Self.unpacking)")
      }
    }
    for name in Self.lengths {
      guard let lengths = try wholeNumbers(name, advice: Self.unpacking) else { continue }
      if lengths.count > 1 {
        throw PromptLineError(message: "\(name) holds the lengths of \(lengths.count) prompts; \(Self.unpacking)")
      }
    }
  }

  /// A member that is a list of whole numbers, one a token where a count is given.
  /// - Parameter advice: What to do where it is a list of lists.
  func wholeNumbers(
    _ name: String, count: Int? = nil, advice: String
  ) throws(PromptLineError) -> [Int]? {
    try refuseLists(in: name, advice: advice)
    guard let numbers = try reading({ () throws(JSONMemberError) in try reader.optionalIntegers(name) }) else {
      return nil
    }
    if let count, numbers.count != count {
      throw PromptLineError(message: "\(name) has \(numbers.count) entries for \(count) tokens")
    }
    return numbers
  }

  /// Refuses a list of lists: a batch, a matrix of who attends to whom, or several positions a token.
  func refuseLists(in name: String, advice: String) throws(PromptLineError) {
    guard case .array(let entries) = reader[name],
      case .array = entries.first(where: { if case .array = $0 { true } else { false } })
    else { return }
    throw PromptLineError(message: "\(name) is a list of lists; \(advice)")
  }
}
