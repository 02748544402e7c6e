import Architectures
import Attribution
import PairedForward
import Results

/// Gathers attention divergence by block, in nats: its terms for every run, and for some what these are made of.
struct DivergenceProbe: MeasureProbe {
  private let layers: [AttentionDescription]
  /// At the midpoint no term with both changes is left.
  private let hasBoth: Bool
  private let hasSinks: Bool
  /// Runs whose terms are split by source, and whose rows get intervals; those behind them are random changes.
  private let subjects: Int
  /// Whether what their queries and keys are taken against is kept, for those who ask who wrote it.
  private let keepsVectors: Bool
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run, the gathered sums.
  private(set) var gathered: [DivergenceTable]

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: [DivergenceTable]) {
    layers = setting.description.layers.map(\.attention)
    (maps, subjects, gathered) = (setting.maps, setting.subjects, tables)
    keepsVectors = setting.asksForWriters
    hasBoth = setting.reference != .midpoint
    hasSinks = layers.contains { $0.sinks != nil }
  }

  /// By run, what one task gathers; nil for a task that shows no scores.
  typealias Partial = [Task]?

  struct Task: Sendable {
    var divergence: DivergenceAccumulator
    var sources: SourcePresence?
    /// What the tiles seen last pulled back to keys, not yet in the sums.
    var keys: PulledBackKeys?
    /// What parts of dk and dq are taken against, where that is kept.
    var vectors: WriterVectors?

    /// By block, with a source that is the only one as its whole term.
    var sums: [AttentionNats] {
      divergence.sums.map { sums in
        var sums = sums
        if let only = sources?.onlyKey { sums.keySources[only] = sums[.dKtQ] }
        if let only = sources?.onlyQuery { sums.querySources[only] = sums[.KtdQ] }
        return sums
      }
    }
  }

  /// A soft cap stands between terms and softmax, so that its secants take the scores themselves.
  var needs: ProbeNeeds {
    let needs: ProbeNeeds = [.terms, .patternChange, .sources]
    return layers.contains { $0.softCap != nil } ? needs.union(.scores) : needs
  }

  func begin(_ task: ProbeTask) -> Partial {
    guard case .attention(_, let prompt, _, _) = task else { return nil }
    return maps.map { Task(divergence: DivergenceAccumulator(regions: $0[prompt], hasSinks: hasSinks)) }
  }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    guard var tasks = partial else { return }
    // The one reference to what was gathered, so that it is added to where it stands.
    partial = nil
    let map = maps[tile.run][tile.prompt]
    let felt = FeltTile(tile, cap: layers[tile.layer].softCap)
    var weights = MixtureWeights(regions: map.runs.count, queries: tile.queries.count)
    for (row, query) in tile.queries.enumerated() {
      let weight = tasks[tile.run].divergence.add(felt.row(row, query: query), query: query)
      weights.set(row, weight, tasks[tile.run].divergence)
    }
    if tile.run < subjects {
      if keepsVectors, tile.operands.inherits {
        var vectors = tasks[tile.run].vectors ?? WriterVectors(map)
        // The one reference to what was gathered, so that it is added to where it stands.
        tasks[tile.run].vectors = nil
        vectors.add(felt, map, weights)
        tasks[tile.run].vectors = vectors
      }
      if let operands = tile.operands.sources { addSources(felt, operands, map, weights, &tasks[tile.run]) }
    }
    partial = tasks
  }

  private func addSources(
    _ felt: FeltTile, _ operands: SourceOperands, _ map: RegionMap, _ weights: MixtureWeights, _ task: inout Task
  ) {
    let presence = task.sources ?? SourcePresence(operands)
    task.sources = presence
    // Vectors are of named regions alone.
    if let vectors = task.vectors, felt.tile.sinks == nil {
      vectors.add(operands, presence, of: felt.tile, map, to: &task.divergence.sums)
    } else {
      DivergenceSources(felt, operands, presence, map, weights).add(to: &task)
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    let attention = layers[layer.layer]
    for run in maps.indices {
      // By prompt, head and block; blocks of queries of one head follow one another.
      var sums: [Int: [[AttentionNats]]] = [:]
      for case (.attention(_, let prompt, let head, _), let partial?) in partials {
        let own = partial[run].sums
        if sums[prompt, default: []].count == head {
          sums[prompt, default: []].append(own)
        } else {
          sums[prompt, default: []][head].merge(own)
        }
      }
      gathered[run].add(
        layer: layer.layer,
        prompts: layer.prompts.enumerated().map { place, prompt in
          let map = maps[run][prompt]
          let reach = map.termReach(layer.reaches[run][place], attention, hasBoth: hasBoth)
          return (map, sums[prompt] ?? [], hasSinks ? map.withSinks(reach) : reach)
        }, firstKey: { attention.firstKey(of: $0) })
    }
  }
}

/// By query of a tile, λ and how much attention each region gained.
struct MixtureWeights {
  /// Two more than there are regions, for tokens in none and for a sink.
  private let regions: Int
  private(set) var weights: [Double]
  private var gained: [Double]

  init(regions: Int, queries: Int) {
    self.regions = regions + 2
    weights = Array(repeating: 0.5, count: queries)
    gained = Array(repeating: 0, count: queries * self.regions)
  }

  /// Σ dp over the keys of a region.
  func gained(_ row: Int, _ region: Int) -> Double { gained[row * regions + region] }

  mutating func set(_ row: Int, _ weight: Double, _ divergence: DivergenceAccumulator) {
    weights[row] = weight
    for region in 0..<regions { gained[row * regions + region] = divergence.gained(region) }
  }
}

/// Which sources of dk and dq are other than zero anywhere in a prompt. One that is the only one is the term itself.
struct SourcePresence: Sendable {
  let keys: [Int]
  let queries: [Int]

  init(_ sources: SourceOperands) {
    keys = sources.key.indices.filter { !sources.key[$0].isZero }
    queries = sources.query.indices.filter { !sources.query[$0].isZero }
  }

  var onlyKey: Int? { keys.count == 1 ? keys[0] : nil }
  var onlyQuery: Int? { queries.count == 1 ? queries[0] : nil }
}
