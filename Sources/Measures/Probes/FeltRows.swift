import Attribution
import LinearAlgebra
import PairedForward
import Results

/// Consecutive queries of one region in a tile with what they see, and the products by which vectors are pulled back to them and to their
/// keys: dp·K by region, p̄·K, p̄ itself and D(b)⊙Q, with p̄ = p + λ·dp and D_i(b) = Σ_{j∈b} dp_ij.
struct FeltRows {
  /// Positions.
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
  private let felt: FeltTile
  private let weights: MixtureWeights

  private var tile: ScoreTile { felt.tile }
  private var width: Int { tile.operands.query.columns }

  init(_ felt: FeltTile, _ queries: Range<Int>, _ map: RegionMap, _ weights: MixtureWeights) {
    (self.felt, self.queries, self.weights) = (felt, queries, weights)
    let tile = felt.tile
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
  /// Where the changed keys stand in the tile.
  var changedColumns: Range<Int> { columns(changedKeys) }
  /// Their queries, (queries, headDimension).
  var query: ReadOnlyMatrix { tile.operands.referenceQuery.rows(queries) }

  /// dp·K by region, one below the other.
  func keysByRegion() -> MatrixView {
    let (key, height, change) = (tile.operands.referenceKey, rows.count, felt.change.rows(rows))
    let result = matrix(.byRegion, rows: regions.count * height, columns: width)
    for (place, region) in regions.enumerated() {
      let target = result.rows(place * height..<(place + 1) * height)
      for (index, run) in region.runs.enumerated() {
        multiply(change.columns(columns(run)), key.rows(run), into: target, beta: index == 0 ? 0 : 1)
      }
    }
    return result
  }

  /// p̄·K; nil where nothing is exchanged.
  /// - Parameter byRegion: dp·K.
  func mixedKeys(_ byRegion: MatrixView) -> MatrixView? {
    guard hasExchange else { return nil }
    let (height, result) = (rows.count, matrix(.mixed, rows: rows.count, columns: width))
    multiply(felt.pattern.rows(rows).columns(columns(keys)), tile.operands.referenceKey.rows(keys), into: result)
    for place in regions.indices {
      for row in 0..<height {
        let weight = Float(weights.weights[rows.lowerBound + row])
        let (own, change) = (result[row], byRegion[place * height + row])
        for column in 0..<width { own[column] += weight * change[column] }
      }
    }
    return result
  }

  /// p̄ of the changed keys.
  var mixture: MatrixView {
    let columns = changedColumns
    let result = matrix(.mixture, rows: rows.count, columns: columns.count)
    for (row, tileRow) in rows.enumerated() {
      let (base, change) = (felt.pattern[tileRow] + columns.lowerBound, felt.change[tileRow] + columns.lowerBound)
      let (weight, target) = (Float(weights.weights[tileRow]), result[row])
      var column = 0
      while column < columns.count {
        let mixed = read(base, column, columns.count) + weight * read(change, column, columns.count)
        write(mixed, target, column, columns.count)
        column += 8
      }
    }
    return result
  }

  /// D(b)⊙Q, side by side for some regions, by their places among what gains attention.
  func weightedQueries(_ regions: [Int]) -> ReadOnlyMatrix {
    let (query, width) = (query, width)
    let result = matrix(.weighted, rows: query.rows, columns: regions.count * width)
    for row in 0..<query.rows {
      for (place, region) in regions.enumerated() {
        let gained = Float(weights.gained(rows.lowerBound + row, region))
        for column in 0..<width { result[row][place * width + column] = gained * query[row, column] }
      }
    }
    return ReadOnlyMatrix(result)
  }

  private func columns(_ keys: Range<Int>) -> Range<Int> {
    keys.lowerBound - tile.keys.lowerBound..<keys.upperBound - tile.keys.lowerBound
  }

  private func matrix(_ place: FeltTile.Place, rows: Int, columns: Int) -> MatrixView {
    tile.memory.matrix(place.rawValue, rows: rows, columns: columns)
  }
}
