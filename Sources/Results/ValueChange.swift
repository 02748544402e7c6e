/// One of the three parts of the change of what a head writes: of P·V, the pattern times the values.
public enum ValueTerm: Int, Sendable, CaseIterable {
  /// dP·V: attention went elsewhere.
  case dPV
  /// P·dV: the values changed where attention goes.
  case PdV
  /// dP·dV: both; second order.
  case dPdV

  /// The name in analysis.json: "dPV", "PdV", "dPdV".
  public var name: String {
    switch self {
    case .dPV: "dPV"
    case .PdV: "PdV"
    case .dPdV: "dPdV"
    }
  }

  /// The name in prose: "dP·V", "P·dV", "dP·dV".
  public var symbol: String {
    switch self {
    case .dPV: "dP·V"
    case .PdV: "P·dV"
    case .dPdV: "dP·dV"
    }
  }
}

/// Size and share of a part of a change.
public struct PartSize: Sendable, Equatable, Codable {
  /// √ of the mean square.
  public var rms = 0.0
  /// Σ⟨T, Δ⟩ / Σ‖Δ‖²; 0 where Δ is 0 everywhere.
  public var share = 0.0

  /// Nothing.
  public init() {}

  /// A size.
  public init(rms: Double, share: Double) {
    self.rms = rms
    self.share = share
  }
}

extension [PartSize] {
  /// The sizes of all parts together: where one cancels to nothing, it is no more exact than these are.
  var whole: Double { reduce(0) { $0 + $1.rms } }
}

extension Field {
  /// A part's size and its share.
  /// - Parameter whole: The sizes of all parts together.
  static func part(
    _ path: String, _ part: WritableKeyPath<Row, PartSize> & Sendable, _ sentence: String,
    _ whole: @escaping @Sendable (Row) -> Double
  ) -> [Field] {
    Field.part(path, sentence, isOptional: false, whole, { $0[keyPath: part] }, { $0[keyPath: part] = $1 })
  }

  /// A part that rows may lack.
  static func part(
    _ path: String, _ sentence: String, isOptional: Bool, _ whole: @escaping @Sendable (Row) -> Double,
    _ part: @escaping @Sendable (Row) -> PartSize?, _ set: @escaping @Sendable (inout Row, PartSize) -> Void
  ) -> [Field] {
    func field(
      _ name: String, _ kind: FieldKind, _ meaning: String, _ number: WritableKeyPath<PartSize, Double> & Sendable,
      _ precision: @escaping @Sendable (Row) -> Precision
    ) -> Field {
      Field(
        "\(path).\(name)", kind, "\(sentence) \(meaning)", nil, isOptional: isOptional, precision,
        { part($0)?[keyPath: number] },
        { row, value in
          var size = part(row) ?? PartSize()
          size[keyPath: number] = value
          set(&row, size)
        })
    }
    return [
      field("rms", .size, "√ of the mean square.", \.rms) { Precision(whole: whole($0)) },
      field(
        "share", .number,
        "Σ⟨T, Δ⟩ / Σ‖Δ‖²: the part of the whole that it explains; negative for what works against it.",
        \.share
      ) { _ in Precision(floor: 1) },
    ]
  }
}

/// How the vectors change that a head writes to the residual stream from the tokens of a region: W_O,h·Σ_{j∈key} p_ij v_j,
/// with the base's output projection. Every query of the region counts, also one that cannot change.
public struct ValueChange: PairRow {
  /// Where it stands.
  public var place: Place
  /// Number of queries, over heads and layers where pooled.
  public var count: Int
  /// √ of the mean squared norm of the change, in units of the residual stream.
  public var delta = 0.0
  /// By ``ValueTerm``'s raw value.
  public var terms = ValueTerm.allCases.map { _ in PartSize() }

  /// A row in which every number is 0.
  public init(at place: Place, count: Int) { (self.place, self.count) = (place, count) }

  /// A row from its parts.
  public init(
    layer: Int?, head: Int?, query: String, key: String, queries: Int, delta: Double, terms: [PartSize]
  ) {
    self.init(at: Place(layer: layer, head: head, .pair(query: query, key: key)), count: queries)
    (self.delta, self.terms) = (delta, terms)
  }

  /// One term's size.
  public subscript(term: ValueTerm) -> PartSize {
    get { terms[term.rawValue] }
    set { terms[term.rawValue] = newValue }
  }

  /// What the rows are of.
  public static let form = MeasureForm(
    "values", .pairs, counts: .queries,
    "Change of what heads write to the residual stream, by layer and head, then pooled.")

  /// The numbers of a row.
  public static func fields(at place: Place) -> [Field<ValueChange>] { all }

  private static let all: [Field<ValueChange>] =
    [
      Field("delta.rms", \.delta, .size, "√ of the mean squared length of the change, over the queries.") {
        Precision(whole: $0.terms.whole)
      }
    ]
    + [
      (ValueTerm.dPV, "Changed attention to the base's values."),
      (.PdV, "The base's attention to changed values."), (.dPdV, "Both changed."),
    ].flatMap { term, sentence in
      Field.part("terms.\(term.name)", \.[term], sentence) { $0.terms.whole }
    }
}
