import OracleFixtures
import ReferenceForward
import StrictJSON
import Testing
import Vocabulary

/// Attention mass, values, sources and products of the plain runs against the library's, widened to double.
@Suite struct OraclePartsTests {
  @Test(arguments: OracleCase.bundled + OracleCase.further)
  func `Attention mass agrees with the library`(_ oracle: OracleCase) throws {
    let runs = try OracleRuns(oracle)
    var mass = ReferenceMass()
    for prompt in runs.prompts {
      let (base, adapted) = try runs.pair(prompt)
      mass.add(base: base, adapted: adapted, model: runs.model.description, regions: prompt.regions)
    }
    var comparison = ReferenceComparison(tolerance: runs.tolerance)
    let expected = try oracle.expected().objects("mass")
    #expect(mass.rows.keys.count { $0.key != nil } == expected.count && !expected.isEmpty)
    for reference in expected {
      let (key, name) = try block(reference)
      guard let row = mass.rows[key] else {
        comparison.fail("\(name): no such block")
        continue
      }
      #expect(row.queries == (try reference.integer("queries")), "\(name)")
      let (before, after) = (try reference.number("base"), try reference.number("adapted"))
      let (byKey, byQuery) = (try reference.number("byKey"), try reference.number("byQuery"))
      // A mean of up to 100 masses of up to 100 weights is rounded by n·ε; what is left of two of them is no better.
      let bySink = try reference.optionalNumber("bySink")
      let change = max(abs(after - before), abs(byKey), abs(byQuery), abs(bySink ?? 0), 1e-14 / runs.tolerance)
      comparison.check("\(name) base", row.base, before, floor: 1e-3, zero: false)
      comparison.check("\(name) adapted", row.adapted, after, floor: 1e-3, zero: false)
      comparison.check("\(name) moved", row.moved, try reference.number("moved"), floor: 0)
      comparison.check("\(name) byKey", row.byKey, byKey, floor: change, zero: false)
      comparison.check("\(name) byQuery", row.byQuery, byQuery, floor: change, zero: false)
      #expect((row.bySink == nil) == (bySink == nil), "\(name)")
      if let bySink { comparison.check("\(name) bySink", row.bySink ?? .nan, bySink, floor: change, zero: false) }
    }
    try compareSinks(oracle, mass, &comparison)
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    runs.report(comparison, "mass")
  }

  /// What sinks take, where a case has reference values of it.
  private func compareSinks(
    _ oracle: OracleCase, _ mass: ReferenceMass, _ comparison: inout ReferenceComparison
  ) throws {
    guard OracleCase.with("sinks").contains(where: { $0.folder == oracle.folder }) else { return }
    let expected = try oracle.expected("sinks")
    #expect(mass.rows.keys.count { $0.key == nil } == expected.count && !expected.isEmpty)
    for reference in expected {
      let region = try reference.string("region")
      let key = ReferenceBlockKey(
        layer: try reference.integer("layer"), head: try reference.integer("head"),
        query: try #require(OracleRegion.index(region)), key: nil)
      let (row, name) = (try #require(mass.rows[key]), "L\(key.layer)H\(key.head) \(region)→sink")
      #expect(row.queries == (try reference.integer("queries")), "\(name)")
      for (statistic, found) in [("base", row.base), ("adapted", row.adapted)] {
        comparison.check("\(name) \(statistic)", found, try reference.number(statistic), floor: 1e-3, zero: false)
      }
      comparison.check("\(name) moved", row.moved, try reference.number("moved"), floor: 0)
    }
  }

  @Test(arguments: OracleCase.bundled + OracleCase.further)
  func `Values agree with the library`(_ oracle: OracleCase) throws {
    let runs = try OracleRuns(oracle)
    var values = ReferenceValues()
    for prompt in runs.prompts {
      let (base, adapted) = try runs.pair(prompt)
      try values.add(base: base, adapted: adapted, model: runs.adapted(prompt), regions: prompt.regions)
    }
    var comparison = ReferenceComparison(tolerance: runs.tolerance)
    let expected = try oracle.expected().objects("values")
    #expect(values.rows.count == expected.count && !expected.isEmpty)
    for reference in expected {
      let (key, name) = try block(reference)
      try compare(
        name, values.rows[key], with: reference, count: "queries", terms: ["dPV", "PdV", "dPdV"], &comparison)
    }
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    runs.report(comparison, "values")
  }

  @Test(arguments: OracleCase.with("products"))
  func `Products agree with the library`(_ oracle: OracleCase) throws {
    let expected = try oracle.expected("products")
    let runs = try OracleRuns(oracle)
    var products = ReferenceProducts()
    for prompt in runs.prompts {
      let (base, adapted) = try runs.pair(prompt)
      try products.add(base: base, adapted: adapted, model: runs.adapted(prompt), regions: prompt.regions)
    }
    var comparison = ReferenceComparison(tolerance: runs.tolerance)
    #expect(products.rows.count == expected.count && !expected.isEmpty)
    for reference in expected {
      let name = try reference.string("site")
      let site =
        name == "gateUp"
        ? ReferenceProductSite.gateUp : .projection(try #require(Site(rawValue: name)))
      let region = try #require(OracleRegion.index(reference.string("region")))
      let key = ReferenceProducts.Key(layer: try reference.integer("layer"), site: site, region: region)
      #expect(site.name == name)
      try compare(
        "L\(key.layer) \(name) \(OracleRegion.names[region])", products.rows[key], with: reference, count: "tokens",
        terms: site == .gateUp ? ["dGU", "GdU", "dGdU"] : ["dWx", "Wdx", "dWdx"], &comparison)
    }
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    runs.report(comparison, "products")
  }

  @Test(
    .enabled(if: !OracleCase.with("sources").isEmpty, "LEIBNIZ_ORACLE names no folder of cases with sources"),
    arguments: OracleCase.with("sources"))
  func `Sources agree with the library`(_ oracle: OracleCase) throws {
    let expected = try oracle.expected("sources")
    let runs = try OracleRuns(oracle)
    var sources = ReferenceSources()
    for prompt in runs.prompts {
      let (base, adapted) = try runs.pair(prompt)
      try sources.add(base: base, adapted: adapted, model: runs.adapted(prompt), regions: prompt.regions)
    }
    var comparison = ReferenceComparison(tolerance: runs.tolerance)
    #expect(sources.rows.count == expected.count && !expected.isEmpty)
    for reference in expected {
      let (key, name) = try block(reference)
      guard let row = sources.rows[key] else {
        comparison.fail("\(name): no such block")
        continue
      }
      #expect(row.pairs == (try reference.integer("pairs")), "\(name)")
      for (term, found) in [("dKtQ", row.keyTerm), ("KtdQ", row.queryTerm)] {
        let parts = try reference.object("terms").object(term)
        for source in Source.allCases {
          let part = try parts.optionalObject(source.name)
          #expect((part == nil) == (found[source] == nil), "\(name) \(term) \(source)")
          guard let part, let values = found[source] else { continue }
          comparison.check("\(name) \(term) \(source) rms", values.rms, try part.number("rms"), floor: 0)
          comparison.check("\(name) \(term) \(source) share", values.share, try part.number("share"), floor: 1)
        }
      }
    }
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    runs.report(comparison, "sources")
  }

  @Test func `Committed cases have reference values of products`() throws {
    #expect(OracleCase.with("products").count >= 3)
  }

  private func block(_ reference: JSONReader) throws -> (ReferenceBlockKey, String) {
    let (query, key) = (try reference.string("query"), try reference.string("key"))
    let block = ReferenceBlockKey(
      layer: try reference.integer("layer"), head: try reference.integer("head"),
      query: try #require(OracleRegion.index(query)), key: try #require(OracleRegion.index(key)))
    return (block, "L\(block.layer)H\(block.head) \(query)→\(key)")
  }

  private func compare(
    _ name: String, _ row: ReferenceVectorRow?, with reference: JSONReader, count: String, terms: [String],
    _ comparison: inout ReferenceComparison
  ) throws {
    guard let row else {
      comparison.fail("\(name): no such row")
      return
    }
    #expect(row.count == (try reference.integer(count)), "\(name)")
    comparison.check("\(name) delta", row.delta, try reference.object("delta").number("rms"), floor: 0)
    for (term, found) in zip(terms, row.terms) {
      let part = try reference.object("terms").object(term)
      comparison.check("\(name) \(term) rms", found.rms, try part.number("rms"), floor: 0)
      comparison.check("\(name) \(term) share", found.share, try part.number("share"), floor: 1)
    }
  }
}
