import PairedForward

/// How well the terms of one query sum to the measured change: the largest |ΔS − Σ terms| over rms ΔS, with
/// ΔS = c[(k + dk)ᵀ(q + dq) − kᵀq] formed in double from the float32 operands.
struct ScoreClosure {
  /// The error; 0 where nothing changes.
  let error: Double

  /// Prompts that are probed, each at its last query.
  private static let prompts = 16

  /// The error of a prompt's last query, nil for tiles without it.
  init?(_ tile: ScoreTile, tokens: Int) {
    guard tile.prompt < Self.prompts, tile.queries.upperBound == tokens, tokens > 0 else { return nil }
    let query = tokens - 1
    let row = tile.termRow(tile.queries.count - 1, query: query)
    var largest = 0.0
    var square = 0.0
    for (column, key) in row.keys.enumerated() {
      let change = tile.operands.scoreChange(query: query, key: key)
      var terms = Double(row.byQuery[column])
      if key >= row.changedKeys.lowerBound {
        let changed = key - row.changedKeys.lowerBound
        terms += Double(row.byKey[changed]) + Double(row.byBoth[changed])
      }
      largest = max(largest, abs(change - terms))
      square += change * change
    }
    error = largest == 0 ? 0 : largest / (square / Double(row.keys.count)).squareRoot()
  }
}

extension ScoreOperands {
  /// c[(k + dk)ᵀ(q + dq) − kᵀq] in double, by coordinate as dq·(k + dk) + q·dk: subtracting the two products would lose
  /// changes that are small beside the scores.
  func scoreChange(query position: Int, key keyPosition: Int) -> Double {
    var change = 0.0
    for coordinate in 0..<query.columns {
      let q = Double(query[position, coordinate])
      let k = Double(key[keyPosition, coordinate])
      let dq = position < firstQuery ? 0 : Double(queryDelta[position - firstQuery, coordinate])
      let dk = keyPosition < firstKey ? 0 : Double(keyDelta[keyPosition - firstKey, coordinate])
      change += dq * (k + dk) + q * dk
    }
    return scale * change
  }
}
