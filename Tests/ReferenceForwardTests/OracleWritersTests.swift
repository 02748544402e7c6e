import Architectures
import OracleFixtures
import ReferenceForward
import Testing

/// Writers of the plain runs against the library's, widened to double.
@Suite struct OracleWritersTests {
  private static let cases = OracleCase.with("writers")

  @Test(
    .enabled(if: !cases.isEmpty, "LEIBNIZ_ORACLE names no folder of cases with writers"), arguments: cases)
  func `Writers agree with the library`(_ oracle: OracleCase) throws {
    let runs = try OracleRuns(oracle)
    var writers = ReferenceWriters()
    for prompt in runs.prompts {
      let (base, adapted) = try runs.pair(prompt)
      try writers.add(
        base: base, adapted: adapted, model: runs.adapted(prompt), tokens: prompt.tokens, regions: prompt.regions,
        judged: prompt.scoredPositions.filter { $0 + 1 < prompt.tokens.count })
    }
    let expected = try oracle.expected(object: "writers")
    let tolerance = max(runs.tolerance, 1e-8)
    let rows = writers.rows
    for row in try expected.objects("reads") {
      let (query, key) = (try row.string("query"), try row.string("key"))
      let block = ReferenceBlockKey(
        layer: try row.integer("layer"), head: try row.integer("head"),
        query: try #require(OracleRegion.names.firstIndex(of: query)),
        key: try #require(OracleRegion.names.firstIndex(of: key)))
      let isOfKeys = try row.string("term") == "dKtQ"
      let found = try #require(rows.first { $0.key.block == block && $0.key.isOfKeys == isOfKeys })
      let nats = try row.object("nats")
      let expected = try Dictionary(
        uniqueKeysWithValues: found.value.nats.keys.map { ($0, try nats.number($0.name)) })
      let largest = expected.values.map(abs).max() ?? 0
      let queries = try row.integer("queries")
      #expect(expected.count == nats.object.members.count && found.value.queries == queries)
      for (writer, value) in found.value.nats {
        #expect(abs(value - (expected[writer] ?? .nan)) <= tolerance * largest, "\(found.key) \(writer.name)")
      }
    }
    let predictions = try expected.object("predictions")
    let tokens = try predictions.integer("tokens")
    #expect(writers.predictions.tokens == tokens && writers.predictions.leftOut == 0)
    for (found, part) in [(writers.predictions.nats, "nats"), (writers.predictions.gain, "gain")] {
      let reader = try predictions.object(part)
      let largest = try found.keys.map { abs(try reader.number($0.name)) }.max() ?? 0
      for (writer, value) in found {
        let mean = value / Double(writers.predictions.tokens)
        let expected = try reader.number(writer.name)
        #expect(abs(mean - expected) <= tolerance * largest, "\(part) \(writer.name)")
      }
    }
  }
}

extension ReferenceWriter {
  /// As the library's values have it.
  fileprivate var name: String {
    switch self {
    case .scale: "scale"
    case .gain: "gain"
    case .head: "head"
    case .part(let part): part.layer.map { "L\($0).\(part.part)" } ?? "embed"
    }
  }
}
