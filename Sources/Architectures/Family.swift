import StrictJSON

/// An architecture: config.json in, description out. Every supported `model_type` is one row of ``families``.
public struct Family: Sendable {
  /// The `model_type` values that mean this family.
  public var modelTypes: [String]
  /// Reads config.json.
  /// - Throws: ``JSONMemberError`` naming the member that is missing, contradictory or not supported.
  public var describe: @Sendable (JSONReader) throws(JSONMemberError) -> ModelDescription

  /// A row of the table.
  public init(
    _ modelTypes: [String],
    describe: @escaping @Sendable (JSONReader) throws(JSONMemberError) -> ModelDescription
  ) {
    self.modelTypes = modelTypes
    self.describe = describe
  }
}
