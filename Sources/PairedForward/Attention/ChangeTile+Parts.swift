import LinearAlgebra

extension ChangeTile {
  /// Keeps dP·V, P·dV and dP·dV apart, where the run keeps what its attention writes and the prediction of one of the tile's tokens is
  /// split.
  func keepParts(
    _ base: BaseHead, _ pattern: MatrixView, _ offset: Int, _ deltaKeys: Range<Int>, _ scratch: Scratch
  ) {
    guard let parts = head.run.memory.written?.attention else { return }
    let state = head.run.state
    let first = state.rows.spans[base.task.span].lowerBound - state.rows.first[base.task.span]
    let tokens = terms.queries.lowerBound + first..<terms.queries.upperBound + first
    guard tokens.contains(where: { parts.places[$0] != nil }) else { return }
    let width = base.value.columns
    let targets = parts.mixed(tokens, base.task.head * width..<(base.task.head + 1) * width)
    let (keys, change) = (terms.keys, terms.patternChange)
    let changing = offset..<keys.count
    guard !head.filter.isEmpty else {
      multiply(change, base.value.rows(keys), into: targets[0])
      multiply(pattern.columns(changing), head.valueDelta.rows(deltaKeys), into: targets[1])
      multiply(change.columns(changing), head.valueDelta.rows(deltaKeys), into: targets[2])
      return
    }
    multiply(kept(change, .dPV, base, scratch), base.value.rows(keys), into: targets[0])
    let sources = PartSet.sources(of: .value)
    for (source, term, target) in [(pattern, PartSet.PdV, targets[1]), (change, .dPdV, targets[2])] {
      multiply(
        kept(source, term, base, scratch) { $0.isDisjoint(with: sources) }.columns(changing),
        head.valueDelta.rows(deltaKeys), into: target)
      guard let values = head.kept?.valueDelta else { continue }
      multiply(
        kept(source, term, base, scratch) { !$0.isDisjoint(with: sources) }.columns(changing), values.rows(deltaKeys),
        into: target, beta: 1)
    }
  }

  /// A pattern where a value term is not left out.
  private func kept(
    _ source: MatrixView, _ term: PartSet, _ base: BaseHead, _ scratch: Scratch,
    where isKept: (PartSet) -> Bool = { _ in true }
  ) -> MatrixView {
    let target = scratch.matrix(.patternParts, head.slot, rows: terms.queries.count, columns: terms.keys.count)
    target.clear()
    for (row, query) in terms.queries.enumerated() {
      for segment in head.filter.segments(query: query, keys: terms.keys.lowerBound..<query + 1)
      where !segment.dropped.contains(term) && isKept(segment.dropped) {
        let start = segment.keys.lowerBound - terms.keys.lowerBound
        (target[row] + start).update(from: source[row] + start, count: segment.keys.count)
      }
    }
    return target
  }
}
