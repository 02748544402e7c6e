import Results
import Statistics

extension PromptNats {
  /// 95 % interval of the divergence of a query.
  var divergenceInterval: ClosedRange<Double>? {
    guard many.count > 0 else { return RatioEstimate.interval(all.map { ($0.nats[.delta], $0.queries) }) }
    return RatioMoments(
      count: many.prompts[0], part: many.sum.nats[.delta], whole: many.sum.queries, partSquare: many.squares[.delta],
      product: many.shared[.delta], wholeSquare: many.queriesSquare
    ).interval
  }

  /// 95 % interval of a term's share of the divergence.
  func shareInterval(_ term: Term) -> ClosedRange<Double>? {
    let lane = TermLane.term(term)
    guard many.count > 0 else { return RatioEstimate.interval(all.map { ($0.nats[lane], $0.nats[.delta]) }) }
    return RatioMoments(
      count: many.prompts[1], part: many.sum.nats[lane], whole: many.sum.nats[.delta], partSquare: many.squares[lane],
      product: many.shared[lane], wholeSquare: many.squares[.delta]
    ).interval
  }
}
