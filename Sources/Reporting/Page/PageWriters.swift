import Results

/// Who wrote what layers and heads inherit, as a page's script finds it: writers by their place in a list, and numbers that are as exact
/// as the largest of their row.
struct PageWriters {
  /// The parts of the model that write, in their order; before them what a reader makes of the stream by itself, so that what writes
  /// before a layer stands at the beginning.
  private let parts: [Writer]
  /// Heads, where they are told apart.
  private let heads: [Writer]
  private let places: [Writer: Int]

  /// Who wrote a number.
  enum Detail { case parts, heads }

  /// Writers of one head, or layer, and term that stand where there is no room for all.
  private static let mostLargest = 8

  init(_ analysis: Analysis) {
    let all = Set((analysis.writers ?? []).flatMap(\.nats.keys))
    let parts = Set(all.map(\.whole)).sorted()
    self.parts = parts.filter(\.isOfReader) + parts.filter { !$0.isOfReader }
    heads = all.filter { $0.head != nil }.sorted()
    places = Dictionary(
      (self.parts + heads).enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The writers' names for the page's data.
  var names: String { ScriptJSON.array((parts + heads).map { ScriptJSON.string($0.name) }) }

  /// How many of them are parts.
  var partCount: Int { parts.count }

  /// Whether rows of all writers may have as many bytes.
  func mayFit(_ bytes: Int, readers: Int, _ detail: Detail) -> Bool {
    // Half of the numbers stand before their reader, and a number has two digits and a comma at the least.
    readers * SourcedTerm.allCases.count * (detail == .parts ? parts : heads).count <= bytes
  }

  /// A row for each reader: its largest number, then by term the writers' numbers in ten-thousandths of it. They are in the writers' order,
  /// as far as there are any; or, where only the largest are wanted, each with the writer's place.
  func rows(_ nats: [WriterNats], _ detail: Detail, largest: Bool) -> [PageRows.Row] {
    guard detail == .parts || !heads.isEmpty else { return [] }
    let readers = Dictionary(grouping: nats) { Reader(layer: $0.place.layer, head: $0.place.head) }
    return readers.keys.sorted().map { reader in
      let terms = SourcedTerm.allCases.map { term in
        readers[reader]?.first { $0.term == term.term }.map { numbers($0, detail) } ?? []
      }
      let scale = terms.joined().map(abs).max() ?? 0
      let lists = terms.map { list($0.map { scale > 0 ? Int((10_000 * $0 / scale).rounded()) : 0 }, detail, largest) }
      return PageRows.Row(
        json: ScriptJSON.array(
          [ScriptJSON.index(reader.layer), ScriptJSON.index(reader.head), ScriptJSON.number(scale)] + lists))
    }
  }

  private struct Reader: Hashable, Comparable {
    var layer: Int?
    var head: Int?

    static func < (left: Reader, right: Reader) -> Bool {
      (left.layer ?? -1, left.head ?? -1) < (right.layer ?? -1, right.head ?? -1)
    }
  }

  /// The nats of a row by the writers' places.
  private func numbers(_ row: WriterNats, _ detail: Detail) -> [Double] {
    var numbers = Array(repeating: 0.0, count: (detail == .parts ? parts : heads).count)
    for (writer, nats) in row.byWriter where detail == .parts || writer.head != nil {
      if let place = places[detail == .parts ? writer.whole : writer] {
        numbers[place - (detail == .parts ? 0 : parts.count)] += nats
      }
    }
    return numbers
  }

  private func list(_ counts: [Int], _ detail: Detail, _ isLargest: Bool) -> String {
    guard isLargest else {
      return ScriptJSON.array(counts.prefix((counts.lastIndex { $0 != 0 } ?? -1) + 1).map(String.init))
    }
    let ranked = counts.indices.filter { counts[$0] != 0 }.sorted { (-abs(counts[$0]), $0) < (-abs(counts[$1]), $1) }
    let start = detail == .parts ? 0 : parts.count
    return ScriptJSON.array(ranked.prefix(Self.mostLargest).map { "[\(start + $0),\(counts[$0])]" })
  }
}

extension Writer {
  /// Whether nobody wrote it: the reader makes it of the stream.
  fileprivate var isOfReader: Bool { layer == nil && (part == .scale || part == .gain) }
}
