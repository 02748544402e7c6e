import Results

/// Sums over the queries of a block from which attention divergence follows, in nats.
public struct AttentionNats: AdditiveSums, Equatable {
  /// A lane for each ``Term``; the last one, of Δ, is the divergence itself, which is never negative.
  public var terms = SIMD4<Double>()
  /// Of dKᵀQ by the sources of dk, a lane for each of own, inherited, joint and norm.
  public var keySources = SIMD4<Double>()
  /// Of KᵀdQ by the sources of dq.
  public var querySources = SIMD4<Double>()
  /// What the change of a sink's logit does.
  public var sink = 0.0
  /// Queries whose sink has another logit.
  public var trainedSinks = 0

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other queries.
  public static func += (left: inout AttentionNats, right: AttentionNats) {
    left.terms += right.terms
    left.keySources += right.keySources
    left.querySources += right.querySources
    left.sink += right.sink
    left.trainedSinks += right.trainedSinks
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&terms)
    try coder.code(&keySources)
    try coder.code(&querySources)
    try coder.code(&sink)
    try coder.code(&trainedSinks)
  }

  /// KL(p‖p′) + KL(p′‖p), as far as it arises at these keys.
  public var divergence: Double { terms[.delta] }

  /// A term's part.
  public subscript(term: Term) -> Double { terms[.term(term)] }
}
