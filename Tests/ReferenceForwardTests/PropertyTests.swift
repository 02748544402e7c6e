import Architectures
import Checkpoints
import OracleFixtures
import Testing
import Vocabulary

@testable import ReferenceForward

/// What must hold of the parts whatever the numbers are.
@Suite struct PropertyTests {
  @Test(arguments: OracleCase.bundled) func `Sources sum to the change of their operand`(_ oracle: OracleCase) throws {
    let runs = try OracleRuns(oracle)
    let prompt = try #require(runs.prompts.first)
    let (base, adapted) = try runs.pair(prompt)
    let model = runs.adapted(prompt)
    for (index, layer) in runs.model.description.layers.enumerated() where layer.attends {
      let attention = layer.attention
      let (a, b) = (base.layers[index], adapted.layers[index])
      let (x, other) = (a.details.attentionInput, b.details.attentionInput)
      let keys = try OperandSources(keysOf: attention, of: model, base: x, adapted: other)
      let queries = try OperandSources(queriesOf: attention, of: model, base: x, adapted: other)
      let values = try OperandSources(valuesOf: attention, of: model, base: x, adapted: other)
      #expect((keys.parts[.norm] != nil) == attention.normalizesKeys)
      #expect((queries.parts[.norm] != nil) == attention.normalizesQueries)
      #expect((values.parts[.norm] != nil) == attention.normalizesValues)
      for (sources, before, after) in [
        (keys, a.keys, b.keys), (queries, a.queries, b.queries), (values, a.details.values, b.details.values),
      ] {
        let parts = Source.allCases.compactMap { sources.parts[$0] }
        let errors = before.indices.map { element in
          abs(parts.reduce(0) { $0 + $1[element] } - (after[element] - before[element]))
        }
        #expect(largest(errors) <= 1e-13 * (1 + largest(before)), "layer \(index)")
      }
    }
  }

  @Test(arguments: OracleCase.bundled)
  func `The terms of a product sum to its change`(_ oracle: OracleCase) throws {
    let runs = try OracleRuns(oracle)
    let prompt = try #require(runs.prompts.first)
    let (base, adapted) = try runs.pair(prompt)
    let model = runs.adapted(prompt)
    for (index, layer) in runs.model.description.layers.enumerated() {
      guard let up = layer.mlp?.up else { continue }
      let (a, b) = (base.layers[index].details, adapted.layers[index].details)
      let change = try ProjectionChange(up, at: .up, of: model, base: a.mlpInput, adapted: b.mlpInput)
      let before = try runs.base.apply(up, at: .up, to: a.mlpInput)
      let after = try model.apply(up, at: .up, to: b.mlpInput)
      let sum = change.own + change.inherited + change.joint
      #expect(largest((sum - (after - before)).values) <= 1e-13 * (1 + largest(before.values)), "layer \(index)")
    }
  }

  @Test(arguments: OracleCase.bundled)
  func `A row's masses sum to one, and keys and queries to the change`(_ oracle: OracleCase) throws {
    let runs = try OracleRuns(oracle)
    var mass = ReferenceMass()
    for prompt in runs.prompts {
      let (base, adapted) = try runs.pair(prompt)
      mass.add(base: base, adapted: adapted, model: runs.model.description, regions: prompt.regions)
    }
    var sums: [ReferenceBlockKey: (base: Double, adapted: Double, moved: Double)] = [:]
    for (key, row) in mass.rows {
      #expect(abs(row.byKey + row.byQuery - (row.adapted - row.base)) <= 1e-14)
      let query = ReferenceBlockKey(layer: key.layer, head: key.head, query: key.query, key: 0)
      sums[query, default: (0, 0, 0)].base += row.base
      sums[query, default: (0, 0, 0)].adapted += row.adapted
      sums[query, default: (0, 0, 0)].moved += row.moved
    }
    for sum in sums.values {
      #expect(abs(sum.base - 1) <= 1e-13)
      #expect(abs(sum.adapted - 1) <= 1e-13)
      #expect(sum.moved >= 0 && sum.moved <= 1)
    }
  }

  @Test(arguments: OracleCase.bundled)
  func `Without a change every part is exactly zero`(_ oracle: OracleCase) throws {
    let runs = try OracleRuns(oracle)
    let prompt = try #require(runs.prompts.first)
    let run = try runs.base.run(prompt.tokens, logitPositions: prompt.scoredPositions, keeping: .all)
    var (mass, stream, predictions) = (ReferenceMass(), ReferenceStream(), ReferencePredictionShift())
    var (values, sources, products) = (ReferenceValues(), ReferenceSources(), ReferenceProducts())
    mass.add(base: run, adapted: run, model: runs.model.description, regions: prompt.regions)
    stream.add(base: run, adapted: run, regions: prompt.regions)
    predictions.add(base: run, adapted: run, regions: prompt.regions)
    try values.add(base: run, adapted: run, model: runs.base, regions: prompt.regions)
    try sources.add(base: run, adapted: run, model: runs.base, regions: prompt.regions)
    try products.add(base: run, adapted: run, model: runs.base, regions: prompt.regions)
    #expect(!mass.rows.isEmpty && !values.rows.isEmpty && !sources.rows.isEmpty && !products.rows.isEmpty)
    for row in mass.rows.values {
      #expect(row.moved == 0 && row.byKey == 0 && row.byQuery == 0 && row.base == row.adapted)
    }
    for row in stream.rows.values { #expect(row.relative == 0 && row.median == 0 && row.cosine == 1) }
    #expect(predictions.regions.values.allSatisfy { $0.divergence == 0 })
    for row in Array(values.rows.values) + Array(products.rows.values) {
      #expect(row.delta == 0 && row.terms.allSatisfy { $0.rms == 0 && $0.share == 0 })
    }
    for row in sources.rows.values {
      #expect((Array(row.keyTerm.values) + Array(row.queryTerm.values)).allSatisfy { $0.rms == 0 && $0.share == 0 })
    }
  }

  @Test func `No result depends on the number of threads`() throws {
    let runs = try OracleRuns(try #require(OracleCase.bundled("qwen2-lora")))
    let prompt = try #require(runs.prompts.first)
    let logits = try [1, 2, 5].map { threads in
      try ReferenceModel(model: runs.model, adaptation: runs.adaptation, threads: threads)
        .run(prompt.tokens, logitPositions: prompt.scoredPositions).logits
    }
    #expect(logits[0] == logits[1] && logits[0] == logits[2] && !logits[0].isEmpty)
  }

  /// The largest magnitude; infinity where one is no number.
  private func largest(_ values: [Double]) -> Double {
    values.reduce(0) { $1.isNaN ? .infinity : max($0, abs($1)) }
  }
}
