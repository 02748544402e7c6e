import LinearAlgebra
import Vocabulary

@testable import PairedForward

/// Copies everything a pass shows.
struct Recorder: Probe {
  var needs: ProbeNeeds

  /// What a row is about; the columns are its values.
  struct Key: Hashable, Sendable {
    enum What: Hashable, Sendable {
      case stream, streamChange
      case dKtQ, KtdQ, dKtdQ, pattern, patternChange
      case query, key, value, queryChange, keyChange, valueChange
      case source(Operand, Source)
      case first(String), second(String), both(String)
      case logits, logitChange
    }
    var what: What
    var run: Int?
    var layer: Int
    var prompt: Int
    var head = 0
    var position: Int
  }

  typealias Partial = [Key: [Float]]
  private(set) var rows: [Key: [Float]] = [:]
  /// The slices of the vocabulary, by row.
  private var firstLogit: [Key: Int] = [:]
  /// Rows that were shown twice.
  private(set) var repeated: [Key] = []
  private(set) var layers: [LayerSummary] = []

  init(_ needs: ProbeNeeds) { self.needs = needs }

  func begin(_ task: ProbeTask) -> Partial { [:] }

  func see(_ stream: StreamRows, _ partial: inout Partial) {
    func key(_ what: Key.What, _ run: Int?, _ position: Int) -> Key {
      Key(what: what, run: run, layer: stream.layer, prompt: stream.prompt, position: position)
    }
    for row in 0..<stream.base.rows { partial[key(.stream, nil, row)] = stream.base.row(row) }
    for change in stream.changes {
      for row in 0..<change.delta.rows {
        partial[key(.streamChange, change.run, change.first + row)] = change.delta.row(row)
      }
    }
  }

  func see(_ tile: PatternTile, _ partial: inout Partial) {
    for (row, query) in tile.queries.enumerated() {
      let key = Key(what: .pattern, run: nil, layer: tile.layer, prompt: tile.prompt, head: tile.head, position: query)
      partial[key] = tile.pattern.row(row, from: tile.keys.lowerBound, count: query + 1)
    }
  }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    func key(_ what: Key.What, _ position: Int) -> Key {
      Key(what: what, run: tile.run, layer: tile.layer, prompt: tile.prompt, head: tile.head, position: position)
    }
    for (row, query) in tile.queries.enumerated() {
      let seen = tile.keys(of: query)
      func cut(_ matrix: ReadOnlyMatrix, _ columns: Range<Int>) -> [Float] {
        var all = matrix.row(row, from: columns.lowerBound, count: query + 1)
        for key in 0..<seen.lowerBound { all[key] = 0 }
        return all
      }
      partial[key(.dKtQ, query)] = cut(tile.dKtQ, tile.changedKeys)
      partial[key(.KtdQ, query)] = cut(tile.KtdQ, tile.keys)
      partial[key(.dKtdQ, query)] = cut(tile.dKtdQ, tile.changedKeys)
      partial[key(.patternChange, query)] = cut(tile.patternChange, tile.keys)
      let operands = tile.operands
      partial[key(.query, query)] = operands.query.row(query)
      partial[key(.queryChange, query)] = operands.queryDelta.row(query - operands.firstQuery)
      for source in Source.allCases {
        guard let sources = operands.sources else { continue }
        partial[key(.source(.query, source), query)] = sources.query[source.rawValue].row(query - operands.firstQuery)
        partial[key(.source(.key, source), query)] = sources.key[source.rawValue].row(query - operands.firstKey)
        partial[key(.source(.value, source), query)] = sources.value[source.rawValue].row(query - operands.firstKey)
      }
      partial[key(.key, query)] = operands.key.row(query)
      partial[key(.value, query)] = operands.value.row(query)
      partial[key(.keyChange, query)] = operands.keyDelta.row(query - operands.firstKey)
      partial[key(.valueChange, query)] = operands.valueDelta.row(query - operands.firstKey)
    }
  }

  func see(_ products: ProductRows, _ partial: inout Partial) {
    let name =
      switch products.place {
      case .projection(let site): site.rawValue
      case .gateTimesUp: "gateUp"
      case .gateTimesHeads: "gateZ"
      case .named(let name): name
      }
    for (row, owner) in products.rows.enumerated() {
      func key(_ what: Key.What) -> Key {
        Key(what: what, run: owner.run, layer: products.layer, prompt: owner.prompt, position: owner.position)
      }
      partial[key(.first(name))] = products.first.row(row)
      partial[key(.second(name))] = products.second.row(row)
      partial[key(.both(name))] = products.both.row(row)
    }
  }

  func see(_ logits: LogitRows, _ partial: inout Partial) {
    for (row, position) in logits.positions.enumerated() {
      func key(_ what: Key.What, _ run: Int?) -> Key {
        Key(what: what, run: run, layer: 0, prompt: logits.prompt, position: position)
      }
      partial[key(.logits, nil)] = logits.base.row(row)
      for run in logits.changes.indices where logits.predicts[run] {
        guard let change = logits.change(of: run, row: row) else { continue }
        partial[key(.logitChange, run)] = Array(UnsafeBufferPointer(start: change, count: logits.vocabulary.count))
      }
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    layers.append(layer)
    for (_, partial) in partials {
      for (key, row) in partial {
        if rows[key] != nil { repeated.append(key) }
        rows[key] = row
      }
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    for (_, partial) in partials {
      for (key, row) in partial { rows[key, default: []] += row }
    }
  }
}

extension ReadOnlyMatrix {
  /// A row's values.
  func row(_ row: Int) -> [Float] { Array(UnsafeBufferPointer(start: self[row], count: columns)) }

  /// A row of keys from a position on, as a row of so many keys from 0 on.
  fileprivate func row(_ row: Int, from first: Int, count: Int) -> [Float] {
    let kept = max(0, count - first)
    return [Float](repeating: 0, count: count - kept) + UnsafeBufferPointer(start: self[row], count: kept)
  }
}
