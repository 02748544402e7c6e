import Results

/// A number about attention mass.
public enum MassPart: String, Sendable, CaseIterable {
  /// The mass in the base.
  case base
  /// The mass in the adapted model.
  case adapted
  /// Adapted less base.
  case difference
  /// The part of the difference that the changed keys make.
  case byKey
  /// The part of the difference that the changed queries make.
  case byQuery

  func value(_ row: AttentionMass) -> Double {
    switch self {
    case .base: row.base
    case .adapted: row.adapted
    case .difference: row.adapted - row.base
    case .byKey: row.byKey
    case .byQuery: row.byQuery
    }
  }
}

/// What is said about a part of a change.
public enum PartStatistic: String, Sendable, CaseIterable {
  /// Σ⟨T, Δ⟩ / Σ‖Δ‖².
  case share
  /// √ of the mean square.
  case rms

  func value(_ size: PartSize) -> Double { self == .share ? size.share : size.rms }
}

/// Where a change of keys or queries comes from.
public enum OperandSource: String, Sendable, CaseIterable {
  /// dW·x: the layer's own weight change.
  case own
  /// W·dx: what earlier layers hand on.
  case inherited
  /// dW·dx: both at once.
  case joint
  /// What a norm on queries and keys adds.
  case norm
}

/// What a number about the heads' output is of.
public enum ValuePart: String, Sendable, CaseIterable {
  /// dP·V: attention goes elsewhere.
  case dPV
  /// P·dV: what it finds changed.
  case PdV
  /// dP·dV: both.
  case dPdV
  /// The whole change.
  case delta

  var term: ValueTerm? { ValueTerm.allCases.first { $0.name == rawValue } }
}

/// What a number about a product of a layer is of.
public enum ProductPart: String, Sendable, CaseIterable {
  /// Of a projection: the weight changed, the input changed, both.
  case dWx, Wdx, dWdx
  /// Of gate × up: the gate changed, up changed, both.
  case dGU, GdU, dGdU
  /// Of a gate on the heads' outputs: the gate changed, the outputs changed, both.
  case dGZ, GdZ, dGdZ
  /// The whole change.
  case delta
}

extension Quantity {
  /// The mean over the queries of ½Σ_{j∈key} |p′ − p|: how much attention goes elsewhere, from 0 to 1.
  public static let moved = perMassRow("moved attention") { $0.moved }

  /// The part of the queries' attention that goes to the keys' region, or its change.
  public static func mass(_ part: MassPart) -> Quantity {
    perMassRow("mass, \(part.rawValue)") { part.value($0) }
  }

  private static func perMassRow(
    _ name: String, _ value: @escaping @Sendable (AttentionMass) -> Double
  ) -> Quantity {
    Quantity(name) { analysis, selection throws(SelectionError) in
      try selection.rows(analysis.measured(AttentionMass.self), of: analysis).map {
        Reading(place: $0.place, value: value($0))
      }
    }
  }

  /// The size of a source of dKᵀQ or KᵀdQ, or its share within that term.
  public static func sources(
    _ statistic: PartStatistic = .share, of term: Term, from source: OperandSource
  ) -> Quantity {
    Quantity("\(statistic.rawValue) of \(source.rawValue) in \(term.symbol)") {
      analysis, selection throws(SelectionError) in
      guard term != .dKtdQ else { throw SelectionError("\(term.symbol) is not split by sources; dKᵀQ and KᵀdQ are") }
      var readings: [Reading] = []
      for row in try selection.rows(analysis.measured(TermSources.self), of: analysis) {
        let shares = term == .dKtQ ? row.dKtQ : row.KtdQ
        guard let size = shares.byName.first(where: { $0.name == source.rawValue })?.size else {
          throw SelectionError("the model has no norm on queries and keys, so nothing comes from it")
        }
        readings.append(Reading(place: row.place, value: statistic.value(size)))
      }
      return readings
    }
  }

  /// The size of the change of what the heads write, or of one of its terms, or that term's share.
  public static func values(_ statistic: PartStatistic, of part: ValuePart) -> Quantity {
    Quantity("\(statistic.rawValue) of \(part.term?.symbol ?? "the change") in values") {
      analysis, selection throws(SelectionError) in
      if part == .delta, statistic == .share { throw .shareOfWhole }
      return try selection.rows(analysis.measured(ValueChange.self), of: analysis).map { row in
        Reading(place: row.place, value: part.term.map { statistic.value(row[$0]) } ?? row.delta)
      }
    }
  }

  /// The size of the change of a product of the selected layers, or of one of its terms, or that term's share; over the tokens
  /// of a region.
  public static func products(
    _ statistic: PartStatistic, of part: ProductPart, at site: ProductChange.Site
  ) -> Quantity {
    Quantity("\(statistic.rawValue) of \(part == .delta ? "the change" : part.rawValue) at \(site.rawValue)") {
      analysis, selection throws(SelectionError) in
      if part == .delta, statistic == .share { throw .shareOfWhole }
      let index = site.partNames.firstIndex(of: part.rawValue)
      guard index != nil || part == .delta else {
        throw SelectionError("\(site.rawValue) has the terms \(site.partNames.joined(separator: ", "))")
      }
      let rows = try analysis.measured(ProductChange.self).filter { $0.site == site }
      guard !rows.isEmpty else { throw SelectionError("the model has no \(site.rawValue)") }
      return try selection.rows(rows, of: analysis).map { row in
        Reading(place: row.place, value: index.map { statistic.value(row.parts[$0]) } ?? row.delta)
      }
    }
  }

  /// The median over the tokens of a region of ‖dx‖ / ‖x‖, of the residual stream entering the selected layers.
  public static let medianDivergence = Quantity("median stream divergence") {
    analysis, selection throws(SelectionError) in
    var readings: [Reading] = []
    for row in try selection.streamRows(of: analysis) {
      guard let median = row.median else {
        throw SelectionError(
          "the analysis has no median for layer \(row.layer), \(row.region); it was written before medians were computed, "
            + "or no token there has a stream")
      }
      readings.append(Reading(place: row.place, value: median))
    }
    return readings
  }
}

extension Analysis {
  /// Rows of a measure, which may not have been asked for.
  func measured<Row: MeasureRow>(_ type: Row.Type) throws(SelectionError) -> [Row] {
    guard let rows = self[rows: type] else {
      throw SelectionError("the analysis holds no \(Row.measure); run leibniz analyze with --parts \(Row.measure)")
    }
    return rows
  }
}

extension SelectionError {
  fileprivate static let shareOfWhole = SelectionError("a share is of a term; the whole change has an rms")
}
