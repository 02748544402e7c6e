import Foundation
import LeibnizTesting
import OracleFixtures
import Testing

@testable import Leibniz

/// Attention divergence against the library's values, and what has to hold on any pair.
@Suite struct DivergenceTests {
  private static let tolerance = 2e-5

  @Test(arguments: OracleCase.with("attention")) func `Terms in nats agree with the library`(_ oracle: OracleCase)
    throws
  {
    let rows = try oracle.divergence()
    var comparison = ReferenceComparison(tolerance: Self.tolerance)
    let found = rows.filter { $0.place.head != nil }.map { row in
      var nats = ["divergence": row.divergence]
      for term in Term.allCases { nats[term.name] = row.terms[term.rawValue] }
      return (row.place.reference, (row.queries, nats))
    }
    try comparison.compareNats(
      "attention", Dictionary(uniqueKeysWithValues: found), with: oracle.expected("attention"),
      names: ReferenceComparison.terms)
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    oracle.report(comparison, "attention")
  }

  @Test(
    .enabled(
      if: !OracleCase.with("source-nats").isEmpty, "LEIBNIZ_ORACLE names no folder of cases with sources in nats"),
    arguments: OracleCase.with("source-nats"))
  func `Sources in nats agree with the library`(_ oracle: OracleCase) throws {
    var comparison = ReferenceComparison(tolerance: Self.tolerance)
    let found = try oracle.divergence().filter { $0.place.head != nil }.map { row in
      var nats: [String: Double] = [:]
      for (source, name) in ["own", "inherited", "joint"].enumerated() {
        nats["dKtQ.\(name)"] = row.keySources[source]
        nats["KtdQ.\(name)"] = row.querySources[source]
      }
      return (row.place.reference, (row.queries, nats))
    }
    try comparison.compareNats(
      "sources", Dictionary(uniqueKeysWithValues: found), with: oracle.expected("source-nats"),
      names: ReferenceComparison.sources)
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    oracle.report(comparison, "sources in nats")
  }

  /// A row in nats.
  struct Row: Equatable {
    struct Place: Hashable {
      var layer: Int?
      var head: Int?
      var query: String
      var key: String

      var reference: ReferenceComparison.Place {
        ReferenceComparison.Place(layer: layer ?? -1, head: head ?? -1, query: query, key: key)
      }
    }
    var place: Place
    var queries: Int
    var divergence: Double
    var terms: [Double]
    var competition: [Term]
    var keySources: [Double]
    var querySources: [Double]
  }
}

extension OracleCase {
  func divergence(
    _ change: (inout AnalysisOptions) -> Void = { _ in }
  ) throws -> [DivergenceTests.Row] {
    var options = AnalysisOptions(threads: 2, parts: [])
    change(&options)
    return try EndToEndTests.divergence(base: base, adapted: adapted, prompts: prompts, options: options)
  }
}

func divergence(base: URL, adapted: URL, prompts: URL, options: AnalysisOptions) throws -> [DivergenceTests.Row] {
  let analyzer = try Analyzer(base: base, adapted: [adapted], prompts: .file(prompts), options: options)
  let regions = analyzer.subjects.map(\.file.regionNames)
  var probe = DivergenceProbe(
    analyzer.model.description, regions: regions, maps: analyzer.subjects.map { $0.prompts.map(\.regions) },
    reference: options.reference, subjects: 1)
  _ = try analyzer.run(&probe)
  return probe.tables[0].rows().map { place, sums, competition, _ in
    let count = Double(place.queries)
    return DivergenceTests.Row(
      place: .init(layer: place.layer, head: place.head, query: regions[0][place.query], key: regions[0][place.key]),
      queries: place.queries, divergence: sums.divergence / count, terms: Term.allCases.map { sums[$0] / count },
      competition: competition, keySources: (0..<4).map { sums.keySources[$0] / count },
      querySources: (0..<4).map { sums.querySources[$0] / count })
  }
}
