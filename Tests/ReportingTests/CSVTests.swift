import AnalysisFixtures
import Foundation
import Results
import Testing

@testable import Reporting

/// blocks.csv by RFC 4180, read by a parser of its own.
@Suite struct CSVTests {
  @Test func `A quotation mark with an accent behind it is doubled too`() {
    #expect(CSV.text([["a\"\u{301},b", "c"]]) == "\"a\"\"\u{301},b\",c\r\n")
  }

  @Test func `Names are neither formulas nor hidden, and numbers stay numbers`() {
    let formulas = ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)"]
    #expect(CSV.text([formulas]) == formulas.map { "'\($0)" }.joined(separator: ",") + "\r\n")
    #expect(CSV.text([["-1.5", "+3", "-1e-05", "a=b"]]) == "-1.5,+3,-1e-05,a=b\r\n")
    #expect(
      CSV.text([["\t=1", "\r=1", "a\u{1B}\u{202E}\u{2028}b"]]) == "\\u{9}=1,\\u{D}=1,a\\u{1B}\\u{202E}\\u{2028}b\r\n")
  }

  @Test func `Every block is a row under the columns' names`() throws {
    let analysis = Examples.masked.analysis
    let rows = try parse(BlocksCSV.text(analysis))
    let header = try #require(rows.first)
    #expect(header.prefix(7) == ["layer", "head", "query", "key", "pairs", "dominant", "delta.mean"])
    #expect(Set(header).count == header.count)
    #expect(rows.count == analysis.blocks.count + 1)
    #expect(rows.allSatisfy { $0.count == header.count })
    for (row, block) in zip(rows.dropFirst(), analysis.blocks) {
      let cells = Dictionary(uniqueKeysWithValues: zip(header, row))
      #expect(cells["layer"] == "\(block.layer)")
      #expect(cells["head"] == "\(block.head)")
      #expect(cells["query"] == block.query && cells["key"] == block.key)
      #expect(cells["pairs"] == "\(block.pairs)")
      let isUnchanged = block.query == "before"
      #expect((cells["dominant"] == "unchanged") == isUnchanged)
      for (prefix, part) in [("", block.raw), ("centered.", block.centered)] {
        #expect(cells["\(prefix)delta.rms"].flatMap(Double.init) == part.delta.rms)
        for term in Term.allCases {
          let name = prefix + term.name
          #expect(cells["\(name).mean"].flatMap(Double.init) == part[term].magnitude.mean)
          #expect(cells["\(name).meanAbs"].flatMap(Double.init) == part[term].magnitude.meanAbs)
          #expect(cells["\(name).maxAbs"].flatMap(Double.init) == part[term].magnitude.maxAbs)
          #expect(cells["\(name).share"].flatMap(Double.init) == part[term].share)
          #expect(cells["\(name).dominance"].flatMap(Double.init) == part[term].dominance)
        }
      }
      for term in Term.allCases {
        #expect(cells["\(term.name).zero"] == block.raw[term].zero?.rawValue ?? "")
      }
    }
  }

  @Test func `The dominant term is the one that the report says leads`() throws {
    for example in [Examples.parts.analysis, Examples.whole, Examples.masked.analysis, Examples.plain.analysis] {
      var analysis = example
      analysis.attention = analysis.attention?.map { row in
        var row = row
        row.terms.swapAt(0, 1)
        return row
      }
      let rows = try parse(BlocksCSV.text(analysis)).dropFirst()
      let dominant = Dictionary(uniqueKeysWithValues: rows.map { ($0[..<4].joined(separator: " "), $0[5]) })
      let heads = Findings.all(analysis).flatMap(\.heads)
      #expect(heads.count == rows.count)
      for head in heads {
        let block = head.block
        let place = "\(block.layer ?? -1) \(block.head ?? -1) \(block.query) \(block.key)"
        #expect(dominant[place] == head.split.dominantTerm.name, "\(place)")
      }
    }
  }

  @Test func `A block's row has the numbers of the measures`() throws {
    let analysis = Examples.parts.analysis
    let rows = try parse(BlocksCSV.text(analysis))
    let header = try #require(rows.first)
    for (row, block) in zip(rows.dropFirst(), analysis.blocks) {
      let cells = Dictionary(uniqueKeysWithValues: zip(header, row))
      let felt = analysis.attention?.first { $0.place == Place(block) }
      #expect(felt != nil && cells["attention.divergence"].flatMap(Double.init) == felt?.divergence)
      #expect(cells["attention.sources.dKtQ.inherited"].flatMap(Double.init) == felt?.dKtQ.inherited)
      #expect(cells["attention.sources.dKtQ.norm"] == "")
      let mass = analysis.mass?.first { $0.place == Place(block) }
      #expect(mass != nil && cells["mass.moved"].flatMap(Double.init) == mass?.moved)
    }
  }

  /// CSV on the Web: what docs/schemas says of a table's columns.
  private struct Metadata: Decodable {
    struct Schema: Decodable { var columns: [Column] }
    struct Column: Decodable {
      var name, datatype, description: String
      private enum CodingKeys: String, CodingKey {
        case name, datatype
        case description = "dc:description"
      }
    }
    var tableSchema: Schema

    init(_ table: String) throws {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/schemas/\(table)-metadata.json").standardized
      self = try JSONDecoder().decode(Metadata.self, from: Data(contentsOf: file))
    }
  }

  @Test func `Every column is described`() throws {
    var analysis = Examples.whole
    let blocks = try parse(BlocksCSV.text(analysis))
    analysis.byPrompt = contributions(analysis)
    let prompts = try parse(try #require(PromptsCSV.text(analysis)))
    analysis[rows: HeadRoles.self] = analysis.blocks.map {
      HeadRoles(at: Place(layer: $0.layer, head: $0.head, .query($0.query)), count: 7)
    }
    analysis[rows: RoutingChange.self] = [RoutingChange(at: Place(layer: 1, .region("after")), count: 7)]
    analysis[rows: RecurrenceChange.self] = [RecurrenceChange(at: Place(layer: 1, head: 2, .state("after")), count: 7)]
    analysis.writers = analysis.blocks.map {
      var row = WriterNats(
        at: Place(layer: $0.layer, head: $0.head, .term(.dKtQ, query: $0.query, key: $0.key)), count: 7)
      row.nats = [Writer(.embed): 0, Writer(layer: 0, .mlp): 0.5]
      return row
    }
    let measures = try MeasureCSV.all(analysis).map { ($0.path, try parse($0.text)) }
    #expect(measures.map(\.0) == ["roles.csv", "routing.csv", "recurrence.csv", "writers.csv"])
    #expect(measures[0].1.count == 1 + analysis.blocks.count && measures[3].1.count == 1 + 2 * analysis.blocks.count)
    for (table, rows) in [("blocks.csv", blocks), ("prompts.csv", prompts)] + measures {
      let described = try Metadata(table).tableSchema.columns
      // A sink's columns are there only where a model has sinks, as in SinkTests.
      let columns = described.filter { !["attention.terms.sink", "mass.bySink"].contains($0.name) }
      #expect(columns.map(\.name) == rows.first)
      #expect(described.allSatisfy { $0.description.count > 3 })
      for row in rows.dropFirst() {
        for (cell, column) in zip(row, columns) where !cell.isEmpty {
          let isRight = ["integer": Int(cell) != nil, "double": Double(cell) != nil][column.datatype] ?? true
          #expect(isRight, "\(table) \(column.name): \(cell)")
        }
      }
    }
  }

  @Test func `Every column of an ablation's and a comparison's tables is described too`() throws {
    var ablation = SyntheticAblation.make { $0.heads = (2, 2) }
    let cost = PartWorth.Cost(
      loss: 0.5, lossInterval: 0.25...0.75, benefitLost: 0.25, benefitLostInterval: nil,
      prompts: ablation.prompts.indices.map { $0 == 1 ? nil : .init(loss: 0.5, benefitLost: $0 == 0 ? nil : 0.125) })
    #expect(InterventionsCSV.worth(ablation) == nil)
    ablation.worths = [
      PartWorth(
        kind: .paths, query: "after", layers: [0, 2],
        parts: ["scores", "changed values"].map { .init(name: $0, dropped: ["dKtQ", "KtdQ"], worth: cost) },
        whole: cost, sets: Array(ablation.overview.prefix(3)))
    ]
    var comparison = SyntheticComparison.make()
    comparison.groups = [.init(name: "all", adapters: [0, 1])]
    comparison.groupRows = [
      .init(group: 0, query: "*", key: "*", statistic: "moved", estimate: .init(0.5, 0.25...0.75), runs: 2)
    ]
    let tables = [
      ("interventions.csv", InterventionsCSV.interventions(ablation)),
      ("worth.csv", try #require(InterventionsCSV.worth(ablation))),
      ("comparison.csv", ComparisonCSV.text(comparison)),
    ].map { ($0, $1) }
    for (table, text) in tables {
      let (rows, columns) = (try parse(text), try Metadata(table).tableSchema.columns)
      #expect(columns.map(\.name) == rows.first && columns.allSatisfy { $0.description.count > 3 }, "\(table)")
      #expect(rows.allSatisfy { $0.count == columns.count })
      for row in rows.dropFirst() {
        for (cell, column) in zip(row, columns) where !cell.isEmpty {
          let isRight = ["integer": Int(cell) != nil, "double": Double(cell) != nil][column.datatype] ?? true
          #expect(isRight, "\(table) \(column.name): \(cell)")
        }
      }
    }
    let rows = try parse(tables[0].1)
    #expect(rows.count == 1 + ablation.runs.count * (1 + ablation.prompts.count))
    let pooled = rows.first { $0[0] == "dKtQ after→before" && $0[9].isEmpty }
    #expect(pooled?[1...7] == ["own", "", "dKtQ", "after", "before", "0;2", "L0H1;L2H3"])
    #expect(pooled?[17].isEmpty == false && pooled?[11] == "\(ablation.knockouts[0].pooled?.tokens ?? 0)")
    let worth = try parse(tables[1].1)
    #expect(worth.count == 1 + 3 * (1 + ablation.prompts.count))
    #expect(
      worth[1] == [
        "paths", "scores", "dKtQ;KtdQ", "after", "*", "0;2", "*", "", "", "0.5", "0.25", "0.75", "0.25", "", "",
      ])
    #expect(worth[3][9].isEmpty && worth[4][9] == "0.5")
    #expect(try parse(tables[2].1).last?.prefix(9) == ["group", "all", "", "", "", "*", "*", "moved", "0.5"])
  }

  /// Rows that are pooled, and of layer 1, with numbers that tell prompt and place.
  private func contributions(_ analysis: Analysis) -> [PromptContribution] {
    let prompts = analysis.prompts.indices
    return [nil, 1].map { layer in
      func energies(_ start: Double) -> PromptContribution.Energies {
        .init(
          delta: prompts.map { start + Double($0) },
          terms: (1...3).map { term in prompts.map { start * Double(term + $0) } })
      }
      return PromptContribution(
        layer: layer, query: "a,b", key: "after", queries: prompts.map { $0 + 5 },
        moved: layer == nil ? nil : prompts.map(Double.init), divergence: prompts.map { 0.25 * Double($0) },
        nats: layer != nil ? nil : (1...3).map { term in prompts.map { 0.125 * Double(term + $0) } },
        raw: energies(0.5), centered: energies(0.25))
    }
  }

  @Test func `Each prompt has a row for every layer and block`() throws {
    var analysis = Examples.masked.analysis
    analysis.byPrompt = contributions(analysis)
    let rows = try parse(try #require(PromptsCSV.text(analysis)))
    #expect(rows.count == 1 + 2 * analysis.prompts.count)
    let id = analysis.prompts[1].id
    #expect(
      rows[3] == ["1", id, "", "a,b", "after", "6", "", "0.25", "0.25", "0.375", "0.5"] + [
        "1.5", "1.0", "1.5", "2.0", "1.25", "0.5", "0.75", "1.0",
      ])
    #expect(rows[4].prefix(11) == ["1", id, "1", "a,b", "after", "6", "1.0", "0.25", "", "", ""])
    analysis.byPrompt?.removeLast()
    #expect(PromptsCSV.text(analysis) == nil, "pooled rows alone are in analysis.json")
  }

  @Test func `Commas, quotes and line breaks are quoted`() throws {
    let analysis = Examples.markup.analysis
    let text = BlocksCSV.text(analysis)
    #expect(text.contains("\"<script>\"\"&,\\u{A}# `x`\""), "a line break is shown, as every control character")
    let rows = try parse(text)
    #expect(rows.dropFirst().map { $0[2] } == analysis.blocks.map { $0.query.replacing("\n", with: "\\u{A}") })
    #expect(rows.dropFirst().map { $0[3] } == analysis.blocks.map { $0.key.replacing("\n", with: "\\u{A}") })
  }

  /// Rows of cells; lines end with CR LF.
  private func parse(_ text: String) throws -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell = ""
    var isQuoted = false
    var scalars = Array(text.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case "\"" where isQuoted && scalars.first == "\"":
        cell.unicodeScalars.append("\"")
        scalars.removeFirst()
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        row.append(cell)
        cell = ""
      case "\r" where !isQuoted:
        try #require(scalars.popFirst() == "\n")
        rows.append(row + [cell])
        (row, cell) = ([], "")
      case "\n" where !isQuoted: Issue.record("a bare line feed")
      default: cell.unicodeScalars.append(scalar)
      }
    }
    #expect(cell.isEmpty && row.isEmpty && !isQuoted, "the last line ends")
    return rows
  }
}
