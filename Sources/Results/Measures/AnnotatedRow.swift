import StrictJSON

/// A row of a measure that says more than numbers: names, intervals.
protocol AnnotatedRow: MeasureRow {
  /// What analysis.json has beside the numbers.
  var annotations: JSONObject { get }
  /// Reads it.
  mutating func annotate(_ reader: JSONReader) throws(JSONMemberError)
}

extension JSONReader {
  /// A lower and an upper bound; nil where there is none.
  func optionalInterval(_ name: String) throws(JSONMemberError) -> ClosedRange<Double>? {
    guard let bounds = try optionalNumbers(name) else { return nil }
    guard bounds.count == 2, bounds[0] <= bounds[1] else {
      throw error(name, "a lower and an upper bound are expected")
    }
    return bounds[0]...bounds[1]
  }
}
