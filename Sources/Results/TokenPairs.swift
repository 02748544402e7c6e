/// The pairs of tokens of a block that add most to its attention divergence: a row of `pairs` in analysis.json.
public struct TokenPairs: Sendable, Equatable {
  /// The layer.
  public var layer: Int
  /// The query head; nil where heads are pooled.
  public var head: Int?
  /// Region of the queries.
  public var query: String
  /// Region of the keys.
  public var key: String
  /// The pairs, by nats from the most; equal ones by prompt, head, query and key from the lowest.
  public var strongest: [TokenPair]

  /// A row from its parts.
  public init(layer: Int, head: Int?, query: String, key: String, strongest: [TokenPair]) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
    self.strongest = strongest
  }
}

/// A query and a key of one prompt and head, and how their score and the attention between them changed.
public struct TokenPair: Sendable, Equatable {
  /// A score's change, in units of the score before the softmax.
  public struct Change: Sendable, Equatable {
    /// ΔS.
    public var delta: Double
    /// By ``Term``'s raw value.
    public var terms: [Double]

    /// A change from its parts.
    public init(delta: Double, terms: [Double]) {
      self.delta = delta
      self.terms = terms
    }

    /// One term.
    public subscript(term: Term) -> Double { terms[term.rawValue] }
  }

  /// Index of the prompt.
  public var prompt: Int
  /// The query head.
  public var head: Int
  /// Position of the query in the prompt.
  public var queryPosition: Int
  /// Position of the key in the prompt.
  public var keyPosition: Int
  /// The terms and ΔS.
  public var raw: Change
  /// The same of T_ij − Σ_j p_ij T_ij.
  public var centered: Change
  /// The part of its attention that the query pays to the key in the base, from 0 to 1.
  public var base: Double
  /// The same in the adapted model.
  public var adapted: Double
  /// What the pair adds to the attention divergence of its row: (p′ − p)·(log p′ − log p), never negative.
  public var nats: Double

  /// A pair from its parts.
  public init(
    prompt: Int, head: Int, queryPosition: Int, keyPosition: Int, raw: Change, centered: Change, base: Double,
    adapted: Double, nats: Double
  ) {
    self.prompt = prompt
    self.head = head
    self.queryPosition = queryPosition
    self.keyPosition = keyPosition
    self.raw = raw
    self.centered = centered
    self.base = base
    self.adapted = adapted
    self.nats = nats
  }
}

/// Consecutive tokens of a prompt round the ``TokenPairs`` that were found: a row of `excerpts` in analysis.json.
public struct Excerpt: Sendable, Equatable {
  /// Index of the prompt.
  public var prompt: Int
  /// Position of the first token.
  public var start: Int
  /// The tokens.
  public var ids: [Int]
  /// Their texts, one each, which put together are the text; nil where no tokenizer was found. A character that several tokens
  /// spell stands with the first of them.
  public var texts: [String]?

  /// Positions of the tokens.
  public var positions: Range<Int> { start..<start + ids.count }

  /// An excerpt from its parts.
  public init(prompt: Int, start: Int, ids: [Int], texts: [String]?) {
    self.prompt = prompt
    self.start = start
    self.ids = ids
    self.texts = texts
  }
}
