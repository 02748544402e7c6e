import Attribution
import LinearAlgebra
import PairedForward

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
  private var divergence: DivergenceAccumulator
  private let regions: Int

  init(_ map: RegionMap, hasSinks: Bool) {
    regions = map.runs.count
    keys = Array(repeating: nil, count: regions * regions)
    divergence = DivergenceAccumulator(regions: map, hasSinks: hasSinks)
  }

  mutating func add(_ felt: FeltTile, _ map: RegionMap) {
    let tile = felt.tile
    firstKey = tile.operands.firstKey
    var weights = MixtureWeights(regions: regions, queries: tile.queries.count)
    for (row, query) in tile.queries.enumerated() {
      weights.set(row, divergence.add(felt.row(row, query: query), query: query), divergence)
    }
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
}

/// Consecutive queries of one region in a tile.
private struct WriterTile {
  private let felt: FeltTile
  private let weights: MixtureWeights
  /// Positions.
  private let queries: Range<Int>
  /// Rows of the tile.
  private let rows: Range<Int>
  /// All keys that one of them sees.
  private let keys: Range<Int>
  /// Regions of these keys with their runs; tokens in none are a region behind the last.
  private let regions: [(region: Int, runs: [Range<Int>])]
  private let named: ArraySlice<(region: Int, runs: [Range<Int>])>

  private var tile: ScoreTile { felt.tile }
  private var scale: Float { Float(tile.operands.scale) }
  /// Whether attention can go from one region to another, or to a sink; else no D is other than zero.
  private var hasExchange: Bool { regions.count > 1 || tile.sinks != nil }

  init(_ felt: FeltTile, _ queries: Range<Int>, _ map: RegionMap, _ weights: MixtureWeights) {
    (self.felt, self.queries, self.weights) = (felt, queries, weights)
    let first = felt.tile.queries.lowerBound
    rows = queries.lowerBound - first..<queries.upperBound - first
    let keys = felt.tile.keys.lowerBound..<queries.upperBound
    self.keys = keys
    let runs = map.consecutiveRuns.filter { $0.positions.overlaps(keys) }
    regions = (0...map.runs.count).compactMap { region in
      let own = runs.filter { $0.region == region }.map { $0.positions.clamped(to: keys) }
      return own.isEmpty ? nil : (region, own)
    }
    named = regions.last?.region == map.runs.count ? regions.dropLast() : regions[...]
  }

  /// c·[Σ_{j∈b} dp_ij k_j − D_i(b)·(p̄K)_i] by region.
  func addQueries(to result: [Matrix?]) {
    let (key, width, height) = (tile.operands.referenceKey, tile.operands.query.columns, rows.count)
    let first = tile.keys.lowerBound
    let change = felt.change.rows(rows)
    let byRegion = matrix(.byRegion, rows: regions.count * height, columns: width)
    for (place, region) in regions.enumerated() {
      for (index, run) in region.runs.enumerated() {
        multiply(
          change.columns(run.lowerBound - first..<run.upperBound - first), key.rows(run),
          into: byRegion.rows(place * height..<(place + 1) * height), alpha: scale, beta: index == 0 ? 0 : 1)
      }
    }
    let mixed = matrix(.mixed, rows: height, columns: width)
    if hasExchange {
      let columns = keys.lowerBound - first..<keys.upperBound - first
      multiply(felt.pattern.rows(rows).columns(columns), key.rows(keys), into: mixed, alpha: scale)
      for place in regions.indices {
        for row in 0..<height {
          let weight = Float(weights.weights[rows.lowerBound + row])
          for column in 0..<width { mixed[row][column] += weight * byRegion[place * height + row][column] }
        }
      }
    }
    for (place, region) in named.enumerated() {
      guard let target = result[region.region]?.view.rows(rows) else { continue }
      for row in 0..<height {
        let gained = hasExchange ? Float(weights.gained(rows.lowerBound + row, region.region)) : 0
        for column in 0..<width {
          target[row][column] =
            byRegion[place * height + row][column] - (hasExchange ? gained * mixed[row][column] : 0)
        }
      }
    }
  }

  /// c·[(dpᵀQ)_j where j ∈ b − (p̄ᵀ(D(b)⊙Q))_j] by region, added to what is there.
  func addKeys(to target: (Int) -> MatrixView) {
    let changed = min(tile.changedKeys.lowerBound, keys.upperBound)..<keys.upperBound
    guard !changed.isEmpty else { return }
    let (query, first) = (tile.operands.referenceQuery.rows(queries), tile.operands.firstKey)
    let width = query.columns
    let columns = changed.lowerBound - tile.keys.lowerBound..<changed.upperBound - tile.keys.lowerBound
    let vectors = matrix(.pulledBack, rows: changed.count, columns: width)
    multiply(transposing: felt.change.rows(rows).columns(columns), query, into: vectors, alpha: scale)
    let mixed = hasExchange ? mixture(columns, query) : nil
    for (place, region) in named.enumerated() {
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
  private func mixture(_ columns: Range<Int>, _ query: ReadOnlyMatrix) -> MatrixView {
    let width = query.columns
    let mixture = matrix(.mixture, rows: rows.count, columns: columns.count)
    let weighted = matrix(.weighted, rows: rows.count, columns: named.count * width)
    for (row, tileRow) in rows.enumerated() {
      let (base, change) = (felt.pattern[tileRow] + columns.lowerBound, felt.change[tileRow] + columns.lowerBound)
      let (weight, target) = (Float(weights.weights[tileRow]), mixture[row])
      var column = 0
      while column < columns.count {
        let sum = read(base, column, columns.count) + read(change, column, columns.count) * weight
        write(sum, target, column, columns.count)
        column += 8
      }
      for (place, region) in named.enumerated() {
        let gained = Float(weights.gained(tileRow, region.region))
        for column in 0..<width { weighted[row][place * width + column] = gained * query[row, column] }
      }
    }
    let result = matrix(.pulledBackMixture, rows: columns.count, columns: weighted.columns)
    multiply(transposing: ReadOnlyMatrix(mixture), ReadOnlyMatrix(weighted), into: result, alpha: scale)
    return result
  }

  private func matrix(_ place: FeltTile.Place, rows: Int, columns: Int) -> MatrixView {
    tile.memory.matrix(place.rawValue, rows: rows, columns: columns)
  }
}
