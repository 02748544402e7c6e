import Attribution
import LinearAlgebra
import PairedForward
import Results

/// Of one head, what its queries and keys are taken against by block: a part of dq or dk has the nats Σ ⟨part, vector⟩ over tokens.
///
/// With D_i(b) = Σ_{j∈b} dp_ij and w_ij = σ_ij·([j ∈ b]·dp_ij − p̄_ij·D_i(b)) these are c·Σ_j w_ij k_j for a query i, and c·Σ_i w_ij q_i over the
/// queries of a region for a key j. They are gathered tile by tile.
struct WriterVectors: Sendable {
  /// By tile of queries and region of keys, (queries, headDimension); nil where a region has no key.
  private(set) var queries: [(positions: Range<Int>, byRegion: [Matrix?])] = []
  /// By query region · regions + key region, (keys from ``firstKey`` on, headDimension).
  private(set) var keys: [Matrix?]
  private(set) var firstKey = 0
  private let regions: Int

  init(_ map: RegionMap) {
    regions = map.runs.count
    keys = Array(repeating: nil, count: regions * regions)
  }

  mutating func add(_ felt: FeltTile, _ map: RegionMap, _ weights: MixtureWeights) {
    let tile = felt.tile
    firstKey = tile.operands.firstKey
    let width = tile.operands.query.columns
    let rows = (0..<regions).map { region -> Matrix? in
      map.runs[region].contains { $0.lowerBound < tile.queries.upperBound }
        ? Matrix(rows: tile.queries.count, columns: width) : nil
    }
    for (region, runs) in map.runs.enumerated() {
      for run in runs where run.overlaps(tile.queries) {
        let own = WriterTile(felt, run.clamped(to: tile.queries), map, weights)
        own.addQueries(to: rows)
        own.addKeys { other in
          let block = region * regions + other
          if let known = keys[block] { return known.view }
          let matrix = Matrix(rows: tile.operands.keyDelta.rows, columns: width)
          keys[block] = matrix
          return matrix.view
        }
      }
    }
    queries.append((tile.queries, rows))
  }

  /// Adds the nats of sources: those of queries of the tile that was added last, those of keys with a task's last tile.
  func add(
    _ sources: SourceOperands, _ presence: SourcePresence, of tile: ScoreTile, _ map: RegionMap,
    to sums: inout [AttentionNats]
  ) {
    if presence.queries.count > 1, let last = queries.last {
      let first = tile.operands.firstQuery
      for run in map.consecutiveRuns where run.region < regions && run.positions.overlaps(last.positions) {
        let own = run.positions.clamped(to: last.positions)
        for (other, vectors) in last.byRegion.enumerated() {
          guard let vectors = vectors?.view.rows(own.shifted(by: -last.positions.lowerBound)) else { continue }
          for source in presence.queries {
            sums[run.region * regions + other].querySources[source] += innerProduct(
              sources.query[source].rows(own.shifted(by: -first)), ReadOnlyMatrix(vectors))
          }
        }
      }
    }
    guard tile.isLast, presence.keys.count > 1 else { return }
    for (block, vectors) in keys.enumerated() {
      guard let vectors else { continue }
      for source in presence.keys {
        sums[block].keySources[source] += innerProduct(
          sources.key[source].rows(0..<vectors.rows), ReadOnlyMatrix(vectors.view))
      }
    }
  }
}

extension Range<Int> {
  fileprivate func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}

/// Consecutive queries of one region in a tile.
private struct WriterTile {
  private let tile: ScoreTile
  private let felt: FeltTile
  private let rows: FeltRows
  private let weights: MixtureWeights

  private var scale: Float { Float(tile.operands.scale) }

  init(_ felt: FeltTile, _ queries: Range<Int>, _ map: RegionMap, _ weights: MixtureWeights) {
    (self.felt, tile, self.weights) = (felt, felt.tile, weights)
    rows = FeltRows(felt, queries, map, weights)
  }

  /// c·[Σ_{j∈b} dp_ij k_j − D_i(b)·(p̄K)_i] by region.
  func addQueries(to result: [Matrix?]) {
    let (byRegion, height) = (rows.keysByRegion(), rows.rows.count)
    let mixed = rows.mixedKeys(byRegion)
    for (place, region) in rows.named.enumerated() {
      guard let target = result[region.region]?.view.rows(rows.rows) else { continue }
      for row in 0..<height {
        let (own, target) = (byRegion[place * height + row], target[row])
        for column in 0..<byRegion.columns { target[column] = scale * own[column] }
        guard let mixed else { continue }
        let gained = scale * Float(weights.gained(rows.rows.lowerBound + row, region.region))
        for column in 0..<byRegion.columns { target[column] -= gained * mixed[row][column] }
      }
    }
  }

  /// c·[(dpᵀQ)_j where j ∈ b − (p̄ᵀ(D(b)⊙Q))_j] by region, added to what is there.
  func addKeys(to target: (Int) -> MatrixView) {
    let (changed, first) = (rows.changedKeys, tile.operands.firstKey)
    guard !changed.isEmpty else { return }
    let width = rows.query.columns
    let vectors = matrix(.pulledBack, columns: width)
    multiply(
      transposing: felt.change.rows(rows.rows).columns(rows.changedColumns), rows.query, into: vectors, alpha: scale)
    let mixed = rows.hasExchange ? mixed() : nil
    for (place, region) in rows.named.enumerated() {
      let own = target(region.region)
      if let mixed {
        own.rows(changed.lowerBound - first..<changed.upperBound - first)
          .add(mixed.columns(place * width..<(place + 1) * width), scaledBy: -1)
      }
      for run in region.runs.map({ $0.clamped(to: changed) }) where !run.isEmpty {
        own.rows(run.lowerBound - first..<run.upperBound - first)
          .add(vectors.rows(run.lowerBound - changed.lowerBound..<run.upperBound - changed.lowerBound))
      }
    }
  }

  /// c·p̄ᵀ(D(b)⊙Q) of the changed keys, side by side for all regions.
  private func mixed() -> MatrixView {
    let weighted = rows.weightedQueries(rows.named.map(\.region))
    let result = matrix(.pulledBackMixture, columns: weighted.columns)
    multiply(transposing: ReadOnlyMatrix(rows.mixture), weighted, into: result, alpha: scale)
    return result
  }

  private func matrix(_ place: FeltTile.Place, columns: Int) -> MatrixView {
    tile.memory.matrix(place.rawValue, rows: rows.changedKeys.count, columns: columns)
  }
}
