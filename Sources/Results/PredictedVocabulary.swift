import StrictJSON

/// How many tokens base and adapted model predict, where these are not as many.
///
/// Each model's losses are of its own vocabulary. What compares two predictions (KL) is over the tokens that both have, with the
/// probabilities of each model divided by their sum over those.
public struct PredictedVocabulary: Sendable, Equatable, Codable {
  /// Of the base.
  public var base: Int
  /// Of the adapted model.
  public var adapted: Int
  /// How many judged tokens one of the two lacks: they are in no loss, no gain and no benefit.
  public var leftOut: Int

  /// A vocabulary from its parts.
  public init(base: Int, adapted: Int, leftOut: Int) {
    self.base = base
    self.adapted = adapted
    self.leftOut = leftOut
  }

  /// Tokens that both have.
  public var shared: Int { min(base, adapted) }

  init(_ reader: JSONReader) throws(JSONMemberError) {
    self.init(
      base: try reader.count("base"), adapted: try reader.count("adapted"), leftOut: try reader.count("leftOut"))
  }
}
