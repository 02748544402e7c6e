import Attribution
import LinearAlgebra
import PairedForward

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
      let rows = Rows(tile, run.positions.clamped(to: tile.queries), map)
      let blocks = run.region * columns..<(run.region + 1) * columns
      if presence.queries.count > 1 { addQuerySources(rows, &sums[blocks]) }
      if presence.keys.count > 1 { addKeySources(rows, run.region, &sums, &keys) }
    }
    if tile.isLast { flush(&keys, &sums) }
  }

  /// Consecutive queries of one region, and what they see.
  private struct Rows {
    let queries: Range<Int>
    /// Rows of the tile.
    let rows: Range<Int>
    /// All keys that one of them sees.
    let keys: Range<Int>
    /// Those that can change.
    let changedKeys: Range<Int>
    /// Regions of these keys with their runs; tokens in none are a region behind the last.
    let regions: [(region: Int, runs: [Range<Int>])]
    /// Whether some keys are in no region.
    let hasGaps: Bool
    /// A sink's place among what gains attention, and among the sums; nil where there is none.
    let sink: (gained: Int, sums: Int)?

    init(_ tile: ScoreTile, _ queries: Range<Int>, _ map: RegionMap) {
      self.queries = queries
      rows = queries.lowerBound - tile.queries.lowerBound..<queries.upperBound - tile.queries.lowerBound
      let keys = tile.keys.lowerBound..<queries.upperBound
      self.keys = keys
      changedKeys = min(tile.changedKeys.lowerBound, keys.upperBound)..<keys.upperBound
      let runs = map.consecutiveRuns.filter { $0.positions.overlaps(keys) }
      regions = (0...map.runs.count).compactMap { region in
        let own = runs.filter { $0.region == region }.map { $0.positions.clamped(to: keys) }
        return own.isEmpty ? nil : (region, own)
      }
      hasGaps = regions.last?.region == map.runs.count
      sink = tile.sinks == nil ? nil : (map.runs.count + 1, map.runs.count)
    }

    /// Whether attention can go from one region to another, or to a sink; else no D is other than zero.
    var hasExchange: Bool { regions.count > 1 || sink != nil }
    /// What gains attention, by its place there, and where it is summed.
    var gaining: [(gained: Int, sums: Int)] { named.map { ($0.region, $0.region) } + [sink].compactMap(\.self) }
    /// The regions that have rows.
    var named: ArraySlice<(region: Int, runs: [Range<Int>])> { hasGaps ? regions.dropLast() : regions[...] }
  }

  // MARK: Queries

  private func addQuerySources(_ rows: Rows, _ sums: inout ArraySlice<AttentionNats>) {
    let (key, width) = (tile.operands.referenceKey, tile.operands.query.columns)
    let (first, height) = (tile.keys.lowerBound, rows.rows.count)
    let change = felt.change.rows(rows.rows)
    // dp·K by region, one below the other.
    let byRegion = matrix(.byRegion, rows: rows.regions.count * height, columns: width)
    for (place, region) in rows.regions.enumerated() {
      for (index, run) in region.runs.enumerated() {
        multiply(
          change.columns(run.lowerBound - first..<run.upperBound - first), key.rows(run),
          into: byRegion.rows(place * height..<(place + 1) * height), beta: index == 0 ? 0 : 1)
      }
    }
    let base = rows.hasExchange ? matrix(.mixed, rows: height, columns: width) : nil
    if let base {
      let columns = rows.keys.lowerBound - first..<rows.keys.upperBound - first
      multiply(felt.pattern.rows(rows.rows).columns(columns), key.rows(rows.keys), into: base)
    }
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
    guard let base else { return }
    addMixed(rows, byRegion, to: base)
    let weighted = matrix(.weighted, rows: height, columns: width)
    for region in rows.gaining {
      for row in 0..<height {
        let gained = -Float(weights.gained(rows.rows.lowerBound + row, region.gained))
        for column in 0..<width { weighted[row][column] = gained * base[row][column] }
      }
      add(ReadOnlyMatrix(weighted), region.sums)
    }
  }

  /// Makes p̄·K of p·K, with p̄ = p + λ·dp.
  private func addMixed(_ rows: Rows, _ byRegion: MatrixView, to base: MatrixView) {
    let (height, width) = (base.rows, base.columns)
    for place in rows.regions.indices {
      for row in 0..<height {
        let weight = Float(weights.weights[rows.rows.lowerBound + row])
        let (own, change) = (base[row], byRegion[place * height + row])
        for column in 0..<width { own[column] += weight * change[column] }
      }
    }
  }

  // MARK: Keys

  private func addKeySources(
    _ rows: Rows, _ region: Int, _ sums: inout [AttentionNats], _ keys: inout PulledBackKeys?
  ) {
    guard !rows.changedKeys.isEmpty else { return }
    // What all regions gain is nothing, so that the last one needs no product where there are no others. A sink gains little of what they
    // exchange: what is left of their sum has few digits.
    let gaining = rows.gaining
    let apart = !rows.hasExchange ? [] : rows.hasGaps || rows.sink != nil ? gaining[...] : gaining.dropLast()
    let isBySource = apart.count > presence.keys.count
    let pulled = PulledBackKeys.Shape(
      region: region, gaining: gaining.map(\.sums), apart: isBySource ? [] : apart.map(\.sums))
    if keys?.shape != pulled { flush(&keys, &sums) }
    let gathered =
      keys
      ?? PulledBackKeys(pulled, tokens: map.regionOfToken.count, width: tile.operands.referenceQuery.columns)
    keys = gathered
    let columns =
      rows.changedKeys.lowerBound - tile.keys.lowerBound..<rows.changedKeys.upperBound - tile.keys.lowerBound
    let query = tile.operands.referenceQuery.rows(rows.queries)
    multiply(
      transposing: felt.change.rows(rows.rows).columns(columns), query, into: gathered.change(rows.changedKeys), beta: 1
    )
    keys?.extend(by: rows.changedKeys)
    guard rows.hasExchange else { return }
    let mixture = mixture(rows, columns)
    if isBySource {
      let blocks = region * self.columns..<(region + 1) * self.columns
      return addBySource(rows, mixture, query, &sums[blocks])
    }
    multiply(
      transposing: ReadOnlyMatrix(mixture), weighted(query, rows, apart.map(\.gained)),
      into: gathered.mixture(rows.changedKeys),
      beta: 1)
  }

  /// Takes off what regions gain, ⟨q_i, (p̄·part)_i⟩: one product a source, however many regions there are.
  private func addBySource(
    _ rows: Rows, _ mixture: MatrixView, _ query: ReadOnlyMatrix, _ sums: inout ArraySlice<AttentionNats>
  ) {
    let mixed = matrix(.mixed, rows: query.rows, columns: query.columns)
    for source in presence.keys {
      multiply(ReadOnlyMatrix(mixture), part(source, rows.changedKeys), into: mixed)
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

  /// p̄ of the changed keys.
  private func mixture(_ rows: Rows, _ columns: Range<Int>) -> MatrixView {
    let mixture = matrix(.mixture, rows: rows.rows.count, columns: columns.count)
    for (row, tileRow) in rows.rows.enumerated() {
      mix(
        felt.pattern[tileRow] + columns.lowerBound, felt.change[tileRow] + columns.lowerBound,
        Float(weights.weights[tileRow]), into: mixture[row], columns.count)
    }
    return mixture
  }

  /// D(b)⊙Q, side by side for some regions.
  private func weighted(_ query: ReadOnlyMatrix, _ rows: Rows, _ regions: [Int]) -> ReadOnlyMatrix {
    let width = query.columns
    let weighted = matrix(.weighted, rows: query.rows, columns: regions.count * width)
    for row in 0..<query.rows {
      for (place, region) in regions.enumerated() {
        let gained = Float(weights.gained(rows.rows.lowerBound + row, region))
        for column in 0..<width { weighted[row][place * width + column] = gained * query[row, column] }
      }
    }
    return ReadOnlyMatrix(weighted)
  }

  private func matrix(_ place: FeltTile.Place, rows: Int, columns: Int) -> MatrixView {
    tile.memory.matrix(place.rawValue, rows: rows, columns: columns)
  }
}

/// target ← a + weight·b.
private func mix(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ weight: Float, into target: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  var column = 0
  while column < count {
    write(read(a, column, count) + weight * read(b, column, count), target, column, count)
    column += 8
  }
}
