import Architectures
import Attribution
import LinearAlgebra
import PairedForward
import Results

/// Gathers who wrote what the terms of every layer inherit, and with losses what the predictions gain.
///
/// Once all of a layer's attention was shown, the vectors that its divergence is taken against are pulled back to the stream and taken
/// against what every writer wrote there. The predictions are one more reader.
struct WritersProbe: MeasureProbe {
  private let layers: [AttentionDescription]
  private let width: Int
  private let maps: [[RegionMap]]
  /// By run and prompt; empty without losses.
  private let judged: [[Set<Int>]]
  private(set) var gathered: WriterTables
  private var predictions = WrittenPulls()

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: WriterTables) {
    layers = setting.description.layers.map(\.attention)
    width = setting.description.hiddenSize
    maps = setting.maps
    judged = setting.judged.map { $0.map(Set.init) }
    gathered = tables
  }

  /// What one task gathers.
  struct Partial: Sendable {
    /// By run, head and block, of one in which a layer reads.
    var reads: [Int: [[WriterSums]]] = [:]
    /// Of one that shows predictions.
    var pulls = WrittenPulls()
    /// By run, of one in which predictions read.
    var predictions: [Int: WrittenPredictionSums] = [:]
  }

  var needs: ProbeNeeds {
    var needs: ProbeNeeds = [.writers]
    if !judged.isEmpty { needs.insert(.logits) }
    if gathered.byHead { needs.insert(.writerHeads) }
    return needs
  }

  func begin(_ task: ProbeTask) -> Partial { Partial() }

  // MARK: Attention

  func see(_ written: WrittenRows, against felt: [(head: Int, vectors: WriterVectors)], _ partial: inout Partial) {
    switch written.reader {
    case .attention(let layer):
      let reading = WriterReading(
        written, maps[written.run][written.prompt], heads: layers[layer].queryHeads,
        headDimension: layers[layer].headDimension, width: width)
      reading.add(felt, to: &partial.reads[written.run, default: reading.nothing])
    case .predictions:
      partial.predictions[written.run] = predictions.sums(written, judged[written.run][written.prompt], layers.count)
    }
  }

  // MARK: Predictions

  func see(_ logits: LogitRows, _ partial: inout Partial) {
    for run in judged.indices { partial.pulls.see(logits, run, judged[run][logits.prompt]) }
  }

  func see(_ head: HeadRows, _ partial: inout Partial) {
    for run in judged.indices {
      partial.pulls.see(head, run, judged[run][head.logits.prompt], of: predictions)
    }
  }

  // MARK: Folding

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for run in gathered.reads.indices {
      for (_, partial) in partials {
        for (head, sums) in (partial.reads[run] ?? []).enumerated() {
          gathered.reads[run].add(layer: layer.layer, head: head, sums: sums)
        }
      }
      for prompt in layer.prompts {
        gathered.reads[run].count(layer: layer.layer, maps[run][prompt]) { layers[layer.layer].firstKey(of: $0) }
      }
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    for (_, partial) in partials { predictions.merge(partial.pulls) }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], head vocabulary: Range<Int>) {
    for (_, partial) in partials { predictions.merge(partial.pulls) }
  }

  mutating func fold(predictions partials: [(task: ProbeTask, partial: Partial)]) {
    for case (.predictions(let prompt, let positions), let partial) in partials {
      for run in judged.indices {
        if let own = partial.predictions[run] { gathered.predictions?[run].merge(own) }
        let known = positions.filter(judged[run][prompt].contains).map { predictions.knows(run, prompt, $0) }
        gathered.predictions?[run].tokens += known.count { $0 }
        gathered.predictions?[run].leftOut += known.count { !$0 }
      }
    }
  }
}

/// A layer's queries and keys as a reader of what was written on some tokens of a prompt.
private struct WriterReading {
  private let written: WrittenRows
  private let map: RegionMap
  private let (heads, headDimension, width): (Int, Int, Int)
  private var regions: Int { map.runs.count }

  /// Places in memory.
  private enum Place: Int {
    case vectors = 200
    case pulled, products
  }

  /// A head and what its vectors are of: for keys a block, for queries a region of keys.
  private struct Column {
    let head: Int
    let place: Int
    /// Adds those of some tokens.
    let vectors: [WriterVectors]
  }

  init(_ written: WrittenRows, _ map: RegionMap, heads: Int, headDimension: Int, width: Int) {
    (self.written, self.map) = (written, map)
    (self.heads, self.headDimension, self.width) = (heads, headDimension, width)
  }

  /// Sums over nothing, by head and block.
  var nothing: [[WriterSums]] {
    Array(repeating: Array(repeating: WriterSums(), count: regions * regions), count: heads)
  }

  /// Adds to sums by head and block.
  func add(_ vectors: [(head: Int, vectors: WriterVectors)], to sums: inout [[WriterSums]]) {
    let byHead = Dictionary(grouping: vectors, by: \.head).mapValues { $0.map(\.vectors) }
    var (queries, keys) = ([Column](), [Column]())
    let (readsQueries, readsKeys) = (written.reads.contains(.query), written.reads.contains(.key))
    for head in 0..<heads {
      guard let own = byHead[head] else { continue }
      for place in 0..<regions
      where readsQueries && own.contains(where: { $0.hasQueries(written.positions, place) }) {
        queries.append(Column(head: head, place: place, vectors: own))
      }
      for place in 0..<regions * regions where readsKeys && own.contains(where: { $0.keys[place] != nil }) {
        keys.append(Column(head: head, place: place, vectors: own))
      }
    }
    read(.query, queries) { column, position, nats in
      guard let region = map.regionOfToken[position] else { return }
      sums[column.head][region * regions + column.place].query.add(nats)
    }
    read(.key, keys) { column, _, nats in sums[column.head][column.place].key.add(nats) }
  }

  /// Pulls all vectors back to the stream, token by token, and takes them against what was written there: of a column and position, what
  /// another length adds, a changed norm, then every writer.
  private func read(_ operand: Operand, _ columns: [Column], _ add: (Column, Int, [Double]) -> Void) {
    // As many columns and tokens at a time as keep the memory of a thread small.
    let most = 1 << 22
    for piece in columns.indices.pieces(of: max(most / width, 1)) {
      let own = Array(columns[piece])
      for tokens in written.positions.pieces(of: min(max(most / (own.count * width), 1), written.positions.count)) {
        read(operand, own, tokens, add)
      }
    }
  }

  private func read(
    _ operand: Operand, _ columns: [Column], _ tokens: Range<Int>, _ add: (Column, Int, [Double]) -> Void
  ) {
    let pulled = written.memory.matrix(Place.pulled.rawValue, rows: tokens.count * columns.count, columns: width)
    let vectors = written.memory.matrix(Place.vectors.rawValue, rows: tokens.count, columns: headDimension)
    for (place, column) in columns.enumerated() {
      vectors.clear()
      for own in column.vectors { own.add(operand, column.place, tokens, to: vectors) }
      written.pullBack(
        vectors, at: tokens, from: operand, head: column.head,
        into: MatrixView(
          pulled[place], rows: tokens.count, columns: width, stride: columns.count * width))
    }
    for (row, position) in tokens.enumerated() {
      take(position, pulled.rows(row * columns.count..<(row + 1) * columns.count)) { add(columns[$0], position, $1) }
    }
  }

  private func take(_ position: Int, _ pulled: MatrixView, _ add: (Int, [Double]) -> Void) {
    let change = written.normChange(at: position)
    let gains = (0..<pulled.rows).map { row in change.map { dot(pulled[row], $0, width) } ?? 0 }
    written.pullBackThroughNorm(pulled, at: position)
    let changes = written.changes(at: position)
    let products = written.memory.matrix(Place.products.rawValue, rows: pulled.rows, columns: changes.rows)
    multiply(ReadOnlyMatrix(pulled), changes, transposed: true, into: products)
    let length = written.lengthChange(at: position)
    for row in 0..<pulled.rows {
      var nats = [length.map { dot(pulled[row], $0, width) } ?? 0, gains[row]]
      for writer in 0..<written.writers { nats.append(written.factor(of: writer) * Double(products[row][writer])) }
      add(row, nats)
    }
  }
}

extension WriterVectors {
  /// Whether it has vectors of queries among some positions, taken against keys of a region.
  fileprivate func hasQueries(_ positions: Range<Int>, _ region: Int) -> Bool {
    queries.contains { $0.positions.overlaps(positions) && $0.byRegion[region] != nil }
  }

  /// Adds the vectors of some tokens.
  fileprivate func add(_ operand: Operand, _ place: Int, _ tokens: Range<Int>, to target: MatrixView) {
    if operand == .key {
      guard let keys = keys[place] else { return }
      for (row, position) in tokens.enumerated() where position >= firstKey {
        target.rows(row..<row + 1).add(keys.view.rows(position - firstKey..<position - firstKey + 1))
      }
      return
    }
    for tile in queries where tile.positions.overlaps(tokens) {
      guard let own = tile.byRegion[place] else { continue }
      for position in tile.positions.clamped(to: tokens) {
        let (row, from) = (position - tokens.lowerBound, position - tile.positions.lowerBound)
        target.rows(row..<row + 1).add(own.view.rows(from..<from + 1))
      }
    }
  }
}
