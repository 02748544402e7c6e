import Architectures

/// What linear attention reads from its states, o = Sᵀq, and how that changes, from pairs of plain runs: dSᵀq, Sᵀdq and dSᵀdq.
package struct ReferenceMemory: Sendable {
  private var sums: [ReferenceRegionKey: (vectors: ReferenceVectorSums, tokens: Int)] = [:]
  private let weight: Double

  /// Nothing yet.
  /// - Parameter weight: How far on the way from base to adapted model the operands are taken: 0 at the base.
  package init(at weight: Double = 0) { self.weight = weight }

  /// The rows.
  package var rows: [ReferenceRegionKey: ReferenceVectorRow] { sums.mapValues { $0.vectors.row(count: $0.tokens) } }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run, with ``ReferenceDetail/all`` kept.
  ///   - adapted: The adapted model's run on the same tokens, likewise.
  ///   - regions: The region of each token, nil for a token in none.
  package mutating func add(base: ReferenceRun, adapted: ReferenceRun, regions: [Int?]) {
    for (index, (before, after)) in zip(base.layers, adapted.layers).enumerated() {
      for (head, (one, other)) in zip(before.details.states, after.details.states).enumerated() {
        add(one, other, index, head, regions)
      }
    }
  }

  private mutating func add(
    _ before: ReferenceRecurrence.Head, _ after: ReferenceRecurrence.Head, _ layer: Int, _ head: Int, _ regions: [Int?]
  ) {
    var (old, new) = (ReferenceRecurrence.State(before), ReferenceRecurrence.State(after))
    let step = zip(after.query, before.query).map { $0 - $1 }
    for (token, region) in regions.enumerated() {
      old.take(token)
      new.take(token)
      guard let region else { continue }
      func change(_ x: [Double]) -> ArraySlice<Double> {
        zip(new.read(x, token), old.read(x, token)).map { $0 - $1 }[...]
      }
      let key = ReferenceRegionKey(layer: layer, head: head, region: region)
      var own = sums[key] ?? (ReferenceVectorSums(at: weight), 0)
      own.vectors.add([change(before.query), old.read(step, token)[...], change(step)])
      own.tokens += 1
      sums[key] = own
    }
  }
}
