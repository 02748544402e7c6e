/// Why a text cannot be JSON in UTF-8, told by its first bytes: it is UTF-16 or UTF-32. Nil where these say nothing.
public func encodingProblem(of bytes: [UInt8]) -> String? {
  let start = Array(bytes.prefix(4))
  func isZero(_ index: Int) -> Bool { index < start.count && start[index] == 0 }
  let advice = "where UTF-8 is expected; save it as UTF-8"
  // JSON begins with an ASCII character, so that zeros around it tell an encoding without a mark (RFC 4627, 3).
  if start == [0xFF, 0xFE, 0, 0] || start == [0, 0, 0xFE, 0xFF] || (start.count == 4 && start.count { $0 == 0 } == 3) {
    return "it is UTF-32, \(advice)"
  }
  if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) || (start.count > 1 && isZero(0) != isZero(1))
  {
    return "it is UTF-16, \(advice)"
  }
  return nil
}
