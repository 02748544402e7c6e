import Architectures
import Attribution
import LinearAlgebra
import PairedForward

/// Gathers by block what dKᵀQ and KᵀdQ are made of, for every run.
///
/// The engine hands over the sources of dk and dq; their scores are multiplied here, some keys at a time. A source that is
/// zero costs nothing, and one that is the only one is the term itself.
struct SourceProbe: Probe {
  private let layers: [AttentionDescription]
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run.
  private(set) var tables: [SourceTable]

  /// - Parameters:
  ///   - regions: By run, the names of the regions.
  ///   - maps: By run and prompt, where they are.
  init(_ description: ModelDescription, regions: [[String]], maps: [[RegionMap]]) {
    layers = description.layers.map(\.attention)
    self.maps = maps
    let heads = layers.map(\.queryHeads).max() ?? 0
    let norms = layers.map { (key: $0.keyNorm != nil, query: $0.queryNorm != nil) }
    tables = regions.map { SourceTable(regions: $0, heads: heads, norms: norms) }
  }

  /// By run and block; nil for a task that shows no scores.
  typealias Partial = Gathered?

  struct Gathered: Sendable {
    /// Of dKᵀQ.
    var key: [[PartSums]]
    /// Of KᵀdQ.
    var query: [[PartSums]]
    /// Scores of the sources of one chunk of keys, reused from tile to tile.
    var memory: Matrix?
  }

  var needs: ProbeNeeds { .sources }

  func begin(_ task: ProbeTask) -> Partial {
    guard case .attention(_, let prompt, _, _) = task else { return nil }
    let sums = maps.map { Array(repeating: PartSums(), count: $0[prompt].runs.count * $0[prompt].runs.count) }
    return Gathered(key: sums, query: sums)
  }

  /// Keys that are multiplied at a time: four sources of a tile's queries stay in the cache.
  private static let chunk = 128

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    guard let sources = tile.operands.sources, var gathered = partial else { return }
    partial = nil
    let rows = max(gathered.memory?.rows ?? 0, 4 * tile.queries.count)
    let memory = gathered.memory.flatMap { $0.rows == rows ? $0 : nil } ?? Matrix(rows: rows, columns: Self.chunk)
    gathered.memory = memory
    let regions = maps[tile.run][tile.prompt]
    let scores = SourceScores(tile: tile, regions: regions, memory: memory)
    for keys in tile.keys.pieces(of: Self.chunk) {
      scores.addQueryTerm(sources.query, keys, &gathered.query[tile.run])
    }
    for keys in tile.changedKeys.pieces(of: Self.chunk) {
      scores.addKeyTerm(sources.key, keys, &gathered.key[tile.run])
    }
    partial = gathered
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for run in maps.indices {
      for case (.attention(_, _, let head, _), let partial?) in partials {
        tables[run].add(layer: layer.layer, head: head, key: partial.key[run], query: partial.query[run])
      }
      for prompt in layer.prompts {
        let attention = layers[layer.layer]
        tables[run].add(
          layer: layer.layer, pairs: maps[run][prompt].pairs { attention.firstKey(of: $0) })
      }
    }
  }
}

/// The scores of single sources of one tile, some keys at a time.
private struct SourceScores {
  let tile: ScoreTile
  let regions: RegionMap
  let memory: Matrix

  /// Adds KᵀdQ of some keys by the sources of dq.
  func addQueryTerm(_ sources: [ReadOnlyMatrix], _ keys: Range<Int>, _ sums: inout [PartSums]) {
    let queries = queries(of: keys)
    let first = tile.operands.firstQuery
    let own = sources.map { $0.rows(queries.lowerBound - first..<queries.upperBound - first) }
    let key = tile.operands.key.rows(keys)
    add(own, queries, keys, whole: tile.KtdQ, firstColumn: tile.keys.lowerBound, &sums) { source, target in
      multiply(source, key, transposed: true, into: target, alpha: Float(tile.operands.scale))
    }
  }

  /// Adds dKᵀQ of some keys by the sources of dk.
  func addKeyTerm(_ sources: [ReadOnlyMatrix], _ keys: Range<Int>, _ sums: inout [PartSums]) {
    let queries = queries(of: keys)
    let first = tile.operands.firstKey
    let own = sources.map { $0.rows(keys.lowerBound - first..<keys.upperBound - first) }
    let query = tile.operands.query.rows(queries)
    add(own, queries, keys, whole: tile.dKtQ, firstColumn: tile.changedKeys.lowerBound, &sums) {
      source, target in
      multiply(query, source, transposed: true, into: target, alpha: Float(tile.operands.scale))
    }
  }

  /// The queries that see any of the keys.
  private func queries(of keys: Range<Int>) -> Range<Int> {
    let end = tile.window.map { min(tile.queries.upperBound, keys.upperBound + $0 - 1) } ?? tile.queries.upperBound
    return min(max(tile.queries.lowerBound, keys.lowerBound), end)..<end
  }

  private func add(
    _ sources: [ReadOnlyMatrix], _ queries: Range<Int>, _ keys: Range<Int>, whole: ReadOnlyMatrix, firstColumn: Int,
    _ sums: inout [PartSums],
    multiply: (ReadOnlyMatrix, MatrixView) -> Void
  ) {
    guard !queries.isEmpty else { return }
    let present = sources.indices.filter { !sources[$0].isZero }
    var places = SIMD4<Int>(repeating: -1)
    if present.count > 1 {
      for source in present {
        let rows = source * tile.queries.count..<source * tile.queries.count + queries.count
        multiply(sources[source], memory.view.rows(rows).columns(0..<keys.count))
        places[source] = rows.lowerBound * memory.columns
      }
    }
    for (row, query) in queries.enumerated() {
      guard !present.isEmpty, let region = regions.regionOfToken[query] else { continue }
      let seen = tile.keys(of: query).clamped(to: keys)
      let values = whole[query - tile.queries.lowerBound]
      for (keyRegion, runs) in regions.runs.enumerated() {
        let block = region * regions.runs.count + keyRegion
        for run in runs {
          let own = run.clamped(to: seen)
          guard !own.isEmpty else { continue }
          let start = values + (own.lowerBound - firstColumn)
          if present.count == 1 {
            sums[block].add(start, own.count, onlyPart: present[0])
          } else {
            let offset = row * memory.columns + own.lowerBound - keys.lowerBound
            sums[block].add(start, own.count, parts: places, from: memory.view.elements + offset)
          }
        }
      }
    }
  }
}

extension ReadOnlyMatrix {
  /// Whether every element is zero.
  fileprivate var isZero: Bool {
    for row in 0..<rows {
      for column in 0..<columns where self[row, column] != 0 { return false }
    }
    return true
  }
}
