import Results

/// Sums over queries of what they look at, a lane a role.
public struct RoleSums: AdditiveSums, Equatable {
  /// In the base.
  public var base = SIMD8<Double>()
  /// How that changes.
  public var change = SIMD8<Double>()

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other queries.
  public static func += (left: inout RoleSums, right: RoleSums) {
    left.base += right.base
    left.change += right.change
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    for role in HeadRoles.Role.allCases.map(\.rawValue) {
      try coder.code(&base[role])
      try coder.code(&change[role])
    }
  }
}

/// What queries look at by layer, head and region.
public typealias RoleTable = TokenTable<Int, RoleSums>

extension RoleTable {
  /// A row for every layer, head and region with queries; then rows pooled over everything, then over the heads of each layer.
  public func rows() -> [HeadRoles] {
    let single = totals.enumerated().flatMap { layer, heads in
      heads.enumerated().flatMap { head, sums in rows(layer, head, [sums]) }
    }
    return single + rows(nil, nil, totals.flatMap(\.self))
      + totals.enumerated().flatMap { layer, heads in rows(layer, nil, heads) }
  }

  private func rows(_ layer: Int?, _ head: Int?, _ heads: [[RoleSums]]) -> [HeadRoles] {
    // A layer without scores has no heads.
    regions.indices.filter { tokens[$0] > 0 && !heads.isEmpty }.map { region in
      let sums = heads.reduce(into: RoleSums()) { $0 += $1[region] }
      let place = Place(layer: layer, head: head, .query(regions[region]))
      var row = HeadRoles(at: place, count: tokens[region] * heads.count)
      for role in HeadRoles.Role.allCases {
        row[role].base = sums.base[role.rawValue] / Double(row.count)
        row[role].adapted = (sums.base[role.rawValue] + sums.change[role.rawValue]) / Double(row.count)
      }
      return row
    }
  }
}
