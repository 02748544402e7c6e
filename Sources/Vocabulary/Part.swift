/// A part of an adapted model's change that an intervention can leave out (docs/method.md, Interventions).
public enum Part: String, Sendable, CaseIterable, Hashable {
  /// c·dkᵀq of a score.
  case dKtQ
  /// c·kᵀdq of a score.
  case KtdQ
  /// c·dkᵀdq of a score.
  case dKtdQ
  /// dp·v of a head's output.
  case dPV
  /// p·dv of a head's output.
  case PdV
  /// dp·dv of a head's output.
  case dPdV
  /// dW_K·x of a key, in every term that the key's change enters.
  case ownKeys = "dK.own"
  /// W_K·dx of a key.
  case inheritedKeys = "dK.inherited"
  /// dW_K·dx of a key.
  case jointKeys = "dK.joint"
  /// What a norm adds to a key's change.
  case normKeys = "dK.norm"
  /// dW_Q·x of a query.
  case ownQueries = "dQ.own"
  /// W_Q·dx of a query.
  case inheritedQueries = "dQ.inherited"
  /// dW_Q·dx of a query.
  case jointQueries = "dQ.joint"
  /// What a norm adds to a query's change.
  case normQueries = "dQ.norm"
  /// dW_V·x of a value.
  case ownValues = "dV.own"
  /// W_V·dx of a value.
  case inheritedValues = "dV.inherited"
  /// dW_V·dx of a value.
  case jointValues = "dV.joint"
  /// What a norm adds to a value's change, where values come through a latent.
  case normValues = "dV.norm"
  /// dG·E of a mixture's output: other weights, or other experts.
  case dGE
  /// G·dE of a mixture's output: the same experts make something else of a token.
  case GdE
  /// dG·dE of a mixture's output.
  case dGdE

  /// The three terms of a score.
  public static let scores: [Part] = [.dKtQ, .KtdQ, .dKtdQ]
  /// The three terms of a head's output.
  public static let values: [Part] = [.dPV, .PdV, .dPdV]
  /// Those that changed values take part in; dP·V is how scores act.
  public static let changedValues: [Part] = [.PdV, .dPdV]
  /// Sources of keys.
  public static let keySources: [Part] = [.ownKeys, .inheritedKeys, .jointKeys, .normKeys]
  /// Sources of queries.
  public static let querySources: [Part] = [.ownQueries, .inheritedQueries, .jointQueries, .normQueries]
  /// Sources of values.
  public static let valueSources: [Part] = [.ownValues, .inheritedValues, .jointValues, .normValues]

  /// The three terms of a mixture's output.
  public static let experts: [Part] = [.dGE, .GdE, .dGdE]

  /// Parts of one kind, of which `keep` leaves out the others.
  package static let kinds = [scores, values, keySources, querySources, valueSources, experts]

  /// Names that stand for several parts.
  package static let groups: [(name: String, parts: [Part])] = [
    ("scores", scores), ("values", values), ("dK", keySources), ("dQ", querySources), ("dV", valueSources),
    ("experts", experts),
  ]

  /// Every name that ``named(_:)`` knows.
  public static var names: [String] { groups.map(\.name) + allCases.map(\.rawValue) }

  /// The part of a name, or the parts of a group: "scores", "values", "dK", "dQ", "dV", "experts"; nil for any other name.
  public static func named(_ name: String) -> [Part]? {
    Part(rawValue: name).map { [$0] } ?? groups.first { $0.name == name }?.parts
  }

  /// All other parts of the same kinds.
  public static func complement(of kept: [Part]) -> [Part] {
    kinds.filter { !$0.allSatisfy { !kept.contains($0) } }.flatMap { $0 }.filter { !kept.contains($0) }
  }

  /// Sources of an operand's change, in the order of ``Source``.
  public static func sources(of operand: Operand) -> [Part] {
    switch operand {
    case .key: keySources
    case .query: querySources
    case .value: valueSources
    }
  }

  /// Its place among all.
  package var number: Int { Self.numbers[self] ?? 0 }

  private static let numbers = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}
