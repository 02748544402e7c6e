import Results

/// Says what linear attention remembers otherwise on the tokens of a region.
struct RecurrenceWords {
  private let rows: [RecurrenceChange]

  init(_ analysis: Analysis) { rows = analysis[rows: RecurrenceChange.self] ?? [] }

  /// "What linear attention reads changes most in L2H3; of the change on the tokens of “after” 68 % is that something else is remembered,
  /// and 27 % that it is read otherwise."; empty where nothing is known of a region, or nothing changes.
  func sentence(_ region: String?) -> Phrase {
    let own = rows.filter { $0.region == region && $0.delta > 0 }
    guard let region, let most = own.max(by: { ($0.delta, $1.layer) < ($1.delta, $0.layer) }) else { return "" }
    // Σ⟨T, Δ⟩ and Σ‖Δ‖² add up over heads and layers.
    let whole = own.reduce(0) { $0 + $1.delta * $1.delta * Double($1.queries) }
    func part(_ size: KeyPath<RecurrenceChange, PartSize>) -> Double {
      own.reduce(0) { $0 + $1[keyPath: size].share * $1.delta * $1.delta * Double($1.queries) } / whole
    }
    return """
      What linear attention reads changes most in \(.strong("L\(most.layer)H\(most.head)")); of the change on the tokens of \
      “\(region)” \(Numbers.percent(part(\.dSQ))) is that something else is remembered, and \(Numbers.percent(part(\.SdQ))) that it \
      is read otherwise.
      """
  }
}
