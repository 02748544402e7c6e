/// A prompt with its regions.
public struct Prompt: Sendable, Equatable {
  /// The line's id, or "line 3" where it has none.
  public var id: String
  /// Token ids.
  public var tokens: [Int]
  /// Index of the separator, where there is one; it is the first token of `after`.
  public var separator: Int?
  /// Named runs of tokens that do not overlap. Empty ones are left out.
  public var regions: [Region]
  /// The line's own mask: per token, a weight in [0, 1] of the adapter.
  public var mask: [Float]?
  /// By token, the position that rotary and learned embeddings take, rising; nil where positions count the tokens.
  public var positionIDs: [Int]?
  /// By token, whether losses judge how it is predicted from those before it; nil where the separator tells. The first token has
  /// no prediction, whatever stands there.
  public var lossMask: [Bool]?

  /// One more than the last position.
  public var positionCount: Int { positionIDs?.last.map { $0 + 1 } ?? tokens.count }

  /// A prompt from its parts.
  public init(
    id: String, tokens: [Int], separator: Int?, regions: [Region] = [], mask: [Float]? = nil, positionIDs: [Int]? = nil,
    lossMask: [Bool]? = nil
  ) {
    self.id = id
    self.tokens = tokens
    self.separator = separator
    self.regions = regions
    self.mask = mask
    self.positionIDs = positionIDs
    self.lossMask = lossMask
  }
}

/// A named run of tokens. Encoded as JSON it is a region of a prompt file's line.
public struct Region: Sendable, Equatable, Encodable {
  /// Its name.
  public var name: String
  /// First token.
  public var start: Int
  /// Behind the last token.
  public var end: Int

  /// A region from its parts.
  public init(name: String, start: Int, end: Int) {
    self.name = name
    self.start = start
    self.end = end
  }
}

/// What a model does with the numbers that a line's `token_type_ids` gives its tokens.
public enum TokenTypes: Sendable, Equatable {
  /// Nothing.
  case unused
  /// It adds an embedding for each, also for 0.
  case added
  /// Others than 0 mark the tokens of pictures.
  case images
}

/// Where the regions of a line come from that names neither separator nor regions.
public enum SeparatorRule: Sendable, Equatable {
  /// Such a line is an error.
  case fromFile
  /// The last occurrence of a sequence of tokens is the separator; a prompt without it is one region `before`.
  case tokens([Int])
  /// The last occurrence of a text is the separator; in a line of token ids, that of the tokens it has alone.
  case text(String, tokens: [Int])
  /// There is one region, `all`.
  case none
}
