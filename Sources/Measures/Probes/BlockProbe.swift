import Architectures
import Attribution
import PairedForward
import Results

/// Gathers the terms of the scores by block, for every run, and how far their sum is from the measured change.
struct BlockProbe: Probe {
  private let layers: [AttentionDescription]
  /// At the midpoint no term with both changes is left.
  private let hasBoth: Bool
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run, the gathered blocks.
  private(set) var tables: [BlockTable]
  /// By run.
  private(set) var closures: [Closure]

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: [BlockTable], _ closures: [Closure]) {
    layers = setting.description.layers.map(\.attention)
    maps = setting.maps
    hasBoth = setting.reference != .midpoint
    (self.tables, self.closures) = (tables, closures)
  }

  /// By run, what one task gathers; nil for a task that shows no scores.
  typealias Partial = [Gathered]?

  struct Gathered: Sendable {
    var blocks: BlockAccumulator
    var closure = Closure(maximum: 0, rows: 0)
  }

  var needs: ProbeNeeds { .terms }

  func begin(_ task: ProbeTask) -> Partial {
    guard case .attention(_, let prompt, _, _) = task else { return nil }
    return maps.map { Gathered(blocks: BlockAccumulator(regions: $0[prompt])) }
  }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    for (row, query) in tile.queries.enumerated() {
      partial?[tile.run].blocks.add(tile.termRow(row, query: query), query: query)
    }
    let tokens = maps[tile.run][tile.prompt].regionOfToken.count
    if let closure = ScoreClosure(tile, tokens: tokens) {
      partial?[tile.run].closure.merge(Closure(maximum: closure.error, rows: 1))
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for run in maps.indices {
      // By place of the prompt and head; blocks of queries of one head follow one another.
      var sums: [Int: [[BlockSums]]] = [:]
      for case (.attention(_, let prompt, let head, _), let partial?) in partials {
        let own = partial[run].blocks.sums
        if sums[prompt, default: []].count == head {
          sums[prompt, default: []].append(own)
        } else {
          for (block, more) in own.enumerated() { sums[prompt, default: []][head][block] += more }
        }
        closures[run].merge(partial[run].closure)
      }
      for (place, prompt) in layer.prompts.enumerated() {
        add(sums[prompt] ?? [], run, layer.layer, prompt, layer.reaches[run][place])
      }
    }
  }

  private mutating func add(
    _ sums: [[BlockSums]], _ run: Int, _ layer: Int, _ prompt: Int, _ reach: ChangeReach.Layer
  ) {
    let (map, attention) = (maps[run][prompt], layers[layer])
    tables[run].add(
      layer: layer, sums: sums, pairs: map.pairs(attention),
      isPossible: map.possibleTerms(reach, attention, hasBoth: hasBoth))
  }
}

extension ScoreTile {
  /// The terms of one row.
  func termRow(_ row: Int, query: Int) -> TermRow {
    let seen = keys(of: query)
    let changed = max(seen.lowerBound, min(changedKeys.lowerBound, seen.upperBound))..<seen.upperBound
    let skipped = seen.lowerBound - keys.lowerBound
    let skippedChanged = changed.lowerBound - changedKeys.lowerBound
    return TermRow(
      keys: seen, changedKeys: changed, pattern: pattern[row] + skipped, byQuery: KtdQ[row] + skipped,
      byKey: dKtQ[row] + skippedChanged, byBoth: dKtdQ[row] + skippedChanged, sink: sinks?[row].pattern ?? 0)
  }
}
