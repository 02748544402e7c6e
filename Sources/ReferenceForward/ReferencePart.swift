import Architectures

/// A part of the adapted model's change that an intervention can leave out.
package enum ReferencePart: Hashable, Sendable {
  /// A term of a score's change.
  package enum Term: String, CaseIterable, Hashable, Sendable {
    /// c·dkᵀq.
    case keyChange = "dKtQ"
    /// c·kᵀdq.
    case queryChange = "KtdQ"
    /// c·dkᵀdq.
    case bothChange = "dKtdQ"
  }

  /// A term of what a key adds to a head's output. P is the base's pattern, dP the change that remains after the parts
  /// of the scores are gone.
  package enum ValuePart: String, CaseIterable, Hashable, Sendable {
    /// dP·v.
    case patternChange = "dPV"
    /// P·dv.
    case valueChange = "PdV"
    /// dP·dv.
    case bothChange = "dPdV"
  }

  /// A term of what a mixture of experts adds.
  package enum ExpertPart: String, CaseIterable, Hashable, Sendable {
    /// dG·E.
    case weightChange = "dGE"
    /// G·dE.
    case expertChange = "GdE"
    /// dG·dE.
    case bothChange = "dGdE"
  }

  /// An operand whose change has sources.
  package enum Operand: String, CaseIterable, Hashable, Sendable {
    /// The keys: in dKᵀQ and dKᵀdQ.
    case keys = "dK"
    /// The queries: in KᵀdQ and dKᵀdQ.
    case queries = "dQ"
    /// The values: in P·dV and dP·dV.
    case values = "dV"
  }

  /// A term of ΔS.
  case term(Term)
  /// A term of the value path.
  case value(ValuePart)
  /// A source of an operand's change, in every term that the operand enters.
  case source(Operand, ReferenceSource)
  /// What a part of the model added to the stream, as keys or queries of later layers read it: W·(g ⊙ dw/r′).
  case written(StreamWriter, Operand)
  /// A term of what a mixture adds, for tokens of the queries' region.
  case experts(ExpertPart)

  /// The part or parts of a name: "dKtQ", "dPV" or "dK.own", or a group: "scores", "values", "dK"; nil for any other.
  package static func named(_ name: String) -> Set<ReferencePart>? {
    if let term = Term(rawValue: name) { return [.term(term)] }
    if let part = ValuePart(rawValue: name) { return [.value(part)] }
    if let part = ExpertPart(rawValue: name) { return [.experts(part)] }
    if name == "experts" { return Set(ExpertPart.allCases.map(ReferencePart.experts)) }
    if name == "scores" { return Set(Term.allCases.map(ReferencePart.term)) }
    if name == "values" { return Set(ValuePart.allCases.map(ReferencePart.value)) }
    let pieces = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let operand = pieces.first.flatMap(Operand.init) else { return nil }
    if pieces.count == 1 { return Set(ReferenceSource.allCases.map { .source(operand, $0) }) }
    guard pieces.count == 2, let source = ReferenceSource(rawValue: pieces[1]) else { return nil }
    return [.source(operand, source)]
  }
}
