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
}
