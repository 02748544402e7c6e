import Results

/// What heads are called after, over the queries of all regions: the largest role that holds more than 0.4 of their attention.
struct HeadRoleNames {
  /// A head with its roles.
  struct Head {
    var layer: Int
    var head: Int
    /// By ``HeadRoles/Role``'s raw value, the mean attention over all queries.
    var attention: [HeadRoles.Both]

    /// The base's role; nil for none.
    var base: HeadRoles.Role? { Self.role { attention[$0.rawValue].base } }
    /// The adapted model's.
    var adapted: HeadRoles.Role? { Self.role { attention[$0.rawValue].adapted } }

    /// "induction", "induction → previous" where it changed, "–" for none.
    var name: String {
      let words = [base, adapted].map { $0.map { "\($0)" } ?? "–" }
      return words[0] == words[1] ? words[0] : "\(words[0]) → \(words[1])"
    }

    private static func role(_ attention: (HeadRoles.Role) -> Double) -> HeadRoles.Role? {
      // Of equals the first, in the order of the roles.
      let largest = HeadRoles.Role.allCases.reduce(HeadRoles.Role.first) {
        attention($1) > attention($0) ? $1 : $0
      }
      return attention(largest) > HeadRoleNames.least ? largest : nil
    }
  }

  /// By layer, then by head.
  let all: [Head]
  private let places: [Place: Int]

  private static let least = 0.4

  /// nil where nobody asked.
  init?(_ analysis: Analysis) {
    guard let rows = analysis[rows: HeadRoles.self] else { return nil }
    let byHead = Dictionary(grouping: rows.filter { $0.place.layer != nil && $0.place.head != nil }) {
      Place(layer: $0.place.layer, head: $0.place.head)
    }
    all = byHead.map { place, rows in
      Head(layer: place.layer ?? 0, head: place.head ?? 0, attention: Self.mean(rows))
    }.sorted { ($0.layer, $0.head) < ($1.layer, $1.head) }
    places = Dictionary(
      all.enumerated().map { (Place(layer: $1.layer, head: $1.head), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Over the queries of all regions.
  private static func mean(_ rows: [HeadRoles]) -> [HeadRoles.Both] {
    let queries = Double(rows.reduce(0) { $0 + $1.count })
    return HeadRoles.Role.allCases.map { role in
      var mean = HeadRoles.Both()
      for row in rows where queries > 0 {
        mean.base += row[role].base * Double(row.count) / queries
        mean.adapted += row[role].adapted * Double(row.count) / queries
      }
      return mean
    }
  }

  /// A head's roles.
  subscript(layer: Int?, head: Int?) -> Head? { places[Place(layer: layer, head: head)].map { all[$0] } }

  /// "31 % of it lies in induction heads, 12 % in previous-token heads; 2 heads have another role than in the base."; empty where no head has
  /// a role, or nothing changes.
  func sentence(_ findings: Findings) -> Phrase {
    let parts = HeadRoles.Role.allCases.compactMap { role -> (role: HeadRoles.Role, count: Int, part: Double)? in
      let own = findings.heads.filter { self[$0.block.layer, $0.block.head]?.base == role }
      return own.isEmpty ? nil : (role, own.count, own.reduce(0) { $0 + $1.part })
    }.sorted { ($0.part, $1.role.rawValue) > ($1.part, $0.role.rawValue) }
    guard !parts.isEmpty else { return "" }
    let words = parts.map { role, count, part in
      "\(.strong("\(Numbers.percent(part)) in \(role.title)")) (\(Numbers.count(count)))" as Phrase
    }
    let others: Phrase = parts.contains { $0.role == .induction } ? "" : "; none is an induction head"
    let changed = all.count { $0.base != $0.adapted }
    let moved: Phrase =
      changed == 0
      ? "" : "; \(Numbers.count(changed, "head")) \(changed == 1 ? "has" : "have") another role once adapted"
    return "By what heads do in the base, \(.list(words)) of \(Numbers.count(all.count, "head"))\(others)\(moved)."
  }
}

extension HeadRoles.Role {
  /// Heads that are called after it.
  var title: String {
    switch self {
    case .first: "first-token heads"
    case .itself: "heads on the token itself"
    case .previous: "previous-token heads"
    case .duplicate: "duplicate-token heads"
    case .induction: "induction heads"
    }
  }

  /// One of them: "an induction head".
  var one: String {
    switch self {
    case .first: "a first-token head"
    case .itself: "a head on the token itself"
    case .previous: "a previous-token head"
    case .duplicate: "a duplicate-token head"
    case .induction: "an induction head"
    }
  }
}
