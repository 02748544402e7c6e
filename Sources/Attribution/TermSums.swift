import Results

/// Sums over the pairs of a block from which every statistic follows; sums of several heads, layers or prompts add up.
///
/// A lane for each ``Term`` and one for Δ.
public struct TermSums: AdditiveSums, Equatable {
  /// Σ T.
  public var sum = SIMD4<Double>()
  /// Σ |T|.
  public var absolute = SIMD4<Double>()
  /// Σ T².
  public var square = SIMD4<Double>()
  /// max |T|.
  public var largest = SIMD4<Double>()
  /// Σ TΔ; for Δ itself Σ Δ².
  public var shared = SIMD4<Double>()
  /// Pairs in which the term alone is largest; that of Δ is not used.
  public var dominant = SIMD4<Int>()

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other pairs.
  public static func += (left: inout TermSums, right: TermSums) {
    left.sum += right.sum
    left.absolute += right.absolute
    left.square += right.square
    left.largest.replace(with: right.largest, where: right.largest .> left.largest)
    left.shared += right.shared
    left.dominant &+= right.dominant
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&sum)
    try coder.code(&absolute)
    try coder.code(&square)
    try coder.code(&largest)
    try coder.code(&shared)
    try coder.code(&dominant)
  }

  /// The statistics over so many pairs (those without change included).
  public func decomposition(pairs: Int) -> Decomposition {
    let count = Double(max(pairs, 1))
    func magnitude(_ lane: TermLane) -> Magnitude {
      Magnitude(
        mean: sum[lane] / count, meanAbs: absolute[lane] / count, rms: (square[lane] / count).squareRoot(),
        maxAbs: largest[lane])
    }
    return Decomposition(
      delta: magnitude(.delta),
      terms: Term.allCases.map { term in
        TermStatistics(
          magnitude: magnitude(.term(term)),
          share: square[.delta] == 0 ? 0 : shared[.term(term)] / square[.delta],
          dominance: Double(dominant[.term(term)]) / count)
      })
  }
}

/// What a lane of four numbers stands for.
enum TermLane {
  case term(Term)
  case delta

  var index: Int {
    switch self {
    case .term(let term): term.rawValue
    case .delta: 3
    }
  }
}

extension SIMD4 {
  /// The lane of a term or of Δ.
  subscript(lane: TermLane) -> Scalar {
    get { self[lane.index] }
    set { self[lane.index] = newValue }
  }
}

/// Raw and centred sums of one block.
public struct BlockSums: AdditiveSums, Equatable {
  /// Of the terms.
  public var raw = TermSums()
  /// Of T_ij − Σ_j p_ij T_ij.
  public var centered = TermSums()

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other pairs.
  public static func += (left: inout BlockSums, right: BlockSums) {
    left.raw += right.raw
    left.centered += right.centered
  }

  /// Codes both.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try raw.code(&coder)
    try centered.code(&coder)
  }
}
