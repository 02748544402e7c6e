import Expectations

extension Comparison {
  /// The outcome of a sentence about a number; a failure where it has no bounds, or such as nothing can keep.
  static func bounded(
    _ subject: String, _ lower: Double?, _ upper: Double?, _ reason: String?, _ compare: (Bounds) -> Comparison
  ) -> Comparison {
    do {
      return compare(try Bounds(atLeast: lower, atMost: upper))
    } catch {
      return Comparison(
        subject: subject, requirement: "a number within bounds", reason: reason, problem: error.description)
    }
  }
}
