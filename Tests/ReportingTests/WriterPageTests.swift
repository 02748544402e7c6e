import AnalysisFixtures
import Foundation
import Results
import Testing

@testable import Reporting

/// Writers and roles in texts and in what a page's script reads.
@Suite struct WriterPageTests {
  private static let named = SyntheticAnalysis.whole(layers: 6, heads: 4)

  @Test(arguments: [false, true]) func `A page's numbers are as exact as the largest of their row`(byHead: Bool) throws
  {
    let analysis = Self.named.withWriters(byHead: byHead)
    let page = try PageText(analysis)
    let names = try #require(page.data["writers"] as? [String])
    let parts = try #require(page.data["writerParts"] as? Int)
    // The last layer's writing is read by no layer.
    #expect(parts == 3 + 2 * 5 && names.count == parts + (byHead ? 5 * 4 : 0))
    #expect(names.prefix(5) == ["scale", "gain", "embed", "L0.attention", "L0.mlp"])
    #expect(names.last == (byHead ? "L4H3" : "L4.mlp"))
    var compared = 0
    for kind in ["writers", "headWriters"] {
      for (pair, row) in try rows(page, kind) {
        let found = try numbers(row, names, first: kind == "writers" ? 0 : parts)
        let expected = nats(analysis, pair, row[0] as? Int, row[1] as? Int, byHead: kind == "headWriters")
        let largest = expected.flatMap(\.values).map(abs).max() ?? 0
        for (found, expected) in zip(found, expected) {
          for name in Set(found.keys).union(expected.keys) {
            let (found, expected) = (found[name] ?? 0, expected[name] ?? 0)
            #expect(
              abs(found - expected) <= 1e-4 * largest, "\(kind) \(name) at \(row[0]) \(row[1]): \(found), \(expected)")
            compared += 1
          }
        }
      }
    }
    #expect(compared > (byHead ? 3000 : 1500))
  }

  @Test func `Where there is no room for all writers, a large model's page has the largest`() throws {
    let analysis = SyntheticAnalysis.make { ($0.layers, $0.heads, $0.hasParts) = (80, 64, true) }.withWriters()
    let page = try PageText(analysis)
    #expect(page.text.utf8.count <= 2_000_000)
    let layers = try rows(page, "writers").map(\.row).filter { $0[0] is NSNull == false && $0[1] is NSNull }
    #expect(layers.count == 3 * 80 && layers.allSatisfy { ($0[3] as? [Any])?.first is [Any] == false })
    let writers = PageWriters(analysis)
    let reads = try #require(analysis.writers).filter {
      $0.place.head == 5 && $0.place.layer == 79 && $0.place.pair?.key == "before" && $0.place.pair?.query == "after"
    }
    let row = try #require(writers.rows(reads, .parts, largest: true).first?.json)
    let read = try #require(JSONSerialization.jsonObject(with: Data(row.utf8)) as? [Any])
    let found = try numbers(read, try #require(page.data["writers"] as? [String]), first: 0)
    #expect(Set(found[0].keys) == Set((71..<79).map { "L\($0).mlp" }) && found[1].count == 8)
  }

  @Test func `A page without writers has nothing of them`() throws {
    let page = try PageText(Self.named)
    #expect((page.data["writers"] as? [String])?.isEmpty == true && !page.markup.contains("id=\"writers\""))
    #expect(!page.markup.contains("id=\"predictions\"") && !page.words.contains("By what heads do"))
  }

  @Test(arguments: [false, true]) func `What predictions gain is told by writer, and sums to its whole`(byHead: Bool)
    throws
  {
    let analysis = Self.named.withWriters(byHead: byHead)
    let tables = try #require(PredictionTables(analysis))
    // 1/16 · (1 + … + 6) by MLPs, half as much by attentions, less 1/16.
    #expect(tables.writers.rows.last?.map(\.plain) == ["all", "+3.81", "+1.91"])
    #expect(
      tables.writers.rows.count == 8 + 2 && tables.writers.rows[0].map(\.plain) == ["L5.mlp", "+0.750", "+0.375"])
    #expect(
      tables.attentions?.rows.last?.map(\.plain) == [
        "all attentions", "+0.328", "+0.164", "−0.164", "+0.328", "+0.656",
      ])
    let matter = try #require(Answer(analysis).matter.plain.firstMatch(of: #/Attentions wrote .*/#)).output
    #expect(
      matter.hasPrefix(
        """
        Attentions wrote +0.656 of it: +0.328 because attention moved, +0.164 because values changed, −0.164 by both at once and +0.328 by \
        their own output projections; MLPs wrote +1.31.
        """), "\(matter)")
    for text in [MarkdownReport(analysis).text, try PageText(analysis).words] {
      #expect(text.contains("all attentions"))
    }
  }

  @Test func `Heads are told with their roles, and which part of the change they hold`() throws {
    let analysis = Self.named.withWriters()
    let roles = try #require(HeadRoleNames(analysis))
    #expect(roles[3, 0]?.name == "first" && roles[3, 1]?.name == "previous → induction" && roles[3, 3]?.name == "–")
    let findings = try #require(Findings.all(analysis).first { $0.pair.query == "after" && $0.pair.key == "before" })
    let sentence = roles.sentence(findings).plain
    let parts = sentence.matches(of: #/([0-9.]+) %/#).compactMap { Double($0.output.1) }
    let expected = [0, 1, 2].map { head in
      100 * findings.heads.filter { $0.block.head == head }.reduce(0) { $0 + $1.part }
    }
    #expect(zip(parts, expected.sorted(by: >)).allSatisfy { abs($0 - $1) < 0.51 } && parts.count == 3, "\(sentence)")
    #expect(
      sentence.contains(" in induction heads (6)")
        && sentence.hasSuffix("of 24 heads; 6 heads have another role once adapted."))
    let text = MarkdownReport(analysis).text
    #expect(text.contains("| leads | role |"))
    #expect(text.contains("previous → induction") && text.contains(sentence.prefix(30)))
  }

  @Test func `Comparisons stand writers side by side`() throws {
    var comparison = SyntheticComparison.make()
    comparison.writers = [
      .init(query: "*", key: "*", writer: Writer(layer: 2, .mlp), shares: [0.25, nil, 0.125]),
      .init(query: "after", key: "before", writer: Writer(.scale), shares: [-0.5, nil, 0]),
    ]
    comparison.gains = [.init(writer: Writer(layer: 2, .attention), gains: [0.25, nil, -0.125])]
    let text = ComparisonReport(comparison).text
    #expect(text.contains("| L2.mlp | all tokens | 25 % | – | 12 % |"))
    #expect(text.contains("| the stream's changed length | after → before | −50 % | – | 0 % |"))
    #expect(text.contains("| all writers | +0.250 | – | −0.125 |"))
    let csv = ComparisonCSV.text(comparison)
    #expect(
      csv.contains("adapter,full,,,,*,*,written.L2.mlp.share,0.25,,,,\r\n")
        && csv.contains("adapter,keys,,,,*,*,gain.L2.attention,-0.125,,,,\r\n"))
    #expect(!csv.contains("masked,,,,*,*,gain"))
    let json = String(decoding: try ComparisonJSON.bytes(comparison), as: UTF8.self)
    #expect(json.contains("\"gains\"") && json.contains("L2.mlp"))
    #expect(!String(decoding: try ComparisonJSON.bytes(SyntheticComparison.make()), as: UTF8.self).contains("writers"))
  }

  private func rows(_ page: PageText, _ kind: String) throws -> [(pair: Int, row: [Any])] {
    let groups = try #require(page.data["groups"] as? [[String: Any]])
    return groups.filter { $0["kind"] as? String == kind }.flatMap { group in
      (group["rows"] as? [[Any]] ?? []).map { (group["pair"] as? Int ?? -1, $0) }
    }
  }

  /// By term, the nats by writer that the page's script finds in a row.
  private func numbers(_ row: [Any], _ names: [String], first: Int) throws -> [[String: Double]] {
    let scale = try #require(row[2] as? Double)
    return try row[3...].map { list in
      var nats: [String: Double] = [:]
      for (number, item) in try #require(list as? [Any]).enumerated() {
        let pair = item as? [Int] ?? [first + number, item as? Int ?? 0]
        nats[names[pair[0]]] = scale * Double(pair[1]) / 10_000
      }
      return nats
    }
  }

  private func nats(
    _ analysis: Analysis, _ pair: Int, _ layer: Int?, _ head: Int?, byHead: Bool
  ) -> [[String: Double]] {
    let pair = Findings.all(analysis)[pair].pair
    return [Term.dKtQ, .KtdQ].map { term in
      let row = analysis.writers?.first {
        $0.place == Place(layer: layer, head: head, .term(term, query: pair.query, key: pair.key))
      }
      var nats: [String: Double] = [:]
      for (writer, value) in row?.byWriter ?? [] where !byHead || writer.head != nil {
        nats[(byHead ? writer : writer.whole).name, default: 0] += value
      }
      return nats
    }
  }
}
