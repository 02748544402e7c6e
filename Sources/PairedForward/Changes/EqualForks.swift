import Architectures

extension PairedForward {
  /// Which runs are one and the same in a batch: forks that leave out the same but for structural zeros. Computed once, they are
  /// equal to the bit; apart, a row's place in a product can round it otherwise.
  /// - Returns: By run, the first that does what it does, often itself.
  public func equalRuns(_ batch: [Int], of prompts: [ForwardPrompt], _ runs: [ChangeRun]) -> [Int] {
    let batch = Batch(batch, of: prompts)
    let states = [RunState](runs, adaptations: AdaptationList(runs), batch: batch, description: model.description)
    var first = Array(runs.indices)
    var known: [(run: Int, origin: Int, filter: PartFilter)] = []
    for state in states {
      guard case .fork(let origin) = runs[state.index].origin else { continue }
      let filter = runs[state.index].filter.effective(on: state.reaches, batch, model.description)
      if let equal = known.first(where: { $0.origin == origin && $0.filter == filter }) {
        first[state.index] = equal.run
      } else {
        known.append((state.index, origin, filter))
      }
    }
    return first
  }
}

extension PartFilter {
  /// The same without parts that are structurally zero wherever they are left out.
  fileprivate func effective(
    on reaches: [ChangeReach], _ batch: Batch, _ description: ModelDescription
  ) -> PartFilter {
    PartFilter(
      clauses.compactMap { clause in
        var own = clause
        own.parts = clause.parts.singles.filter { part in
          var alone = clause
          alone.parts = part
          return Divergence(PartFilter([alone]), from: reaches, batch: batch, description: description).layer != nil
        }.reduce(into: []) { $0.formUnion($1) }
        return own.parts.isEmpty ? nil : own
      })
  }
}

extension PartSet {
  /// The parts of the set, each by itself.
  fileprivate var singles: [PartSet] {
    (0..<rawValue.bitWidth - rawValue.leadingZeroBitCount).map { PartSet(rawValue: 1 << $0) }.filter(contains)
  }
}
