/// How far the residual stream that enters each layer has moved, from pairs of plain runs.
package struct ReferenceStream: Sendable {
  /// The statistics of one layer and region.
  package struct Row: Sendable {
    /// Number of tokens with a stream other than zero.
    package var tokens: Int
    /// √(Σ‖dx‖² / Σ‖x‖²) over the tokens; 0 where nothing changes.
    package var relative: Double
    /// The median over the tokens of ‖dx‖ / ‖x‖, the mean of the middle two where their number is even: one token of
    /// huge norm cannot hide the others.
    package var median: Double
    /// The mean over the tokens of the cosine between x and x + dx: 1 where no direction changes.
    package var cosine: Double
  }

  private struct Sums: Sendable {
    var change = 0.0
    var base = 0.0
    var cosines = 0.0
    var directions = 0
    /// ‖dx‖ / ‖x‖ of each token.
    var ratios: [Double] = []
  }
  private var sums: [ReferenceRegionKey: Sums] = [:]

  /// Nothing yet.
  package init() {}

  /// The rows.
  package var rows: [ReferenceRegionKey: Row] {
    sums.mapValues { sums in
      Row(
        tokens: sums.ratios.count, relative: Self.ratio(sums.change, sums.base),
        median: Self.median(sums.ratios), cosine: sums.cosines / Double(max(sums.directions, 1)))
    }
  }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run.
  ///   - adapted: The adapted model's run on the same tokens.
  ///   - regions: The region of each token, nil for a token in none.
  package mutating func add(base: ReferenceRun, adapted: ReferenceRun, regions: [Int?]) {
    for (layer, (a, b)) in zip(base.layers, adapted.layers).enumerated() {
      let width = a.stream.count / max(regions.count, 1)
      for (token, region) in regions.enumerated() {
        guard let region else { continue }
        var (change, base, adapted, inner) = (0.0, 0.0, 0.0, 0.0)
        for (x, other) in zip(
          a.stream[token * width..<(token + 1) * width], b.stream[token * width..<(token + 1) * width])
        {
          change += (other - x) * (other - x)
          base += x * x
          adapted += other * other
          inner += x * other
        }
        let key = ReferenceRegionKey(layer: layer, region: region)
        sums[key, default: Sums()].change += change
        sums[key, default: Sums()].base += base
        // A vector of zeros has neither a ratio nor a direction.
        guard base > 0 else { continue }
        sums[key, default: Sums()].ratios.append(Self.ratio(change, base))
        guard adapted > 0 else { continue }
        sums[key, default: Sums()].cosines += change == 0 ? 1 : inner / (base * adapted).squareRoot()
        sums[key, default: Sums()].directions += 1
      }
    }
  }

  /// √(change / base), 0 where nothing changes.
  private static func ratio(_ change: Double, _ base: Double) -> Double {
    change == 0 ? 0 : (change / base).squareRoot()
  }

  private static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let (low, high) = (sorted[(sorted.count - 1) / 2], sorted[sorted.count / 2])
    return low == high ? low : (low + high) / 2
  }
}
