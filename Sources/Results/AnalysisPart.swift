/// A part of an analysis that can be asked for or left out; it costs nothing where it is not asked for.
public enum AnalysisPart: String, Sendable, CaseIterable {
  /// How much attention changed, in nats, and what changed it.
  case attention
  /// What the changes of keys and queries are made of.
  case sources
  /// How much attention goes where, and how much of it moved.
  case mass
  /// What the heads write to the residual stream.
  case values
  /// Every projection's change.
  case products
  /// What heads look at.
  case roles
  /// What mixtures of experts change; models without any have nothing of it.
  case routing
  /// What heads of linear attention read from their states; models without any have nothing of it.
  case recurrence
  /// Who wrote what the terms inherit and, with losses, what predictions gain.
  case writers

  /// Its rows: the list of measures.
  package var rows: any MeasureRow.Type {
    switch self {
    case .attention: AttentionDivergence.self
    case .sources: TermSources.self
    case .mass: AttentionMass.self
    case .values: ValueChange.self
    case .products: ProductChange.self
    case .roles: HeadRoles.self
    case .routing: RoutingChange.self
    case .recurrence: RecurrenceChange.self
    case .writers: WriterNats.self
    }
  }
}
