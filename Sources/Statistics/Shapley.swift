/// Shapley values: what each of n parts is worth to a whole whose value is known for every set of them.
package enum Shapley {
  /// By part, φ_p = Σ_{S ∌ p} |S|!·(n − |S| − 1)!/n! · (v(S ∪ p) − v(S)): what the part adds to those before it, the mean over all
  /// orders. The values sum to v(all) − v(∅) but for rounding, one that never adds anything is exactly 0, and a single part has the
  /// whole. O(n·2ⁿ).
  /// - Parameters:
  ///   - parts: n, from 0 to 20.
  ///   - game: v of a set; bit p of the number says whether part p is in it.
  package static func values(parts: Int, _ game: (Int) -> Double) -> [Double] {
    precondition((0...20).contains(parts), "few enough for every set of them")
    let values = (0..<1 << parts).map(game)
    // |S|!(n − |S| − 1)!/n! by the size of S: one over n times the number of sets of that size among the others.
    let weights = (0..<max(parts, 1)).map { size in
      (0..<size).reduce(1 / Double(max(parts, 1))) { $0 * Double($1 + 1) / Double(parts - 1 - $1) }
    }
    return (0..<parts).map { part in
      values.indices.reduce(0) { sum, set in
        set & 1 << part != 0
          ? sum : sum + weights[set.nonzeroBitCount] * (values[set | 1 << part] - values[set])
      }
    }
  }
}
