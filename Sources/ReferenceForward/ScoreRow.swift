import Architectures

/// One query's scores in the base and the terms of their change, with dk = k′ − k and dq = q′ − q by subtraction.
struct ScoreRow {
  var attention: AttentionDescription
  /// The keys that the query sees.
  var keys: ClosedRange<Int>
  /// c·kᵀq of each, before a cap.
  var base: [Double] = []
  /// c·dkᵀq, c·kᵀdq and c·dkᵀdq of each.
  var terms: [SIMD3<Double>] = []
  /// The logit of a sink in the base, and its change; nil where there is none.
  var sink: (base: Double, change: Double)?

  init(
    _ attention: AttentionDescription, base: ReferenceLayer, adapted: ReferenceLayer, head: Int, query: Int,
    tokens: Int
  ) {
    self.attention = attention
    keys = attention.visibleKeys(of: query)
    let d = attention.headDimension
    let group = attention.keyValueHead(of: head)
    if !base.sinks.isEmpty {
      let place = head * tokens + query
      sink = (base.sinks[place], adapted.sinks[place] - base.sinks[place])
    }
    for key in keys {
      var score = 0.0
      var sums = SIMD3<Double>.zero
      for index in 0..<d {
        let (i, j) = ((head * tokens + query) * d + index, (group * tokens + key) * d + index)
        let (q, k) = (base.queries[i], base.keys[j])
        let (dq, dk) = (adapted.queries[i] - q, adapted.keys[j] - k)
        score += k * q
        sums += SIMD3(dk * q, k * dq, dk * dq)
      }
      self.base.append(score * attention.scale)
      terms.append(sums * attention.scale)
    }
  }

  /// The base's pattern, (visible keys).
  var before: [Double] { pattern(with: .zero) }

  /// The adapted model's pattern, (visible keys).
  var after: [Double] { pattern(with: .one, hasSinkChange: true) }

  /// The pattern under the base's scores plus some of the terms, (visible keys); a 1 takes a term, a 0 leaves it out.
  /// - Parameter hasSinkChange: Whether a sink has its changed logit.
  func pattern(with chosen: SIMD3<Double>, hasSinkChange: Bool = false) -> [Double] {
    attention.pattern(
      ofScores: zip(base, terms).map { $0 + ($1 * chosen).sum() },
      sink: sink.map { $0.base + (hasSinkChange ? $0.change : 0) })
  }
}
