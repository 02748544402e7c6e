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

  init(
    _ attention: AttentionDescription, base: ReferenceLayer, adapted: ReferenceLayer, head: Int, query: Int,
    tokens: Int
  ) {
    self.attention = attention
    keys = attention.visibleKeys(of: query)
    let d = attention.headDimension
    let group = attention.keyValueHead(of: head)
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

  /// The pattern under the base's scores plus some of the terms, (visible keys); a 1 takes a term, a 0 leaves it out.
  func pattern(with chosen: SIMD3<Double>) -> [Double] {
    attention.pattern(ofScores: zip(base, terms).map { $0 + ($1 * chosen).sum() })
  }
}
