extension Sequence where Element == String {
  /// The first few with commas between them, and how many follow: "a, b, c and 5 more".
  func listed(_ limit: Int = 6) -> String {
    let all = Array(self)
    let rest = all.count - limit
    return all.prefix(limit).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
