/// One of the three parts of a score's change.
public enum Term: Int, Sendable, CaseIterable, Codable {
  /// dKᵀQ: the keys changed under the base's queries.
  case dKtQ
  /// KᵀdQ: the queries changed over the base's keys.
  case KtdQ
  /// dKᵀdQ: both changed; second order.
  case dKtdQ

  /// The name in analysis.json: "dKtQ", "KtdQ", "dKtdQ".
  public var name: String {
    switch self {
    case .dKtQ: "dKtQ"
    case .KtdQ: "KtdQ"
    case .dKtdQ: "dKtdQ"
    }
  }

  /// The name in prose: "dKᵀQ", "KᵀdQ", "dKᵀdQ".
  public var symbol: String {
    switch self {
    case .dKtQ: "dKᵀQ"
    case .KtdQ: "KᵀdQ"
    case .dKtdQ: "dKᵀdQ"
    }
  }
}
