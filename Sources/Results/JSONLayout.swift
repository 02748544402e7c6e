/// A value of a row of a document.
enum JSONCell {
  case number(Double)
  /// Null where there is none.
  case integer(Int?)
  /// Null where there is none.
  case text(String?)
  /// Null where there is none.
  case numbers([Double]?)
  indirect case other(any Encodable)
}

/// The values of a row beside their names, in any order. A name within others is their list; what a row lacks is not there.
struct JSONCells {
  private(set) var names: [[String]] = []
  private(set) var values: [JSONCell] = []

  init(capacity: Int = 0) {
    names.reserveCapacity(capacity)
    values.reserveCapacity(capacity)
  }

  /// Values of names that many rows share, to be added in their order by ``add(_:)``.
  init(of names: [[String]]) {
    self.names = names
    values.reserveCapacity(names.count)
  }

  /// Adds the value of the next of the shared names.
  mutating func add(_ value: JSONCell) { values.append(value) }

  /// Adds a value.
  /// - Parameter path: Its name, behind those of the objects that it is in. Lists that are kept are compared fastest.
  mutating func add(_ path: [String], _ value: JSONCell) {
    names.append(path)
    values.append(value)
  }
}

/// How rows with the same names are laid out. The names are sorted and spelled once; of a row only its values are written then,
/// since reports of many regions have hundreds of thousands of rows.
struct JSONLayout {
  /// The names in the order of ``JSONCells``.
  let names: [[String]]
  /// Which of the values comes first, second, ….
  private let order: [Int]
  /// What stands before each of them.
  private let leads: [[UInt8]]
  private let end: [UInt8]

  /// - Parameter indent: How deep the rows stand.
  init(_ names: [[String]], indent: Int) {
    self.names = names
    order = names.indices.sorted { names[$0].lexicographicallyPrecedes(names[$1]) }
    var (leads, open): ([[UInt8]], [String]) = ([], [])
    for (place, index) in order.enumerated() {
      let (name, parents) = (names[index].last ?? "", names[index].dropLast())
      let shared = zip(open, parents).prefix { $0 == $1 }.count
      var text = JSONText()
      if place == 0 { text.write(literal: "{") }
      for depth in (shared..<open.count).reversed() { text.write(closing: indent + 1 + depth) }
      if place > 0 { text.write(literal: ",") }
      for (depth, parent) in parents.enumerated().dropFirst(shared) {
        text.write(name: parent, indent: indent + 1 + depth)
        text.write(literal: "{")
      }
      text.write(name: name, indent: indent + 1 + parents.count)
      leads.append(text.bytes)
      open = Array(parents)
    }
    var text = JSONText()
    for depth in (0...open.count).reversed() { text.write(closing: indent + depth) }
    (self.leads, end) = (leads, text.bytes)
  }

  /// Writes a row that has the layout's names.
  func write(_ values: [JSONCell], to text: inout JSONText, indent: Int) throws(JSONText.NotANumber) {
    precondition(values.count == names.count, "a value for each name")
    for (lead, index) in zip(leads, order) {
      text.write(bytes: lead)
      do {
        switch values[index] {
        case .number(let number): try text.write(number)
        case .integer(let number?): text.write(literal: String(number))
        case .text(let string?): text.write(string)
        case .numbers(let numbers?):
          try text.write(array: numbers, indent: indent + names[index].count) { $0 }
        case .other(let value): try text.write(value, indent: indent + names[index].count)
        case .integer(nil), .text(nil), .numbers(nil): text.write(literal: "null")
        }
      } catch {
        var error = error
        error.path.insert(contentsOf: names[index].map { ".\($0)" }, at: 0)
        throw error
      }
    }
    text.write(bytes: end)
  }
}

/// An array of rows, each taken apart only while it is written.
struct JSONTable<Row>: JSONWritable {
  let rows: [Row]
  let cells: (Row) -> JSONCells

  init(_ rows: [Row], _ cells: @escaping (Row) -> JSONCells) {
    self.rows = rows
    self.cells = cells
  }

  func write(to text: inout JSONText, indent: Int) throws(JSONText.NotANumber) {
    // Few rows of a table differ in what they have, as sinks do from keys.
    var layouts: [JSONLayout] = []
    let start = text.bytes.count
    try text.write(elements: rows, indent: indent) { text, row throws(JSONText.NotANumber) in
      let cells = cells(row)
      let known = layouts.firstIndex { $0.names == cells.names }
      if known == nil { layouts.append(JSONLayout(cells.names, indent: indent + 1)) }
      try layouts[known ?? layouts.count - 1].write(cells.values, to: &text, indent: indent + 1)
      // The first row tells about how long they all are.
      if known == nil, layouts.count == 1 { text.reserve((text.bytes.count - start + 16) * rows.count) }
    }
  }

  func encode(to encoder: any Encoder) throws {
    preconditionFailure("rows of a document are written by JSONText")
  }
}
