import Attribution
import LinearAlgebra
import PairedForward
import ReferenceForward
import Results

/// A score tile as the softmax feels it: behind a soft cap every term enters times the cap's secant.
struct FeltTile {
  let tile: ScoreTile
  /// The tile's terms times the secants.
  let KtdQ: ReadOnlyMatrix
  let dKtQ: ReadOnlyMatrix
  let dKtdQ: ReadOnlyMatrix
  /// p and dp times the secants: what a term's sources are weighted with.
  let pattern: ReadOnlyMatrix
  let change: ReadOnlyMatrix

  /// Places in a tile's memory.
  enum Place: Int {
    case byQuery, byKey, byBoth, pattern, change
    case mixture, byRegion, mixed, weighted, pulledBack, pulledBackMixture
  }

  init(_ tile: ScoreTile, cap: Double?) {
    self.tile = tile
    guard let cap else {
      (KtdQ, dKtQ, dKtdQ) = (tile.KtdQ, tile.dKtQ, tile.dKtdQ)
      (pattern, change) = (tile.pattern, tile.patternChange)
      return
    }
    guard let scores = tile.scores else { preconditionFailure("scores are asked for where there is a soft cap") }
    func copy(_ source: ReadOnlyMatrix, _ place: Place) -> MatrixView {
      let target = tile.memory.matrix(place.rawValue, rows: source.rows, columns: source.columns)
      for row in 0..<source.rows { target[row].update(from: source[row], count: source.columns) }
      return target
    }
    let (byQuery, byKey, byBoth) = (copy(tile.KtdQ, .byQuery), copy(tile.dKtQ, .byKey), copy(tile.dKtdQ, .byBoth))
    let (pattern, change) = (copy(tile.pattern, .pattern), copy(tile.patternChange, .change))
    let secants = tile.memory.matrix(Place.mixed.rawValue, rows: 1, columns: tile.keys.count)[0]
    for (row, query) in tile.queries.enumerated() {
      let seen = tile.keys(of: query)
      let first = seen.lowerBound - tile.keys.lowerBound
      let changed = seen.clamped(to: tile.changedKeys)
      let firstChanged = changed.lowerBound - tile.changedKeys.lowerBound
      secants.update(from: tile.KtdQ[row] + first, count: seen.count)
      let moving = secants + (seen.count - changed.count)
      add(tile.dKtQ[row] + firstChanged, to: moving, changed.count)
      add(tile.dKtdQ[row] + firstChanged, to: moving, changed.count)
      softCapSecants(scores[row] + first, secants, count: seen.count, cap: Float(cap))
      for target in [byQuery, pattern, change] { scale(target[row] + first, by: secants, seen.count) }
      for target in [byKey, byBoth] { scale(target[row] + firstChanged, by: moving, changed.count) }
    }
    (KtdQ, dKtQ, dKtdQ) = (ReadOnlyMatrix(byQuery), ReadOnlyMatrix(byKey), ReadOnlyMatrix(byBoth))
    (self.pattern, self.change) = (ReadOnlyMatrix(pattern), ReadOnlyMatrix(change))
  }

  /// One query with all keys that it sees.
  func row(_ row: Int, query: Int) -> DivergenceRow {
    var terms = tile.termRow(row, query: query)
    let skipped = terms.keys.lowerBound - tile.keys.lowerBound
    let skippedChanged = terms.changedKeys.lowerBound - tile.changedKeys.lowerBound
    terms.byQuery = KtdQ[row] + skipped
    terms.byKey = dKtQ[row] + skippedChanged
    terms.byBoth = dKtdQ[row] + skippedChanged
    return DivergenceRow(
      terms: terms, change: tile.patternChange[row] + skipped, level: tile.levels[row], sink: tile.sink(row))
  }
}

/// target ← target + source.
private func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
  var column = 0
  while column < count {
    write(read(target, column, count) + read(source, column, count), target, column, count)
    column += 8
  }
}

/// target ← target ⊙ factors.
private func scale(_ target: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>, _ count: Int) {
  var column = 0
  while column < count {
    write(read(target, column, count) * read(factors, column, count), target, column, count)
    column += 8
  }
}
