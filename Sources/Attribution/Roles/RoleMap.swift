import Results

/// Of a prompt, by position of the query and ``HeadRoles/Role``, the keys that it may look at.
public struct RoleMap: Sendable, Equatable {
  /// By position of the query and role's raw value, rising.
  private let keys: [[[Int]]]

  /// The kinds of tokens of a prompt.
  /// - Complexity: As many steps as there are pairs of equal tokens.
  public init(tokens: [Int]) {
    var earlier: [Int: [Int]] = [:]
    keys = tokens.enumerated().map { query, token in
      let equal = earlier[token, default: []]
      earlier[token, default: []].append(query)
      return HeadRoles.Role.allCases.map { role in
        switch role {
        case .first: query > 0 ? [0] : []
        case .itself: [query]
        case .previous: query > 0 ? [query - 1] : []
        case .duplicate: equal
        case .induction: equal.map { $0 + 1 }.filter { $0 < query }
        }
      }
    }
  }

  /// The sums of a row by role.
  /// - Parameters:
  ///   - row: By key that the query sees, from the first of `seen` on.
  ///   - seen: The keys that it sees.
  public func sums(_ row: UnsafePointer<Float>, seen: Range<Int>, query: Int) -> SIMD8<Double> {
    var sums = SIMD8<Double>()
    for (role, keys) in keys[query].enumerated() {
      for key in keys where key >= seen.lowerBound { sums[role] += Double(row[key - seen.lowerBound]) }
    }
    return sums
  }
}
