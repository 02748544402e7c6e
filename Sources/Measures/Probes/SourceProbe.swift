import Architectures
import Attribution
import LinearAlgebra
import PairedForward

/// Gathers by block what dKᵀQ and KᵀdQ are made of, for every run.
///
/// The engine hands over the sources of dk and dq; their scores are multiplied here, some keys at a time. A source that is
/// zero costs nothing, one that is the only one is the term itself, and the largest of several is what the others leave.
struct SourceProbe: MeasureProbe {
  private let layers: [AttentionDescription]
  /// By run and prompt.
  private let maps: [[RegionMap]]
  /// By run.
  private(set) var gathered: [SourceTable]

  /// A probe that adds to some tables.
  init(_ setting: MeasureSetting, _ tables: [SourceTable]) {
    layers = setting.description.layers.map(\.attention)
    (maps, gathered) = (setting.maps, tables)
  }

  /// By run and block; nil for a task that shows no scores.
  typealias Partial = TermParts?

  struct TermParts: Sendable {
    /// Of dKᵀQ.
    var key: [[PartSums]]
    /// Of KᵀdQ.
    var query: [[PartSums]]
    /// Reused from tile to tile.
    var memory: SourceMemory?
  }

  var needs: ProbeNeeds { .sources }

  func begin(_ task: ProbeTask) -> Partial {
    guard case .attention(_, let prompt, _, _) = task else { return nil }
    let sums = maps.map { Array(repeating: PartSums(), count: $0[prompt].runs.count * $0[prompt].runs.count) }
    return TermParts(key: sums, query: sums)
  }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    guard let sources = tile.operands.sources, var gathered = partial else { return }
    partial = nil
    let height = tile.queries.count
    let memory =
      gathered.memory.flatMap { $0.queries >= height ? $0 : nil }
      ?? SourceMemory(queries: height, width: tile.operands.query.columns)
    gathered.memory = memory
    let regions = maps[tile.run][tile.prompt]
    let scores = SourceScores(tile: tile, regions: regions, memory: memory)
    for keys in tile.keys.pieces(of: SourceMemory.keys) {
      scores.addQueryTerm(sources.query, keys, &gathered.query[tile.run])
    }
    for keys in tile.changedKeys.pieces(of: SourceMemory.keys) {
      scores.addKeyTerm(sources.key, keys, &gathered.key[tile.run])
    }
    partial = gathered
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    for run in maps.indices {
      for case (.attention(_, _, let head, _), let partial?) in partials {
        gathered[run].add(layer: layer.layer, head: head, key: partial.key[run], query: partial.query[run])
      }
      for prompt in layer.prompts {
        let attention = layers[layer.layer]
        gathered[run].add(
          layer: layer.layer, pairs: maps[run][prompt].pairs(attention))
      }
    }
  }
}

/// Room for the operands of three sources one under the other, and for their scores.
struct SourceMemory: Sendable {
  /// Keys that are multiplied at a time.
  static let keys = 256
  /// The most queries at a time.
  let queries: Int
  let operands: Matrix
  let scores: Matrix

  init(queries: Int, width: Int) {
    self.queries = queries
    operands = Matrix(rows: 3 * max(Self.keys, queries), columns: width)
    scores = Matrix(rows: 3 * queries, columns: Self.keys)
  }
}

/// The scores of single sources of one tile, some keys at a time. The largest source is what the others leave of the term, so
/// that it needs no product.
private struct SourceScores {
  let tile: ScoreTile
  let regions: RegionMap
  let memory: SourceMemory

  /// Which sources are other than zero: one that is left over, and the others.
  private struct Split {
    var rest: Int
    var others: [Int]
    /// How many rows before each have any of the one left over: elsewhere what the others leave is rounding.
    private var filled: [Int]

    /// Whether any of some rows has a part of the one that is left over.
    func hasRest(_ rows: Range<Int>) -> Bool { filled[rows.upperBound] > filled[rows.lowerBound] }

    /// nil where all are zero.
    init?(_ sources: [ReadOnlyMatrix]) {
      let present = sources.indices.filter { !sources[$0].isZero }
      guard let rest = present.max(by: { sources[$0].size < sources[$1].size }) else { return nil }
      self.rest = rest
      others = present.filter { $0 != rest }
      filled = (0..<sources[rest].rows).reduce(into: [0]) { filled, row in
        filled.append(filled[row] + (sources[rest].rows(row..<row + 1).isZero ? 0 : 1))
      }
    }
  }

  /// Adds KᵀdQ of some keys by the sources of dq.
  func addQueryTerm(_ sources: [ReadOnlyMatrix], _ keys: Range<Int>, _ sums: inout [PartSums]) {
    let queries = queries(of: keys)
    let first = tile.operands.firstQuery
    guard !queries.isEmpty,
      let split = Split(sources.map { $0.rows(queries.lowerBound - first..<queries.upperBound - first) })
    else { return }
    let own = stack(sources, split, queries.lowerBound - first..<queries.upperBound - first)
    let scores = MatrixView(memory.scores.elements, rows: own.rows, columns: keys.count, stride: keys.count)
    multiply(
      own, tile.operands.referenceKey.rows(keys), transposed: true, into: scores, alpha: Float(tile.operands.scale))
    add(
      split, queries, keys, whole: tile.KtdQ, firstColumn: tile.keys.lowerBound, rowStep: keys.count,
      sourceStep: queries.count * keys.count, hasRest: { row, _ in split.hasRest(row..<row + 1) }, &sums)
  }

  /// Adds dKᵀQ of some keys by the sources of dk.
  func addKeyTerm(_ sources: [ReadOnlyMatrix], _ keys: Range<Int>, _ sums: inout [PartSums]) {
    let queries = queries(of: keys)
    let first = tile.operands.firstKey
    let rows = keys.lowerBound - first..<keys.upperBound - first
    guard !queries.isEmpty, let split = Split(sources.map { $0.rows(rows) }) else { return }
    let own = stack(sources, split, rows)
    let scores = MatrixView(memory.scores.elements, rows: queries.count, columns: own.rows, stride: own.rows)
    multiply(
      tile.operands.referenceQuery.rows(queries), own, transposed: true, into: scores, alpha: Float(tile.operands.scale)
    )
    add(
      split, queries, keys, whole: tile.dKtQ, firstColumn: tile.changedKeys.lowerBound, rowStep: own.rows,
      sourceStep: keys.count, hasRest: { _, columns in split.hasRest(columns) }, &sums)
  }

  /// The queries that see any of the keys.
  private func queries(of keys: Range<Int>) -> Range<Int> {
    let end = tile.window.map { min(tile.queries.upperBound, keys.upperBound + $0 - 1) } ?? tile.queries.upperBound
    return min(max(tile.queries.lowerBound, keys.lowerBound), end)..<end
  }

  /// Rows of the sources that are multiplied, one source under the other.
  private func stack(_ sources: [ReadOnlyMatrix], _ split: Split, _ rows: Range<Int>) -> ReadOnlyMatrix {
    let target = memory.operands.view
    for (place, source) in split.others.enumerated() {
      for (step, row) in rows.enumerated() {
        target[place * rows.count + step].update(from: sources[source][row], count: target.columns)
      }
    }
    return ReadOnlyMatrix(target.rows(0..<split.others.count * rows.count))
  }

  private func add(
    _ split: Split, _ queries: Range<Int>, _ keys: Range<Int>, whole: ReadOnlyMatrix, firstColumn: Int, rowStep: Int,
    sourceStep: Int, hasRest: (_ row: Int, _ columns: Range<Int>) -> Bool, _ sums: inout [PartSums]
  ) {
    for (row, query) in queries.enumerated() {
      guard let region = regions.regionOfToken[query] else { continue }
      let seen = tile.keys(of: query).clamped(to: keys)
      let values = whole[query - tile.queries.lowerBound]
      for (keyRegion, runs) in regions.runs.enumerated() {
        let block = region * regions.runs.count + keyRegion
        for run in runs {
          let own = run.clamped(to: seen)
          guard !own.isEmpty else { continue }
          let start = values + (own.lowerBound - firstColumn)
          if split.others.isEmpty {
            sums[block].add(start, own.count, onlyPart: split.rest)
          } else {
            let columns = own.lowerBound - keys.lowerBound..<own.upperBound - keys.lowerBound
            let scores = memory.scores.elements + (row * rowStep + columns.lowerBound)
            sums[block].add(
              start, own.count, rest: hasRest(row, columns) ? split.rest : nil, others: split.others, from: scores,
              step: sourceStep)
          }
        }
      }
    }
  }
}

extension ReadOnlyMatrix {
  /// Whether every element is zero.
  var isZero: Bool { (0..<rows).allSatisfy { isZeroRow(self[$0], columns) } }

  /// The largest magnitude of every sixteenth row: enough to tell which of several is large.
  fileprivate var size: Float {
    var largest: Float = 0
    for row in Swift.stride(from: 0, to: rows, by: 16) {
      for column in 0..<columns { largest = max(largest, abs(self[row, column])) }
    }
    return largest
  }
}
