import Results

extension AnalysisPart {
  /// The measure: the list from which tables, probes, rows and plain runs are made.
  var measure: any Measure.Type {
    switch self {
    case .attention: AttentionMeasure.self
    case .sources: SourcesMeasure.self
    case .mass: MassMeasure.self
    case .values: ValuesMeasure.self
    case .products: ProductsMeasure.self
    case .roles: RolesMeasure.self
    case .routing: RoutingMeasure.self
    case .recurrence: RecurrenceMeasure.self
    case .writers: WritersMeasure.self
    }
  }
}
