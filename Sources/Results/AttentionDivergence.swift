/// How much attention from one region to another changed, in nats, and what changed it: a row of `attention` in analysis.json.
///
/// For a row of attention J = KL(p‖p′) + KL(p′‖p) = Σ_j (p′_j − p_j)·ΔS_j, which is linear in ΔS, so that it splits among terms and their
/// sources (docs/method.md).
public struct AttentionDivergence: SinkRow {
  /// Where it stands.
  public var place: Place
  /// Number of queries in the query region, over heads and layers where pooled.
  public var count: Int
  /// Mean over the queries of the part of J that arises at the region's keys, never negative.
  public var divergence = 0.0
  /// By ``Term``'s raw value, the term's part; they sum to the divergence, and one that works against the change is negative.
  public var terms = [0.0, 0.0, 0.0]
  /// The part of a sink's trained logit, which sums to the divergence with the terms; nil where none was trained.
  public var sink: Double?
  /// Terms that mask, targets or attention force to zero at every pair, so that what they have is what the queries' other keys gained.
  public var competition: [Term] = []
  /// dKᵀQ by the sources of dk.
  public var dKtQ = SourceNats()
  /// KᵀdQ by the sources of dq.
  public var KtdQ = SourceNats()
  /// 95 % interval over prompts of the divergence; nil where there is none.
  public var divergenceInterval: ClosedRange<Double>?
  /// By ``Term``'s raw value, that of the share; nil where there is none.
  public var shareIntervals: [ClosedRange<Double>?] = [nil, nil, nil]

  /// A row in which every number is 0.
  public init(at place: Place, count: Int) { (self.place, self.count) = (place, count) }

  /// A term's part in nats.
  public subscript(term: Term) -> Double { terms[term.rawValue] }

  /// A term's part of the divergence; 0 where attention did not move.
  public func share(_ term: Term) -> Double { divergence == 0 ? 0 : self[term] / divergence }

  /// Which term explains the change; none does where a sink's trained logit has as large a share.
  public var dominantTerm: Dominance {
    guard divergence > 0 else { return .unchanged }
    let verdict = Dominance(shares: Term.allCases.map(share))
    guard case .term(let term) = verdict, let sink else { return verdict }
    return share(term) - sink / divergence > Dominance.clearLead ? verdict : .mixed
  }

  /// What the rows are of.
  public static let form = MeasureForm(
    "attention", .pairs, counts: .queries, hasSinks: true,
    """
    Attention divergence by layer and head, then pooled: how much attention changed, in nats, and what changed it; a null key is the \
    attention sink.
    """)

  /// The numbers of a row.
  public static func fields(at place: Place) -> [Field<AttentionDivergence>] { all }

  /// The terms' shares.
  public static let derived: [Field<AttentionDivergence>] =
    Term.allCases.map { term in
      Field(
        derived: "shares.\(term.name)", .number, "The part of \(term.symbol) as a share of the divergence.",
        null: "felt.\(term.name).share"
      ) {
        $0.share(term)
      }
    } + [
      Field(derived: "shares.sink", .number, "The part of a sink's trained logit as a share of the divergence.") {
        row in
        row.sink.map { row.divergence == 0 ? 0 : $0 / row.divergence }
      }
    ]

  private static let all: [Field<AttentionDivergence>] =
    [
      Field(
        "divergence", \.divergence, .size,
        "Mean over the queries of KL(p‖p′) + KL(p′‖p), as far as it arises at the region's keys.", null: "divergence",
        precision: precision)
    ]
    + Term.allCases.map { term in
      Field(
        "terms.\(term.name)", \.terms[term.rawValue], .number, "The part of \(term.symbol).", precision: precision)
    } + [
      Field(
        optional: "terms.sink", \.sink, .number, isSeldom: true,
        "The part of a sink's trained logit, where one was trained.",
        precision: precision)
    ] + fields(of: .dKtQ, \.dKtQ) + fields(of: .KtdQ, \.KtdQ)

  private static func fields(
    of term: Term, _ nats: WritableKeyPath<AttentionDivergence, SourceNats> & Sendable
  ) -> [Field<AttentionDivergence>] {
    func field(
      _ name: String, _ source: WritableKeyPath<SourceNats, Double> & Sendable, _ sentence: String
    ) -> Field<AttentionDivergence> {
      Field(
        "sources.\(term.name).\(name)", .number, sentence, nil, isOptional: false, precision,
        { $0[keyPath: nats][keyPath: source] }, { $0[keyPath: nats][keyPath: source] = $1 })
    }
    return [
      field("own", \.own, "The layer's own weight change, dW·x."),
      field("inherited", \.inherited, "What earlier layers hand on, W·dx."), field("joint", \.joint, "Both, dW·dx."),
      Field(
        "sources.\(term.name).norm", .number, "What dividing by another length adds.", nil, isOptional: true, precision,
        { $0[keyPath: nats].norm }, { $0[keyPath: nats].norm = $1 }),
    ]
  }

  /// Numbers with signs, that can cancel: each is as exact as the row's largest.
  @Sendable private static func precision(_ row: AttentionDivergence) -> Precision {
    let largest =
      ([row.divergence, row.sink ?? 0] + row.terms + (row.dKtQ.byName + row.KtdQ.byName).map(\.nats)).map(abs).max()
      ?? 0
    return Precision(floor: largest, keepsZero: largest == 0)
  }
}

/// A term by the sources of the operand that changes in it, in nats; they sum to the term.
public struct SourceNats: Sendable, Equatable {
  /// dW·x: what the layer's own weight change does.
  public var own = 0.0
  /// W·dx: what earlier layers hand on with the residual stream.
  public var inherited = 0.0
  /// dW·dx: both at once.
  public var joint = 0.0
  /// What a norm on queries and keys adds by dividing by another length; nil where the model has none.
  public var norm: Double?

  /// Nothing.
  public init() {}

  /// Sources by their nats.
  public init(own: Double, inherited: Double, joint: Double, norm: Double?) {
    (self.own, self.inherited, self.joint, self.norm) = (own, inherited, joint, norm)
  }

  /// The sources by their names in analysis.json, in a fixed order.
  public var byName: [(name: String, nats: Double)] {
    [("own", own), ("inherited", inherited), ("joint", joint)] + (norm.map { [("norm", $0)] } ?? [])
  }
}
