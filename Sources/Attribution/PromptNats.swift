import Results

/// What a prompt adds to a row in nats.
public struct PromptNat: AdditiveSums, Equatable {
  /// Σ over its queries, a lane for each ``Term`` and one for the divergence.
  public var nats = SIMD4<Double>()
  /// Its queries.
  public var queries = 0.0

  /// Nothing summed.
  public init() {}

  init(_ nats: SIMD4<Double>, queries: Double) { (self.nats, self.queries) = (nats, queries) }

  /// The mean over its queries: of a term, or with nil of the divergence.
  public func perQuery(_ term: Term?) -> Double {
    queries > 0 ? nats[term.map { .term($0) } ?? .delta] / queries : 0
  }

  /// Adds other queries of the same prompt.
  public static func += (left: inout PromptNat, right: PromptNat) {
    left.nats += right.nats
    left.queries += right.queries
  }

  /// Codes both.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&nats)
    try coder.code(&queries)
  }
}

/// The prompts of one row, from which intervals follow: each by itself while they are few, and beyond that the sums that intervals
/// over many need.
public struct PromptNats: Sums, Equatable {
  /// How many prompts are kept apart.
  public static let limit = 64
  /// By prompt; empty where they are too many.
  public private(set) var all: [PromptNat] = []
  /// Over all prompts where they are too many.
  public private(set) var many = Moments()

  /// Sums over prompts, of products of two of a prompt's numbers.
  public struct Moments: AdditiveSums, Equatable {
    /// Number of prompts.
    public var count = 0
    /// Of those that have queries, and of those in which anything changed.
    public var prompts = SIMD2<Double>()
    /// Σ of what prompts add.
    public var sum = PromptNat()
    /// Σ T², and of the divergence Σ J².
    public var squares = SIMD4<Double>()
    /// Σ T·J, and of the divergence Σ J·n, n the queries.
    public var shared = SIMD4<Double>()
    /// Σ n².
    public var queriesSquare = 0.0

    /// No prompt.
    public init() {}

    /// Adds other prompts.
    public static func += (left: inout Moments, right: Moments) {
      left.count += right.count
      left.prompts += right.prompts
      left.sum += right.sum
      left.squares += right.squares
      left.shared += right.shared
      left.queriesSquare += right.queriesSquare
    }

    mutating func add(_ prompt: PromptNat) {
      let divergence = prompt.nats[.delta]
      count += 1
      prompts += SIMD2(prompt.queries > 0 ? 1 : 0, divergence > 0 ? 1 : 0)
      sum += prompt
      squares += prompt.nats * prompt.nats
      var with = prompt.nats * divergence
      with[.delta] = divergence * prompt.queries
      shared += with
      queriesSquare += prompt.queries * prompt.queries
    }

    /// Codes all sums.
    public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
      try coder.code(&count)
      for lane in 0..<2 { try coder.code(&prompts[lane]) }
      try sum.code(&coder)
      try coder.code(&squares)
      try coder.code(&shared)
      try coder.code(&queriesSquare)
    }
  }

  /// Number of prompts.
  public var count: Int { all.count + many.count }

  /// No prompt yet.
  public init() {}

  /// Prompts in order.
  init(_ prompts: [PromptNat]) { for prompt in prompts { append(prompt) } }

  /// Adds a prompt.
  mutating func append(_ prompt: PromptNat) {
    if count < Self.limit {
      all.append(prompt)
    } else {
      collapse()
      many.add(prompt)
    }
  }

  /// Puts later prompts behind these.
  public mutating func merge(_ later: PromptNats) {
    if count + later.count <= Self.limit {
      all += later.all
      return
    }
    var later = later
    collapse()
    later.collapse()
    many += later.many
  }

  /// Codes all prompts.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&all, empty: PromptNat())
    try many.code(&coder)
  }

  private mutating func collapse() {
    for prompt in all { many.add(prompt) }
    all = []
  }
}
