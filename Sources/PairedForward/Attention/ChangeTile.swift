import LinearAlgebra

/// The matrices of a tile under one run: nothing but places in memory, so that loops over rows copy no references.
struct TileTerms {
  /// Whether its run leaves anything out here.
  let isFiltered: Bool
  /// Positions of the queries that can differ.
  let queries: Range<Int>
  /// Positions of all keys in the tile.
  let keys: Range<Int>
  /// Those that can differ.
  let changedKeys: Range<Int>
  /// c·kᵀdq, (queries, keys).
  let byQuery: MatrixView
  /// c·dkᵀq, (queries, changedKeys); where terms are not split, c·dkᵀ(q + dq).
  let byKey: MatrixView
  /// c·dkᵀdq, (queries, changedKeys); nil where terms are not split.
  let byBoth: MatrixView?
  /// ΣT, which becomes dp, (queries, keys).
  let patternChange: MatrixView
  /// By query, what log p′ − log p takes off ΔS, one after the other.
  let levels: UnsafeMutablePointer<SIMD2<Float>>
  /// By query, of the sink p, dp and the change of its logit; nil where there is none.
  let sinks: UnsafeMutablePointer<SinkColumn>?

  /// The row of ``patternChange`` of a query.
  func change(_ query: Int) -> UnsafeMutablePointer<Float> { patternChange[query - queries.lowerBound] }

  /// ΔS of one query: the sum of its terms.
  /// - Returns: The largest |ΔS|.
  func sum(_ query: Int, _ seen: Range<Int>) -> Float {
    let row = query - queries.lowerBound
    let (fixed, moving) = (seen.clamped(to: keys.lowerBound..<changedKeys.lowerBound), seen.clamped(to: changedKeys))
    let largest = sum(byQuery[row], nil, nil, row, fixed)
    return max(largest, sum(byQuery[row], byKey[row], byBoth?[row], row, moving))
  }

  /// Writes the sum of up to three terms over a run of keys.
  /// - Returns: Its largest magnitude.
  func sum(
    _ byQuery: UnsafePointer<Float>?, _ byKey: UnsafePointer<Float>?, _ byBoth: UnsafePointer<Float>?, _ row: Int,
    _ run: Range<Int>
  ) -> Float {
    guard !run.isEmpty else { return 0 }
    let target = patternChange[row] + (run.lowerBound - keys.lowerBound)
    let byQuery = byQuery.map { $0 + (run.lowerBound - keys.lowerBound) }
    let byKey = byKey.map { $0 + (run.lowerBound - changedKeys.lowerBound) }
    let byBoth = byBoth.map { $0 + (run.lowerBound - changedKeys.lowerBound) }
    var top = Lanes()
    var column = 0
    while column < run.count {
      var sum = Lanes()
      if let byQuery { sum += read(byQuery, column, run.count) }
      if let byKey { sum += read(byKey, column, run.count) }
      if let byBoth { sum += read(byBoth, column, run.count) }
      top = larger(top, magnitude(sum))
      write(sum, target, column, run.count)
      column += 8
    }
    return largest(top)
  }
}

/// The scores' terms of some queries under one run, and what they do to the pattern.
struct ChangeTile {
  let head: ChangedHead
  let terms: TileTerms
  /// The terms without the sources that are left out, where any are.
  let kept: (byQuery: MatrixView, byKey: MatrixView, byBoth: MatrixView)?

  /// Multiplies operands. `stack` holds q and dq of the queries, one right after the other only in the stack's first run.
  init(
    _ head: ChangedHead, queries: Range<Int>, keys: Range<Int>, isSplit: Bool, base: BaseHead,
    stack: (query: MatrixView, delta: MatrixView), byQuery: MatrixView, scale: Float, sinks: SinkLogits?,
    _ scratch: Scratch
  ) {
    let changedKeys = min(max(keys.lowerBound, head.firstKey), keys.upperBound)..<keys.upperBound
    let deltaKeys = changedKeys.lowerBound - head.firstKey..<changedKeys.upperBound - head.firstKey
    let isSplit = isSplit || !head.filter.isEmpty
    let rows = queries.count
    let both = scratch.matrix(.changedQueries, head.slot, rows: 2 * rows, columns: stack.query.columns)
    stack.query.copy(into: both.rows(0..<rows))
    if isSplit { stack.delta.copy(into: both.rows(rows..<2 * rows)) } else { both.rows(0..<rows).add(stack.delta) }
    let height = isSplit ? 2 * rows : rows
    let changed = scratch.matrix(.changedScores, head.slot, rows: height, columns: changedKeys.count)
    multiply(both.rows(0..<height), head.keyDelta.rows(deltaKeys), transposed: true, into: changed, alpha: scale)
    self.head = head
    terms = TileTerms(
      isFiltered: !head.filter.isEmpty, queries: queries, keys: keys, changedKeys: changedKeys, byQuery: byQuery,
      byKey: changed.rows(0..<rows), byBoth: isSplit ? changed.rows(rows..<height) : nil,
      patternChange: scratch.matrix(.patternDelta, head.slot, rows: rows, columns: keys.count),
      levels: UnsafeMutableRawPointer(scratch.matrix(.levels, head.slot, rows: rows, columns: 2).elements)
        .bindMemory(to: SIMD2<Float>.self, capacity: rows),
      sinks: sinks.map { sinks in
        SinkColumn.column(
          scratch.matrix(.sinks, head.slot, rows: rows, columns: SinkColumn.width), queries,
          logit: sinks.base[base.task.head]
        ) {
          sinks.change(head.run, head: base.task.head, span: base.task.span, query: $0)
        }
      })
    kept = head.kept.map { kept in
      let delta = queries.lowerBound - head.firstQuery..<queries.upperBound - head.firstQuery
      let byQuery = scratch.matrix(.keptScores, head.slot, rows: rows, columns: keys.count)
      multiply(kept.queryDelta.rows(delta), base.key.rows(keys), transposed: true, into: byQuery, alpha: scale)
      kept.queryDelta.rows(delta).copy(into: both.rows(rows..<2 * rows))
      let changed = scratch.matrix(.keptChangedScores, head.slot, rows: 2 * rows, columns: changedKeys.count)
      multiply(both, kept.keyDelta.rows(deltaKeys), transposed: true, into: changed, alpha: scale)
      return (byQuery, changed.rows(0..<rows), changed.rows(rows..<2 * rows))
    }
  }

  /// ΔS of one query where something is left out: the sum of the terms that are kept for each key.
  /// - Returns: The largest |ΔS|.
  func sumKept(_ query: Int, _ seen: Range<Int>) -> Float {
    let row = query - terms.queries.lowerBound
    let fixed = terms.keys.lowerBound..<terms.changedKeys.lowerBound
    var largest: Float = 0
    for segment in head.filter.segments(query: query, keys: seen) {
      let dropped = segment.dropped
      let own = dropped.cutsOperands ? kept : terms.byBoth.map { (terms.byQuery, terms.byKey, $0) }
      guard let own else { continue }
      for run in [segment.keys.clamped(to: fixed), segment.keys.clamped(to: terms.changedKeys)] {
        let canChange = run.lowerBound >= terms.changedKeys.lowerBound
        let sum = terms.sum(
          dropped.contains(.KtdQ) ? nil : own.0[row], canChange && !dropped.contains(.dKtQ) ? own.1[row] : nil,
          canChange && !dropped.contains(.dKtdQ) ? own.2[row] : nil, row, run)
        largest = max(largest, sum)
      }
    }
    return largest
  }

  /// dz = dP·(V + dV) + P·dV, but for what is left out.
  func mixValues(_ base: BaseHead, _ rows: Range<Int>, _ pattern: MatrixView, _ scratch: Scratch) {
    let (queries, keys, changedKeys) = (terms.queries, terms.keys, terms.changedKeys)
    let own = queries.lowerBound - head.firstQuery..<queries.upperBound - head.firstQuery
    let output = head.outputDelta.rows(own)
    let pattern = pattern.rows(queries.lowerBound - rows.lowerBound..<rows.count)
    let offset = changedKeys.lowerBound - keys.lowerBound
    let deltaKeys = changedKeys.lowerBound - head.firstKey..<changedKeys.upperBound - head.firstKey
    keepParts(base, pattern, offset, deltaKeys, scratch)
    guard head.filter.parts.isDisjoint(with: PartSet.values.union(.sources(of: .value))) else {
      return mixFiltered(base, pattern, output, offset, deltaKeys, scratch)
    }
    multiply(terms.patternChange, head.valueSum.rows(keys), into: output)
    let changing = pattern.columns(offset..<keys.count)
    multiply(changing, head.valueDelta.rows(deltaKeys), into: output, beta: 1)
  }

  /// The three products apart, each over the pairs that keep it.
  private func mixFiltered(
    _ base: BaseHead, _ pattern: MatrixView, _ output: MatrixView, _ offset: Int, _ deltaKeys: Range<Int>,
    _ scratch: Scratch
  ) {
    let (queries, keys, patternChange) = (terms.queries, terms.keys, terms.patternChange)
    let part = scratch.matrix(.patternParts, head.slot, rows: queries.count, columns: keys.count)
    func select(_ source: MatrixView, where isKept: (PartSet) -> Bool) -> MatrixView {
      part.clear()
      for (row, query) in queries.enumerated() {
        for segment in head.filter.segments(query: query, keys: keys.lowerBound..<query + 1)
        where isKept(segment.dropped) {
          let start = segment.keys.lowerBound - keys.lowerBound
          (part[row] + start).update(from: source[row] + start, count: segment.keys.count)
        }
      }
      return part
    }
    multiply(select(patternChange) { !$0.contains(.dPV) }, base.value.rows(keys), into: output)
    let valueSources = PartSet.sources(of: .value)
    for (source, term) in [(pattern, PartSet.PdV), (patternChange, .dPdV)] {
      let whole = select(source) { !$0.contains(term) && $0.isDisjoint(with: valueSources) }
      multiply(whole.columns(offset..<keys.count), head.valueDelta.rows(deltaKeys), into: output, beta: 1)
      guard let kept = head.kept else { continue }
      let reduced = select(source) { !$0.contains(term) && !$0.isDisjoint(with: valueSources) }
      multiply(reduced.columns(offset..<keys.count), kept.valueDelta.rows(deltaKeys), into: output, beta: 1)
    }
  }
}
