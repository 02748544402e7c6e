import Results

/// Says what mixtures of experts do with the tokens of a region.
struct MixtureWords {
  private let rows: [RoutingChange]

  init(_ analysis: Analysis) { rows = analysis[rows: RoutingChange.self] ?? [] }

  /// "In L14 11 % of the tokens of “after” go to other experts, the most of 24 layers; re-routing is 40 % of what the mixtures changed on
  /// them."; empty where nothing is known of a region, or nothing changes.
  func sentence(_ region: String?) -> Phrase {
    let own = rows.filter { $0.region == region && $0.delta > 0 }
    guard let region, let most = own.max(by: { ($0.flipped, $1.layer) < ($1.flipped, $0.layer) }) else { return "" }
    // Σ⟨T, Δ⟩ and Σ‖Δ‖² add up over layers.
    let whole = own.reduce(0) { $0 + $1.delta * $1.delta * Double($1.tokens) }
    let part = own.reduce(0) { $0 + $1.dGE.share * $1.delta * $1.delta * Double($1.tokens) } / whole
    let routes: Phrase =
      most.flipped == 0
      ? "No token of “\(region)” goes to other experts in any layer"
      : """
      In L\(most.layer) \(.strong("\(Numbers.fine(most.flipped)) of the tokens")) of “\(region)” go to other experts\
      \(own.count > 1 ? ", the most of \(Numbers.count(own.count)) layers" : "")
      """
    return "\(routes); re-routing is \(Numbers.percent(part)) of what the mixtures changed on them."
  }
}
