import StrictJSON

/// What a report's machine-readable file holds, told by its content.
public enum Report: Sendable, Equatable {
  /// An analysis.json of `leibniz analyze`.
  case analysis(Analysis)
  /// An interventions.json of `leibniz ablate`.
  case ablation(Ablation)

  /// Reads either.
  /// - Throws: ``JSONMemberError`` naming the file and the member that is missing or wrong.
  public init(json: [UInt8], file: String) throws(JSONMemberError) {
    let reader = try JSONReader(file: file, bytes: json, limits: DocumentSize.limits)
    // Only interventions.json has knock-outs; what has neither is told as an analysis that lacks what it must have.
    if reader["knockouts"] != nil, reader["blocks"] == nil {
      self = .ablation(try Ablation(reader))
    } else if reader["forms"] != nil, reader["blocks"] == nil {
      throw reader.error(
        "", "a weights.json of leibniz weights; an analysis.json or an interventions.json is expected")
    } else {
      self = .analysis(try Analysis(reader))
    }
  }
}
