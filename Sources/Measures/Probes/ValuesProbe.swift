import Architectures
import Attribution
import Foundation
import LinearAlgebra
import PairedForward
import Results

/// Gathers how what the heads write to the residual stream changes, by block, for every run.
struct ValuesProbe: MeasureProbe {
  private let layers: [AttentionDescription]
  private let reference: ReferencePoint
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run, the gathered sums.
  private(set) var gathered: [RegionTable<PartSums>]

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: [RegionTable<PartSums>]) {
    layers = setting.description.layers.map(\.attention)
    (maps, reference, gathered) = (setting.maps, setting.reference, tables)
  }

  /// By run, the sums of one task by block; nil for a task that shows no scores.
  typealias Partial = [[PartSums]]?

  var needs: ProbeNeeds { [.values, .patternChange] }

  func begin(_ task: ProbeTask) -> Partial {
    guard case .attention(_, let prompt, _, _) = task else { return nil }
    return maps.map { maps in
      let regions = maps[prompt].runs.count
      return Array(repeating: PartSums(), count: regions * regions)
    }
  }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    let map = maps[tile.run][tile.prompt]
    for (region, runs) in map.runs.enumerated() {
      let runs = runs.filter { $0.overlaps(tile.keys) }.map { $0.clamped(to: tile.keys) }
      guard !runs.isEmpty, let vectors = WrittenVectors(tile, keys: runs, reference) else { continue }
      var sums = Array(repeating: PartSums(), count: map.runs.count)
      for (row, query) in tile.queries.enumerated() {
        if let queryRegion = map.regionOfToken[query] { vectors.add(row, to: &sums[queryRegion]) }
      }
      for (queryRegion, sum) in sums.enumerated() { partial?[tile.run][queryRegion * map.runs.count + region] += sum }
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for case (.attention(_, _, let head, _), let partial?) in partials {
      for run in maps.indices { gathered[run].add(layer: layer.layer, head: head, sums: partial[run]) }
    }
    gathered.count(layer, layers, maps)
  }
}

/// dP·V, P·dV and dP·dV of the queries of a tile over some of its keys, in coordinates in which lengths and angles are those
/// of the residual stream.
private struct WrittenVectors {
  /// (queries, coordinates) one below the other, or dP·V alone where no value changes.
  private let terms: Matrix
  private let queries: Int
  private let hasValueChange: Bool
  private let reference: ReferencePoint

  /// - Parameter keys: Runs of positions within the tile's.
  init?(_ tile: ScoreTile, keys: [Range<Int>], _ reference: ReferencePoint) {
    guard let factor = tile.operands.outputFactor else { return nil }
    let (operands, first, rows) = (tile.operands, tile.keys.lowerBound, tile.queries.count)
    let changed = keys.map { $0.clamped(to: tile.changedKeys) }.filter { !$0.isEmpty }
    let mixed = Matrix(rows: (changed.isEmpty ? 1 : 3) * rows, columns: operands.value.columns)
    for (index, run) in keys.enumerated() {
      multiply(
        tile.patternChange.columns(run.lowerBound - first..<run.upperBound - first), operands.value.rows(run),
        into: mixed.view.rows(0..<rows), beta: index == 0 ? 0 : 1)
    }
    for (index, run) in changed.enumerated() {
      let (columns, beta) = (run.lowerBound - first..<run.upperBound - first, Float(index == 0 ? 0 : 1))
      let delta = operands.valueDelta.rows(run.lowerBound - operands.firstKey..<run.upperBound - operands.firstKey)
      multiply(tile.pattern.columns(columns), delta, into: mixed.view.rows(rows..<2 * rows), beta: beta)
      multiply(tile.patternChange.columns(columns), delta, into: mixed.view.rows(2 * rows..<3 * rows), beta: beta)
    }
    if let gate = operands.gate {
      // The base's gates stand between heads and output projection.
      for (row, query) in (0..<mixed.rows / rows).flatMap({ _ in tile.queries }).enumerated() {
        for column in 0..<gate.columns { mixed.view[row][column] *= 1 / (1 + exp(-gate[query, column])) }
      }
    }
    terms = Matrix(rows: mixed.rows, columns: factor.rows)
    multiply(ReadOnlyMatrix(mixed.view), factor, transposed: true, into: terms.view)
    queries = rows
    self.reference = reference
    hasValueChange = !changed.isEmpty
  }

  func add(_ row: Int, to sums: inout PartSums) {
    let view = terms.view
    if hasValueChange {
      sums.add(view[row], view[queries + row], view[2 * queries + row], view.columns, at: reference)
    } else {
      sums.add(view[row], view.columns, onlyPart: ValueTerm.dPV.rawValue)
    }
  }
}
