import Architectures
import Attribution
import Foundation
import LinearAlgebra
import PairedForward
import Results

/// Gathers attention mass by block, for every run.
struct MassProbe: MeasureProbe {
  /// The split of attention mass is the same from everywhere.
  let takesReference = false
  private let layers: [AttentionDescription]
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run, the first one with the same regions, which gathers the base's masses for both.
  private let owners: [Int]
  private let hasSinks: Bool
  private(set) var gathered: MassTables

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: MassTables) {
    layers = setting.description.layers.map(\.attention)
    maps = setting.maps
    hasSinks = layers.contains { $0.sinks != nil }
    owners = maps.map { [maps] own in maps.firstIndex(of: own) ?? 0 }
    gathered = tables
  }

  /// By run, what one task gathers: the base's masses and the changes; nil for a task that shows no scores.
  typealias Partial = [MassAccumulator]?

  /// A soft cap stands between terms and softmax, so that its change takes the scores themselves.
  var needs: ProbeNeeds {
    layers.contains { $0.softCap != nil }
      ? [.pattern, .terms, .patternChange, .scores] : [.pattern, .terms, .patternChange]
  }

  func begin(_ task: ProbeTask) -> Partial {
    guard case .attention(_, let prompt, _, _) = task else { return nil }
    return maps.map { MassAccumulator(regions: $0[prompt], hasSinks: hasSinks) }
  }

  func see(_ tile: PatternTile, _ partial: inout Partial) {
    for run in maps.indices where owners[run] == run {
      for (row, query) in tile.queries.enumerated() {
        let seen = layers[tile.layer].firstKey(of: query)..<query + 1
        partial?[run].addBase(
          tile.pattern[row] + (seen.lowerBound - tile.keys.lowerBound), sink: tile.sinks?[row], keys: seen, query: query
        )
      }
    }
  }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    let cap = layers[tile.layer].softCap
    let capped = cap.map { CappedTerms(tile, cap: Float($0)) }
    for (row, query) in tile.queries.enumerated() {
      let seen = tile.keys(of: query)
      let changed = max(seen.lowerBound, min(tile.changedKeys.lowerBound, seen.upperBound))..<seen.upperBound
      let (skipped, skippedChanged) = (
        seen.lowerBound - tile.keys.lowerBound, changed.lowerBound - tile.changedKeys.lowerBound
      )
      let terms = capped?.terms(row) ?? (byQuery: tile.KtdQ[row], byKey: tile.dKtQ[row])
      let massRow = MassRow(
        keys: seen, changedKeys: changed, pattern: tile.pattern[row] + skipped,
        change: tile.patternChange[row] + skipped, byQuery: terms.byQuery + skipped,
        byKey: terms.byKey + skippedChanged, sink: tile.sink(row))
      partial?[tile.run].addChange(massRow, query: query) { tile.operands.score(query: query, key: $0, cap: cap) }
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    // By run and prompt, over heads and queries.
    var own: [[Int: [Double]]] = maps.map { _ in [:] }
    for case (.attention(_, let prompt, let head, _), let partial?) in partials {
      for run in maps.indices {
        let values = partial[run].moved
        own[run][prompt, default: values.map { _ in 0 }].merge(values)
        gathered.mass[run].add(layer: layer.layer, head: head, sums: partial[run].sums)
        guard owners[run] != run else { continue }
        gathered.mass[run].add(layer: layer.layer, head: head, sums: partial[owners[run]].sums.map(\.baseAlone))
      }
    }
    for run in maps.indices { gathered.moved[run].add(layer: layer.layer, layer.prompts.map { own[run][$0] ?? [] }) }
    gathered.mass.count(layer, layers, maps)
  }
}

extension Array {
  /// Counts the queries of a batch's prompts in a layer, for every run.
  mutating func count<Counted>(_ layer: LayerSummary, _ layers: [AttentionDescription], _ maps: [[RegionMap]])
  where Element == RegionTable<Counted> {
    for run in indices {
      for prompt in layer.prompts {
        self[run].count(layer: layer.layer, maps[run][prompt]) { layers[layer.layer].firstKey(of: $0) }
      }
    }
  }
}

extension ScoreTile {
  /// The sink of a row, where the layer has one.
  func sink(_ row: Int) -> RowSink? {
    sinks.map {
      let own = $0[row]
      return RowSink(logit: own.logit, pattern: own.pattern, change: own.change, logitChange: own.logitChange)
    }
  }
}

extension MassSums {
  /// The base's masses without any change.
  fileprivate var baseAlone: MassSums {
    var result = MassSums()
    result.base = base
    return result
  }
}

/// What each term alone adds to the scores of a tile behind a soft cap.
private struct CappedTerms {
  private let byQuery: Matrix
  private let byKey: Matrix

  init(_ tile: ScoreTile, cap: Float) {
    let offset = tile.changedKeys.lowerBound - tile.keys.lowerBound
    byQuery = Matrix(rows: tile.queries.count, columns: tile.keys.count)
    byKey = Matrix(rows: tile.queries.count, columns: tile.changedKeys.count)
    guard let scores = tile.scores else { preconditionFailure("scores are asked for where there is a soft cap") }
    for (row, query) in tile.queries.enumerated() {
      let count = query + 1 - tile.keys.lowerBound
      byQuery.view[row].update(from: tile.KtdQ[row], count: count)
      softCapChange(scores[row], byQuery.view[row], count: count, cap: cap)
      guard count > offset else { continue }
      byKey.view[row].update(from: tile.dKtQ[row], count: count - offset)
      softCapChange(scores[row] + offset, byKey.view[row], count: count - offset, cap: cap)
    }
  }

  /// The terms of a row, from the first key and the first changed key of the tile on.
  func terms(_ row: Int) -> (byQuery: UnsafePointer<Float>, byKey: UnsafePointer<Float>) {
    (UnsafePointer(byQuery.view[row]), UnsafePointer(byKey.view[row]))
  }
}

extension ScoreOperands {
  /// The base's score as it enters the softmax, in double.
  fileprivate func score(query position: Int, key keyPosition: Int, cap: Double?) -> Double {
    var product = 0.0
    for coordinate in 0..<query.columns {
      product += Double(query[position, coordinate]) * Double(key[keyPosition, coordinate])
    }
    let score = scale * product
    return cap.map { $0 * tanh(score / $0) } ?? score
  }
}
