import Foundation
import Testing

@testable import Results

/// Rows that are laid out once and written value by value are the bytes of the same rows as objects.
@Suite struct JSONLayoutTests {
  /// Members of a row: where they stand, what is written, and the same as a value of an object.
  private typealias Member = (path: [String], cell: JSONCell, value: any Encodable)

  private let members: [Member] = [
    (["terms", "dKtQ", "rms"], .number(0.1), 0.1), (["layer"], .integer(3), 3), (["head"], .integer(nil), Int?.none),
    (["terms", "KtdQ", "rms"], .number(-2.5e-300), -2.5e-300), (["terms", "KtdQ", "zero"], .text(nil), String?.none),
    (["query"], .text("a\"\\\u{1}é\n"), "a\"\\\u{1}é\n"), (["delta", "rms"], .number(3), 3.0),
    (["shareInterval", "x"], .numbers([0, 1.5]), [0, 1.5]), (["a", "b", "c", "d"], .numbers(nil), [Double]?.none),
    (["a", "b", "e"], .other(["x", "y"]), ["x", "y"]), (["z"], .number(1e22), 1e22), (["zero"], .number(-0.0), -0.0),
    (["none"], .number(0), 0.0),
  ]

  private func cells(_ members: [Member]) -> JSONCells {
    var cells = JSONCells()
    for member in members { cells.add(member.path, member.cell) }
    return cells
  }

  /// The members as objects within each other.
  private func object(_ members: [Member]) -> JSONObject {
    let groups = Dictionary(grouping: members) { $0.path[0] }
    return JSONObject(
      groups.mapValues { group -> any Encodable in
        if group[0].path.count == 1 { return group[0].value }
        return object(group.map { (Array($0.path.dropFirst()), $0.cell, $0.value) })
      })
  }

  @Test func `Members stand in order, within others and beside them, and may be missing`() throws {
    var rows = [members, members.reversed()]
    for missing in members.indices { rows.append(members.indices.filter { $0 != missing }.map { members[$0] }) }
    for indent in [0, 2] {
      var (laidOut, plain) = (JSONText(), JSONText())
      try JSONTable(rows, cells).write(to: &laidOut, indent: indent)
      try plain.write(array: rows, indent: indent) { object($0) }
      #expect(String(decoding: laidOut.bytes, as: UTF8.self) == String(decoding: plain.bytes, as: UTF8.self))
      #expect(laidOut.bytes.count > 1000)
    }
  }

  @Test func `Rows whose names are shared are the same`() throws {
    let names = members.map(\.path)
    var shared = JSONCells(of: names)
    for member in members { shared.add(member.cell) }
    var (one, other) = (JSONText(), JSONText())
    try JSONTable([shared, shared]) { $0 }.write(to: &one, indent: 1)
    try JSONTable([members, members], cells).write(to: &other, indent: 1)
    #expect(one.bytes == other.bytes)
  }

  @Test func `A number that is none is named by its place`() {
    var text = JSONText()
    let rows: [[Member]] = [[(["a"], .number(1), 1)], [(["terms", "dKtQ", "rms"], .number(.nan), 1)]]
    let error = #expect(throws: JSONText.NotANumber.self) { try JSONTable(rows, cells).write(to: &text, indent: 0) }
    #expect(error?.place == "[1].terms.dKtQ.rms")
  }
}
