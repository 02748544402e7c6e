/// The projections of a layer, each a place where a mask can differ.
public enum Site: String, Sendable, CaseIterable, Codable {
  /// x → query.
  case q
  /// x → key.
  case k
  /// x → value.
  case v
  /// The heads' outputs → the stream.
  case o
  /// x → the MLP's gate.
  case gate
  /// x → the MLP's inner width.
  case up
  /// The MLP's inner width → the stream.
  case down
  /// All projections of a recurrence.
  case recurrence
  /// x → the logits by which a mixture chooses experts, and that of the gate on what stands beside them.
  case router
  /// x → an expert's gate.
  case expertGate = "experts.gate"
  /// x → an expert's inner width.
  case expertUp = "experts.up"
  /// An expert's inner width → the stream.
  case expertDown = "experts.down"

  /// Those of a mixture's experts.
  public static let experts: [Site] = [.expertGate, .expertUp, .expertDown]

  /// Whether only mixtures of experts have it.
  public var isOfMixture: Bool { self == .router || Self.experts.contains(self) }

  /// The site that it follows as long as nothing is said of it: an expert's projections those of a dense MLP.
  public var followed: Site? {
    switch self {
    case .expertGate: .gate
    case .expertUp: .up
    case .expertDown: .down
    default: nil
    }
  }
}
