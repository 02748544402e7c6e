import LinearAlgebra

/// Eight columns of the state S of one head of a gated delta rule, (keys, 8), as they go from token to token. No column needs another,
/// and so few stay in the cache while many tokens pass.
struct DeltaRuleColumns {
  let keys: Int
  /// (keys, 8).
  let state: UnsafeMutablePointer<Double>

  /// S̃ = e^g·S; gives S̃ᵀk.
  func decay(by factor: Double, key: UnsafePointer<Double>) -> DoubleLanes {
    var recalled = DoubleLanes()
    for row in 0..<keys {
      let decayed = read(state + 8 * row) * factor
      write(decayed, state + 8 * row)
      recalled += decayed * key[row]
    }
    return recalled
  }

  /// S = S̃ + k ⊗ r; gives o = Sᵀq.
  func take(_ written: DoubleLanes, key: UnsafePointer<Double>, query: UnsafePointer<Double>) -> DoubleLanes {
    var output = DoubleLanes()
    for row in 0..<keys {
      let next = read(state + 8 * row) + written * key[row]
      write(next, state + 8 * row)
      output += next * query[row]
    }
    return output
  }
}

/// What a run changes in such columns, never as a difference of two states:
/// dS̃ = e^(g + dg)·dS + expm1(dg)·S̃;  dr = dβ(v − S̃ᵀk) + (β + dβ)(dv − dS̃ᵀ(k + dk) − S̃ᵀdk);
/// dS = dS̃ + dk ⊗ r + (k + dk) ⊗ dr;  do = dSᵀq + Sᵀdq + dSᵀdq.
struct DeltaRuleColumnChanges {
  let base: DeltaRuleColumns
  /// (keys, 8).
  let state: UnsafeMutablePointer<Double>

  /// After the base's decay: dS̃; gives dS̃ᵀ(k + dk) + S̃ᵀdk.
  /// - Parameters:
  ///   - kept: e^(g + dg).
  ///   - lost: expm1(dg).
  func decay(
    kept: Double, lost: Double, changedKey: UnsafePointer<Double>, dKey: UnsafePointer<Double>
  ) -> DoubleLanes {
    var (own, inherited) = (DoubleLanes(), DoubleLanes())
    for row in 0..<base.keys {
      let before = read(base.state + 8 * row)
      let decayed = read(state + 8 * row) * kept + before * lost
      write(decayed, state + 8 * row)
      own += decayed * changedKey[row]
      inherited += before * dKey[row]
    }
    return own + inherited
  }

  /// After the base took r: dS; gives dSᵀq, Sᵀdq and dSᵀdq.
  func take(
    _ written: DoubleLanes, _ dWritten: DoubleLanes, changedKey: UnsafePointer<Double>, dKey: UnsafePointer<Double>,
    query: UnsafePointer<Double>, dQuery: UnsafePointer<Double>
  ) -> (DoubleLanes, DoubleLanes, DoubleLanes) {
    var (remembered, asked, both) = (DoubleLanes(), DoubleLanes(), DoubleLanes())
    for row in 0..<base.keys {
      let next = read(state + 8 * row) + (written * dKey[row] + dWritten * changedKey[row])
      write(next, state + 8 * row)
      remembered += next * query[row]
      asked += read(base.state + 8 * row) * dQuery[row]
      both += next * dQuery[row]
    }
    return (remembered, asked, both)
  }
}
