import Results

extension SyntheticAnalysis {
  /// Parts with the form of real ones: masses of a row sum to 1, what moves is at most 1, shares and nats sum to their whole.
  func addParts(to analysis: inout Analysis) {
    var attention: [AttentionDivergence] = []
    var mass: [AttentionMass] = []
    var values: [ValueChange] = []
    let rows = analysis.blocks.map { ($0.layer, $0.head) } + [(nil, nil)] + (0..<layers).map { ($0, nil) }
    // A head has a block for each pair of regions, one after the other.
    for (layer, head) in rows where mass.isEmpty || mass.last?.layer != layer || mass.last?.head != head {
      let count = head != nil ? 1 : layer != nil ? heads : heads * layers
      let size = 0.02 * Double((layer ?? layers / 2) + 1) + 0.005 * Double(head ?? heads / 2)
      for (query, key) in [("before", "before"), ("after", "before"), ("after", "after")] {
        let isStill = isMasked && query == "before"
        let change = query == "before" ? 0 : (key == "before" ? -0.4 : 0.4) * size
        let byKey = (isMasked && key == "before" ? 0.25 : 0.75) * change
        let base = query == "before" ? 1 : key == "before" ? 0.625 : 0.375
        mass.append(
          AttentionMass(
            layer: layer, head: head, query: query, key: key, queries: 60 * count, base: base, adapted: base + change,
            moved: isStill ? 0 : size, byKey: byKey, byQuery: change - byKey))
        attention.append(
          divergence(
            Place(layer: layer, head: head, .pair(query: query, key: key)), 60 * count, isStill ? 0 : 10 * size * size))
        let hasValueChange = !(isMasked && key == "before")
        let shares = isStill ? [0, 0, 0] : hasValueChange ? [0.4375, 0.5, 0.0625] : [1, 0, 0]
        values.append(
          ValueChange(
            layer: layer, head: head, query: query, key: key, queries: 60 * count, delta: isStill ? 0 : 8 * size,
            terms: shares.map { PartSize(rms: 8 * size * $0.squareRoot(), share: $0) }))
      }
    }
    (analysis.attention, analysis.mass, analysis.values) = (attention, mass, values)
  }

  /// What attention felt; where the mask leaves KᵀdQ alone the other terms have a little by competition.
  private func divergence(_ place: Place, _ queries: Int, _ nats: Double) -> AttentionDivergence {
    var row = AttentionDivergence(at: place, count: queries)
    guard nats > 0 else { return row }
    let isCompeting = isMasked && place.pair?.key == "before"
    let shares = isCompeting ? [0.0625, 0.96875, -0.03125] : [0.5625, 0.40625, 0.03125]
    row.divergence = nats
    row.terms = shares.map { $0 * nats }
    row.competition = isCompeting ? [.dKtQ, .dKtdQ] : []
    (row.dKtQ.own, row.dKtQ.inherited) = (row[.dKtQ] / 4, row[.dKtQ] * 3 / 4)
    row.KtdQ.inherited = row[.KtdQ]
    if place.isPooled {
      row.divergenceInterval = nats * 0.875...nats * 1.125
      row.shareIntervals = shares.map { $0 - spread...$0 + spread }
    }
    return row
  }
}
