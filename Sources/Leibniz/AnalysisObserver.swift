import Architectures
import Attribution
import LinearAlgebra
import PairedForward
import Synchronization

/// Turns what a paired pass shows into block sums, stream divergence, losses and the closure error.
///
/// Each (prompt, head, block of queries) of the layer at work has a slot that one task at a time writes to; when the layer
/// ends the slots are folded in their order, so results do not depend on the threads.
final class AnalysisObserver: ForwardObserver, @unchecked Sendable {
  private let description: ModelDescription
  private let maps: [RegionMap]
  private let regions: Int
  /// By prompt; guarded by the order of the layers.
  private var reaches: [ChangeReach]
  private var slots: [[[Slot]]] = []
  private var slotOfPrompt: [Int: Int] = [:]

  /// The gathered blocks.
  private(set) var table: BlockTable
  /// Σ‖x‖² and Σ‖dx‖² by layer and region.
  private(set) var streams: [[(base: Double, delta: Double)]]
  /// Mean losses by prompt.
  private(set) var losses: [(base: Double, adapted: Double)?]
  /// The closure error.
  private(set) var closure = Closure(maximum: 0, rows: 0)
  private var streamSlots: [[(base: Double, delta: Double)]] = []

  /// What one task gathers.
  private final class Slot {
    var accumulator: BlockAccumulator
    var closure = Closure(maximum: 0, rows: 0)
    init(_ map: RegionMap) { accumulator = BlockAccumulator(regions: map) }
  }

  init(
    description: ModelDescription, regions: [String], maps: [RegionMap], reaches: [ChangeReach]
  ) {
    self.description = description
    self.maps = maps
    self.regions = regions.count
    self.reaches = reaches
    let heads = description.layers.map(\.attention.queryHeads).max() ?? 0
    table = BlockTable(regions: regions, layers: description.layers.count, heads: heads)
    streams = Array(
      repeating: Array(repeating: (0, 0), count: regions.count), count: description.layers.count)
    losses = Array(repeating: nil, count: maps.count)
  }

  func layerBegins(_ layer: Int, prompts: [Int], blocks: Int) {
    let heads = description.layers[layer].attention.queryHeads
    slots = prompts.map { prompt in (0..<heads).map { _ in (0..<blocks).map { _ in Slot(maps[prompt]) } } }
    streamSlots = prompts.map { _ in Array(repeating: (0, 0), count: regions) }
    slotOfPrompt = Dictionary(uniqueKeysWithValues: prompts.enumerated().map { ($1, $0) })
  }

  func scores(_ tile: ScoreTile) {
    guard let place = slotOfPrompt[tile.prompt] else { return }
    let slot = slots[place][tile.head][tile.block]
    for (row, query) in tile.queries.enumerated() {
      slot.accumulator.add(tile.termRow(row, query: query), query: query)
    }
    if let probe = ClosureProbe(tile, tokens: maps[tile.prompt].regionOfToken.count) {
      slot.closure.maximum = max(slot.closure.maximum, probe.error)
      slot.closure.rows += 1
    }
  }

  func stream(layer: Int, prompt: Int, base: MatrixView, delta: MatrixView, firstChanged: Int) {
    guard let place = slotOfPrompt[prompt] else { return }
    var sums = [(base: Double, delta: Double)](repeating: (0, 0), count: regions)
    for (position, region) in maps[prompt].regionOfToken.enumerated() {
      guard let region else { continue }
      sums[region].base += squaredNorm(base[position], base.columns)
      if position >= firstChanged {
        sums[region].delta += squaredNorm(delta[position - firstChanged], delta.columns)
      }
    }
    streamLock.withLock { _ in streamSlots[place] = sums }
  }

  private let streamLock = Mutex(())

  func layerEnds(_ layer: Int, prompts: [Int]) {
    let layerDescription = description.layers[layer]
    for (place, prompt) in prompts.enumerated() {
      let flags = reaches[prompt].enter(layerDescription)
      fold(layerDescription, layer, prompt, slots[place], flags)
      for region in 0..<regions {
        streams[layer][region].base += streamSlots[place][region].base
        streams[layer][region].delta += streamSlots[place][region].delta
      }
      for slot in slots[place].joined() {
        closure.maximum = max(closure.maximum, slot.closure.maximum)
        closure.rows += slot.closure.rows
      }
    }
  }

  private func fold(
    _ layer: LayerDescription, _ index: Int, _ prompt: Int, _ slots: [[Slot]], _ flags: ChangeReach.Layer
  ) {
    let map = maps[prompt]
    let firstKey = { layer.attention.firstKey(of: $0) }
    let always = { (_: Int) in true }
    let query = { (position: Int) in flags.query[position] }
    let key = { (position: Int) in flags.key[position] }
    table.add(
      layer: index, sums: slots.map(sums), pairs: map.pairs(firstKey: firstKey),
      isPossible: [
        map.hasPair(query: always, key: key, firstKey: firstKey),
        map.hasPair(query: query, key: always, firstKey: firstKey),
        map.hasPair(query: query, key: key, firstKey: firstKey),
      ])
  }

  /// The sums of one head, from those of its blocks.
  private func sums(of blocks: [Slot]) -> [BlockSums] {
    blocks.dropFirst().reduce(into: blocks[0].accumulator.sums) { sums, slot in
      for (block, more) in slot.accumulator.sums.enumerated() { sums[block] += more }
    }
  }

  func loss(prompt: Int, base: Double, adapted: Double) { losses[prompt] = (base, adapted) }
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
      byKey: dKtQ[row] + skippedChanged, byBoth: dKtdQ[row] + skippedChanged)
  }
}

private func squaredNorm(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
  var sum = 0.0
  forRuns(count) { run in
    var partial = Lanes()
    var column = run.lowerBound
    while column < run.upperBound {
      let value = read(x, column, run.upperBound)
      partial += value * value
      column += 8
    }
    sum += total(partial)
  }
  return sum
}
