import Foundation
import LeibnizTesting
import OracleFixtures
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Results
@testable import Subjects

/// What has to hold of every measure, whatever it says.
@Suite struct MeasuresTests {
  @Test(arguments: AnalysisPart.ofTinyPairs, [false, true])
  func `Threads change no bit, batches and other parts no more than rounding, and it reads back`(
    part: AnalysisPart, isMasked: Bool
  ) throws {
    try withTinyPair(masked: isMasked, experts: part.experts) { pair in
      let whole = try pair.analysis { $0.parts = [part] }
      // Writers say who wrote what attention felt.
      #expect(whole.parts == (part == .writers ? [.attention, part] : [part]))
      let all = try pair.analysis { options in
        (options.parts, options.threads) = (Set(AnalysisPart.allCases), 3)
      }
      try expectAlike(part.rows, whole, all)
      try expectSame(part.rows, whole, pair.analysis { ($0.parts, $0.threads) = ([part], 3) })
      try expectSame(part.rows, whole, Analysis(json: AnalysisJSON.bytes(whole), file: "analysis.json"))
      try expectAlike(part.rows, whole, pair.analysis { ($0.parts, $0.batchTokens) = ([part], 1) })
    }
  }

  @Test(arguments: AnalysisPart.ofTinyPairs) func `Shards put together are the whole, to the bit`(
    part: AnalysisPart
  ) throws {
    try withTinyPair(masked: true, experts: part.experts) { pair in
      try withTemporaryFolder { folder in
        var options = AnalysisOptions(threads: 2)
        (options.parts, options.batchTokens, options.nulls) = ([part], 1, 1)
        let source = PromptSource.file(pair.prompts)
        let parts = try (1...2).map { number in
          let output = folder.appending(path: "\(number)")
          let shard = try #require(Shard(number, of: 2))
          try analyze(
            base: pair.base, adapted: [pair.adapter], prompts: source, options: options, shard: shard, to: output)
          return output
        }
        guard case .analyses(let merged) = try merge(parts) else {
          Issue.record("an analysis")
          return
        }
        #expect(
          try merged == analyze(base: pair.base, adapted: [pair.adapter], prompts: source, options: options))
      }
    }
  }

  @Test(arguments: AnalysisPart.ofTinyPairs) func `An adapter of zeros changes nothing, exactly`(part: AnalysisPart)
    throws
  {
    try withTinyPair(masked: false, experts: part.experts) { pair in
      try pair.clearAdapter(experts: part.experts)
      try expectNoChange(part.rows, pair.analysis { $0.parts = [part] })
    }
  }

  @Test(arguments: AnalysisPart.ofTinyPairs) func `The order of prompts changes no more than rounding`(
    part: AnalysisPart
  ) throws {
    try withTinyPair(masked: false, experts: part.experts) { pair in
      let first = try pair.analysis { $0.parts = [part] }
      let lines = try String(contentsOf: pair.prompts, encoding: .utf8).split(separator: "\n")
      try lines.reversed().joined(separator: "\n").write(to: pair.prompts, atomically: true, encoding: .utf8)
      try expectAlike(part.rows, first, pair.analysis { $0.parts = [part] })
    }
  }

  @Test(arguments: AnalysisPart.ofTinyPairs, ReferencePoint.allCases)
  func `Plain runs verify every number`(part: AnalysisPart, reference: ReferencePoint) throws {
    try withTinyPair(masked: true, experts: part.experts) { pair in
      let analysis = try pair.analysis { ($0.parts, $0.verifiedPrompts, $0.reference) = ([part], 2, reference) }
      let verification = try #require(analysis.verification)
      #expect(verification.passed)
      let names = Set(verification.worst.map(\.statistic))
      for name in verified(part.rows, analysis) { #expect(names.contains(name), "\(name)") }
    }
  }

  private func verified<Row: MeasureRow>(_ row: Row.Type, _ analysis: Analysis) -> [String] {
    (analysis[rows: row] ?? []).filter { !$0.place.isPooled }.flatMap { row in
      row.ownFields.filter { $0.value(row) != nil }.map { "\(Row.measure).\($0.label)" }
    }
  }

  private func expectSame<Row: MeasureRow>(_ row: Row.Type, _ one: Analysis, _ other: Analysis) throws {
    let rows = try #require(one[rows: row])
    #expect(!rows.isEmpty && rows == other[rows: row])
    #expect(Set(rows.map(\.place)).count == rows.count)
  }

  private func expectAlike<Row: MeasureRow>(_ row: Row.Type, _ one: Analysis, _ other: Analysis) throws {
    let (rows, others) = (try #require(one[rows: row]), try #require(other[rows: row]))
    #expect(rows.map(\.place) == others.map(\.place) && rows.map(\.count) == others.map(\.count))
    for (row, other) in zip(rows, others) {
      for field in row.ownFields {
        guard let value = field.value(row), let second = field.value(other) else { continue }
        let precision = field.precision(other)
        let scale = max(abs(second), precision.floor, precision.whole)
        #expect(abs(value - second) <= 1e-5 * scale, "\(row.place) \(field.path): \(value), \(second)")
      }
    }
  }

  /// Numbers of the base and of the adapted model are the same, and all others 0.
  private func expectNoChange<Row: MeasureRow>(_ row: Row.Type, _ analysis: Analysis) throws {
    for row in try #require(analysis[rows: row]) {
      let values = Dictionary(
        uniqueKeysWithValues: row.ownFields.compactMap { field in
          field.value(row).map { (field.path, $0) }
        })
      for (path, value) in values where !path.hasSuffix("base") {
        let base = path.hasSuffix("adapted") ? values["\(path.dropLast("adapted".count))base"] : 0
        #expect(value == base, "\(row.place) \(path)")
      }
    }
  }
}

extension AnalysisPart {
  /// Those that tiny pairs have something of; what linear attention remembers has its tests with hybrids.
  fileprivate static let ofTinyPairs = allCases.filter { $0 != .recurrence }

  /// How many experts a model has that has something of the part.
  fileprivate var experts: Int { self == .routing ? 4 : 0 }
}

/// Roles against reference values.
@Suite struct RolesTests {
  @Test(
    .enabled(if: !OracleCase.with("roles").isEmpty, "LEIBNIZ_ORACLE names no folder of cases with roles"),
    arguments: OracleCase.with("roles"))
  func `Roles agree with the library`(_ oracle: OracleCase) throws {
    var options = AnalysisOptions(threads: 2)
    options.parts = [.roles]
    let analysis = try analyze(
      base: oracle.base, adapted: oracle.adapted, prompts: oracle.prompts, options: options)
    var comparison = ReferenceComparison(tolerance: 2e-5)
    try comparison.compare(try #require(analysis[rows: HeadRoles.self]), with: oracle.expected("roles"))
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 0)
  }
}
