import StrictJSON

extension JSONReader {
  /// Beyond what follows from any sums of products of single-precision numbers.
  private static var largestNumber: Double { 1e100 }

  /// Refuses what no run writes: numbers beyond those that can follow from single precision, and rows of unknown regions, layers or
  /// heads. What reads on may compute with all of them.
  /// - Parameters:
  ///   - rows: The members that hold rows of regions.
  ///   - others: Names that rows may have besides the regions.
  func checkSound(_ rows: [String], besides others: Set<String> = []) throws(JSONMemberError) {
    for (name, value) in object.members { try checkNumbers(value, name) }
    let known = Set(try names("regions")).union(others)
    let base = try object("base")
    let (layers, heads) = (try base.optionalInteger("layers") ?? 0, try base.optionalInteger("heads") ?? 0)
    for name in rows {
      for row in try rowsOf(name) {
        for member in ["query", "key", "region"] {
          guard let region = try row.optionalString(member), !known.contains(region) else { continue }
          throw row.error(member, "there is no region \(region) in regions")
        }
        for (member, count) in [("layer", layers), ("head", heads)] {
          guard case .integer(let index) = row[member], !(0..<count).contains(index) else { continue }
          throw row.error(member, "\(index) lies outside the base's \(count) \(member)s")
        }
      }
    }
  }

  /// The rows of a member, or those within it.
  private func rowsOf(_ path: String) throws(JSONMemberError) -> [JSONReader] {
    let names = path.components
    guard names.count == 2 else { return try optionalObjects(path) ?? [] }
    return try optionalObject(names[0])?.optionalObjects(names[1]) ?? []
  }

  private func checkNumbers(_ value: JSONValue, _ name: @autoclosure () -> String) throws(JSONMemberError) {
    switch value {
    case .number(let number) where abs(number) > Self.largestNumber:
      throw error(
        name(), "\(number) follows from no single-precision numbers; the file was changed after it was written")
    case .array(let elements):
      for (index, element) in elements.enumerated() { try checkNumbers(element, "\(name())[\(index)]") }
    case .object(let object):
      for (member, value) in object.members { try checkNumbers(value, "\(name()).\(member)") }
    default: break
    }
  }
}
