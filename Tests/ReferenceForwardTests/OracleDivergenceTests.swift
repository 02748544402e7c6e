import OracleFixtures
import ReferenceForward
import Testing

/// Attention divergence of the plain runs against the library's, widened to double.
@Suite struct OracleDivergenceTests {
  @Test(arguments: OracleCase.with("attention")) func `Terms in nats agree with the library`(_ oracle: OracleCase)
    throws
  {
    let runs = try OracleRuns(oracle)
    let rows = try divergence(runs).rows
    var comparison = ReferenceComparison(tolerance: tolerance(runs))
    let found = rows.map { key, row in
      (
        place(key),
        (
          row.queries,
          [
            "divergence": row.divergence, "dKtQ": row.terms[0], "KtdQ": row.terms[1], "dKtdQ": row.terms[2],
            "sink": row.sink,
          ].compactMapValues(\.self)
        )
      )
    }
    try comparison.compareNats(
      "attention", Dictionary(uniqueKeysWithValues: found), with: oracle.expected("attention"),
      names: ReferenceComparison.terms)
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 40)
    for (key, row) in rows {
      let size = (0..<3).reduce(abs(row.sink ?? 0)) { $0 + abs(row.terms[$1]) }
      let sum = row.terms.sum() + (row.sink ?? 0)
      #expect(row.divergence >= 0 && abs(sum - row.divergence) <= 1e-9 * size, "\(key)")
      for (sources, term) in [(row.keySources, 0), (row.querySources, 1)] {
        let size = sources.values.reduce(0) { $0 + abs($1) }
        #expect(abs(sources.values.reduce(0, +) - row.terms[term]) <= 1e-9 * size, "\(key)")
      }
    }
    runs.report(comparison, "attention")
  }

  @Test(
    .enabled(
      if: !OracleCase.with("source-nats").isEmpty, "LEIBNIZ_ORACLE names no folder of cases with sources in nats"),
    arguments: OracleCase.with("source-nats"))
  func `Sources in nats agree with the library`(_ oracle: OracleCase) throws {
    let runs = try OracleRuns(oracle)
    var comparison = ReferenceComparison(tolerance: tolerance(runs))
    let found = try divergence(runs).rows.map { key, row in
      var nats: [String: Double] = [:]
      for (source, value) in row.keySources { nats["dKtQ.\(source.name)"] = value }
      for (source, value) in row.querySources { nats["KtdQ.\(source.name)"] = value }
      return (place(key), (row.queries, nats))
    }
    try comparison.compareNats(
      "sources", Dictionary(uniqueKeysWithValues: found), with: oracle.expected("source-nats"),
      names: ReferenceComparison.sources)
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    runs.report(comparison, "sources in nats")
  }

  @Test func `All committed cases have reference values in nats`() {
    #expect(
      OracleCase.bundled.allSatisfy { bundled in OracleCase.with("attention").contains { $0.folder == bundled.folder } }
    )
  }

  private func divergence(_ runs: OracleRuns) throws -> ReferenceDivergence {
    var divergence = ReferenceDivergence()
    for prompt in runs.prompts {
      let (base, adapted) = try runs.pair(prompt)
      try divergence.add(base: base, adapted: adapted, model: runs.adapted(prompt), regions: prompt.regions)
    }
    return divergence
  }

  /// J is of second order: where a change is small, what is left of two runs in double has fewer digits.
  private func tolerance(_ runs: OracleRuns) -> Double { max(runs.tolerance, 1e-8) }

  private func place(_ key: ReferenceBlockKey) -> ReferenceComparison.Place {
    ReferenceComparison.Place(
      layer: key.layer, head: key.head, query: OracleRegion.names[key.query],
      key: key.key.map { OracleRegion.names[$0] })
  }
}
