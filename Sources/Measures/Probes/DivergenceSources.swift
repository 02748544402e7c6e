import Attribution
import LinearAlgebra
import PairedForward
import Results

/// What dKᵀQ and KᵀdQ are made of in nats, some queries at a time, by pulled-back vectors: no scores are multiplied again.
///
/// With D_i(b) = Σ_{j∈b} dp_ij the weight of a pair in the block a→b is w_ij = σ_ij·([j ∈ b]·dp_ij − p̄_ij·D_i(b)) for every key of the row, and a
/// source's nats are Σ_ij w_ij·c·⟨part, operand⟩:
///
///     of dk  Σ_j ⟨part_j, a_j⟩,  a_j = c·Σ_i w_ij q_i = c·[(dpᵀQ)_j where j ∈ b − (p̄ᵀ(D(b)⊙Q))_j],
///     of dq  Σ_i ⟨part_i, a_i⟩,  a_i = c·Σ_j w_ij k_j = c·[Σ_{j∈b} dp_ij k_j − D_i(b)·(p̄K)_i].
struct DivergenceSources {
  private let felt: FeltTile
  private let sources: SourceOperands
  private let presence: SourcePresence
  private let map: RegionMap
  private let weights: MixtureWeights

  private var tile: ScoreTile { felt.tile }
  private var scale: Double { tile.operands.scale }

  init(
    _ felt: FeltTile, _ sources: SourceOperands, _ presence: SourcePresence, _ map: RegionMap,
    _ weights: MixtureWeights
  ) {
    self.felt = felt
    self.sources = sources
    self.presence = presence
    self.map = map
    self.weights = weights
  }

  /// Adds the tile's queries to the sums of their blocks; what they pull back to keys is gathered first, and added with the task's
  /// last tile at the latest.
  func add(to task: inout DivergenceProbe.Task) {
    add(to: &task.divergence.sums, gathering: &task.keys)
  }

  /// Sums of the queries of one region.
  private var columns: Int { map.runs.count + (tile.sinks == nil ? 0 : 1) }

  private func add(to sums: inout [AttentionNats], gathering keys: inout PulledBackKeys?) {
    for run in map.consecutiveRuns where run.region < map.runs.count && run.positions.overlaps(tile.queries) {
      let rows = FeltRows(felt, run.positions.clamped(to: tile.queries), map, weights)
      let blocks = run.region * columns..<(run.region + 1) * columns
      if presence.queries.count > 1 { addQuerySources(rows, &sums[blocks]) }
      if presence.keys.count > 1 { addKeySources(rows, run.region, &sums, &keys) }
    }
    if tile.isLast { flush(&keys, &sums) }
  }

  // MARK: Queries

  private func addQuerySources(_ rows: FeltRows, _ sums: inout ArraySlice<AttentionNats>) {
    let (byRegion, height) = (rows.keysByRegion(), rows.rows.count)
    let start = rows.queries.lowerBound - tile.operands.firstQuery
    func add(_ vectors: ReadOnlyMatrix, _ region: Int) {
      for source in presence.queries {
        let nats = scale * innerProduct(sources.query[source].rows(start..<start + height), vectors)
        sums[sums.startIndex + region].querySources[source] += nats
      }
    }
    for (place, region) in rows.named.enumerated() {
      add(ReadOnlyMatrix(byRegion.rows(place * height..<(place + 1) * height)), region.region)
    }
    guard let base = rows.mixedKeys(byRegion) else { return }
    let width = base.columns
    let weighted = matrix(.weighted, rows: height, columns: width)
    for region in rows.gaining {
      for row in 0..<height {
        let gained = -Float(weights.gained(rows.rows.lowerBound + row, region.gained))
        for column in 0..<width { weighted[row][column] = gained * base[row][column] }
      }
      add(ReadOnlyMatrix(weighted), region.sums)
    }
  }

  // MARK: Keys

  private func addKeySources(
    _ rows: FeltRows, _ region: Int, _ sums: inout [AttentionNats], _ keys: inout PulledBackKeys?
  ) {
    let changed = rows.changedKeys
    guard !changed.isEmpty else { return }
    // What all regions gain is nothing, so that the last one needs no product where there are no others. A sink gains little of what they
    // exchange: what is left of their sum has few digits.
    let gaining = rows.gaining
    let apart = !rows.hasExchange ? [] : rows.hasGaps || rows.sink != nil ? gaining[...] : gaining.dropLast()
    let isBySource = apart.count > presence.keys.count
    let shape = PulledBackKeys.Shape(
      region: region, gaining: gaining.map(\.sums), apart: isBySource ? [] : apart.map(\.sums))
    if keys?.shape != shape { flush(&keys, &sums) }
    var gathered = keys ?? PulledBackKeys(shape, tokens: map.regionOfToken.count, width: rows.query.columns)
    gathered.extend(by: changed)
    keys = gathered
    multiply(
      transposing: felt.change.rows(rows.rows).columns(rows.changedColumns), rows.query,
      into: gathered.change(changed), beta: 1)
    guard rows.hasExchange else { return }
    let mixture = ReadOnlyMatrix(rows.mixture)
    if isBySource {
      addBySource(rows, mixture, &sums[region * columns..<(region + 1) * columns])
    } else {
      let weighted = rows.weightedQueries(apart.map(\.gained))
      multiply(transposing: mixture, weighted, into: gathered.mixture(changed), beta: 1)
    }
  }

  /// Takes off what regions gain, ⟨q_i, (p̄·part)_i⟩: one product a source, however many regions there are.
  private func addBySource(_ rows: FeltRows, _ mixture: ReadOnlyMatrix, _ sums: inout ArraySlice<AttentionNats>) {
    let query = rows.query
    let mixed = matrix(.mixed, rows: query.rows, columns: query.columns)
    for source in presence.keys {
      multiply(mixture, part(source, rows.changedKeys), into: mixed)
      for row in 0..<query.rows {
        let nats = scale * dot(query[row], mixed[row], query.columns)
        for region in rows.gaining {
          let gained = weights.gained(rows.rows.lowerBound + row, region.gained)
          sums[sums.startIndex + region.sums].keySources[source] -= gained * nats
        }
      }
    }
  }

  /// Takes what was pulled back to keys against the sources.
  private func flush(_ keys: inout PulledBackKeys?, _ sums: inout [AttentionNats]) {
    guard let gathered = keys else { return }
    keys = nil
    let shape = gathered.shape
    let first = shape.region * columns
    for run in map.consecutiveRuns where run.region < map.runs.count {
      let own = run.positions.clamped(to: gathered.keys)
      if own.isEmpty { continue }
      for source in presence.keys {
        sums[first + run.region].keySources[source] +=
          scale * innerProduct(part(source, own), ReadOnlyMatrix(gathered.change(own)))
      }
    }
    // The one that was left out gains what the others lose.
    let rest = shape.apart.isEmpty || shape.apart == shape.gaining ? nil : shape.gaining.last
    for source in presence.keys {
      for (place, region) in shape.apart.enumerated() {
        let nats = scale * innerProduct(part(source, gathered.keys), ReadOnlyMatrix(gathered.mixture(place)))
        sums[first + region].keySources[source] -= nats
        if let rest { sums[first + rest].keySources[source] += nats }
      }
    }
  }

  private func part(_ source: Int, _ keys: Range<Int>) -> ReadOnlyMatrix {
    let first = tile.operands.firstKey
    return sources.key[source].rows(keys.lowerBound - first..<keys.upperBound - first)
  }

  private func matrix(_ place: FeltTile.Place, rows: Int, columns: Int) -> MatrixView {
    tile.memory.matrix(place.rawValue, rows: rows, columns: columns)
  }
}
