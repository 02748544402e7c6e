import StrictJSON

extension Analysis {
  /// The rows of a measure; nil where it was not asked for.
  public subscript<Row: MeasureRow>(rows type: Row.Type) -> [Row]? {
    get { measured.rows(of: type) }
    set { measured.set(newValue) }
  }
}

/// The rows of the measures that were asked for, by name.
struct MeasuredRows: Sendable, Equatable {
  private var tables: [String: any RowTable] = [:]

  func rows<Row: MeasureRow>(of type: Row.Type) -> [Row]? { (tables[type.measure] as? Table<Row>)?.rows }

  mutating func set<Row: MeasureRow>(_ rows: [Row]?) { tables[Row.measure] = rows.map(Table.init) }

  /// Removes the rows about some pairs of regions, of every measure.
  mutating func remove(_ pairs: Set<RegionPair>) { tables = tables.mapValues { $0.removing(pairs) } }

  func has(_ measure: String) -> Bool { tables[measure] != nil }

  /// By name, the rows of each.
  var json: [String: (any Encodable)?] { tables.mapValues { $0.json } }

  /// Reads the rows of a measure, where they are there.
  mutating func read<Row: MeasureRow>(_ type: Row.Type, _ reader: JSONReader) throws(JSONMemberError) {
    guard let place = type.form.rowsAt else { return set(try reader.optionalRows(type.measure, Row.init)) }
    set(try reader.optionalObject(type.measure)?.objects(place).reading(Row.init))
  }

  static func == (left: MeasuredRows, right: MeasuredRows) -> Bool {
    left.tables.count == right.tables.count
      && left.tables.allSatisfy { name, table in right.tables[name].map(table.isEqual) ?? false }
  }
}

private protocol RowTable: Sendable {
  var json: any Encodable { get }
  /// Without the rows about some pairs of regions.
  func removing(_ pairs: Set<RegionPair>) -> any RowTable
  func isEqual(_ other: any RowTable) -> Bool
}

private struct Table<Row: MeasureRow>: RowTable {
  let rows: [Row]
  var json: any Encodable {
    let table = JSONTable(rows, \.cells)
    return Row.form.rowsAt.map { JSONObject([$0: table]) } ?? table
  }

  func removing(_ pairs: Set<RegionPair>) -> any RowTable {
    Table(rows: rows.filter { row in row.place.pair.map { !pairs.contains($0) } ?? true })
  }

  func isEqual(_ other: any RowTable) -> Bool { (other as? Table)?.rows == rows }
}

extension Place {
  /// The pair of regions that it is about, if it is.
  package var pair: RegionPair? {
    switch scope {
    case .pair(let query, let key?), .term(_, let query, let key): return RegionPair(query: query, key: key)
    default: return nil
    }
  }
}
