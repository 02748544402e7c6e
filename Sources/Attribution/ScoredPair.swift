import Results

/// A query and a key of one prompt and head, with what changed their score.
public struct ScoredPair: Sendable, Equatable {
  /// Index of the prompt.
  public var prompt: Int
  /// The query head.
  public var head: Int
  /// Position of the query.
  public var query: Int
  /// Position of the key.
  public var key: Int
  /// The terms by ``Term``'s raw value, then ΔS.
  public var raw: SIMD4<Float>
  /// The same of T_ij − Σ_j p_ij T_ij.
  public var centered: SIMD4<Float>
  /// p_ij in the base, and how it changes.
  public var pattern: SIMD2<Float>
  /// What it adds to the attention divergence of its row, (p′ − p)·(log p′ − log p), by which pairs are ranked.
  public var nats: Float

  /// A pair from its parts.
  public init(
    prompt: Int, head: Int, query: Int, key: Int, raw: SIMD4<Float>, centered: SIMD4<Float>, pattern: SIMD2<Float>,
    nats: Float
  ) {
    self.prompt = prompt
    self.head = head
    self.query = query
    self.key = key
    self.raw = raw
    self.centered = centered
    self.pattern = pattern
    self.nats = nats
  }

  /// No pair, to be read into.
  init() {
    self.init(prompt: 0, head: 0, query: 0, key: 0, raw: SIMD4(), centered: SIMD4(), pattern: SIMD2(), nats: 0)
  }

  /// Whether this pair stands before another of its layer and block: by nats from the most, then by prompt, head, query and
  /// key from the lowest. No two pairs rank alike.
  public func precedes(_ other: ScoredPair) -> Bool {
    if nats != other.nats { return nats > other.nats }
    return (prompt, head, query, key) < (other.prompt, other.head, other.query, other.key)
  }
}

extension ScoredPair: Coded {
  /// Codes all of it.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&prompt)
    try coder.code(&head)
    try coder.code(&query)
    try coder.code(&key)
    for lane in 0..<4 { try coder.code(&raw[lane]) }
    for lane in 0..<4 { try coder.code(&centered[lane]) }
    for lane in 0..<2 { try coder.code(&pattern[lane]) }
    try coder.code(&nats)
  }
}

/// The K strongest of any number of pairs, in order. Which they are does not depend on the order in which pairs come.
public struct StrongestPairs: Sums, Equatable {
  /// K.
  public let limit: Int
  /// The pairs that are kept, strongest first.
  public private(set) var pairs: [ScoredPair] = []

  /// Keeps no more than `limit` pairs.
  public init(limit: Int) { self.limit = limit }

  /// The fewest nats with which a pair may be kept: a pair of 0 never is.
  public var threshold: Float {
    guard pairs.count >= limit else { return .leastNonzeroMagnitude }
    return pairs.last?.nats ?? .infinity
  }

  /// Keeps a pair if it is one of the strongest. O(K).
  public mutating func insert(_ pair: ScoredPair) {
    guard limit > 0, pair.nats >= threshold else { return }
    if pairs.count == limit {
      guard let weakest = pairs.last, pair.precedes(weakest) else { return }
      pairs.removeLast()
    }
    var (low, high) = (0, pairs.count)
    while low < high {
      let middle = (low + high) / 2
      if pairs[middle].precedes(pair) { low = middle + 1 } else { high = middle }
    }
    pairs.insert(pair, at: low)
  }

  /// Takes in the pairs of another list.
  public mutating func merge(_ later: StrongestPairs) { self += later }

  /// Codes the pairs that are kept.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    var coded = pairs
    try coder.code(&coded, empty: ScoredPair())
    guard coder.isReading else { return }
    pairs = []
    for pair in coded { insert(pair) }
    guard pairs == coded else { throw .damaged }
  }

  /// Takes in the pairs of another list.
  public static func += (left: inout StrongestPairs, right: StrongestPairs) {
    for pair in right.pairs { left.insert(pair) }
  }
}
