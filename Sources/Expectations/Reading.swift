import Results

/// A number that an analysis holds, with its place.
public struct Reading: Sendable, Equatable {
  /// Where it stands.
  public var place: Place
  /// The number.
  public var value: Double

  /// A reading.
  public init(place: Place, value: Double) {
    self.place = place
    self.value = value
  }
}

/// Why an expectation cannot be held against an analysis: what it selects is not there.
///
/// An expectation that selects nothing counts as failed, never as passed.
public struct SelectionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was selected, what the analysis holds and what to do.
  public var description: String

  /// An error with its text.
  public init(_ description: String) { self.description = description }
}
