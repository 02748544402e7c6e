import Checkpoints
import LeibnizTesting
import OracleFixtures
import Testing
import Vocabulary

@testable import PairedForward
@testable import ReferenceForward

/// The whole pass, value by value, against plain double-precision runs: every family's operations under several runs at once.
@Suite struct WholePassTests {
  /// Low-rank parts, dense parts, biases, norms and tables, each with masks by token and by site.
  @Test(
    arguments: [
      "qwen3-alora", "gemma2-lora-whisper", "gpt2-lora", "neox-lora-whisper", "mistral-window", "gpt-oss-mxfp4",
      "deepseek-v3-lora",
    ],
    [0.1, 1e-6])
  func `What a pass shows is what two plain runs say`(name: String, size: Double) throws {
    let oracle = try #require(OracleCase.bundled(name))
    var test = PassCase(try Model(folder: oracle.base), lengths: [17, 1, 9])
    let description = test.model.description
    test.runs = [
      ChangeRun(
        .drawn(for: description, seed: 1, size: size, .all), masks: test.masks(seed: 1, sites: [.k, .o, .gate])),
      ChangeRun(.drawn(for: description, seed: 2, size: size), masks: test.masks(seed: 2, from: { $0 / 2 })),
      ChangeRun(
        .drawn(for: description, seed: 3, size: size, [.dense, .biases]) { $0.contains("1.") },
        masks: test.masks(seed: 3, sites: [.down])),
    ]
    var comparison = PassComparison(test, try test.record())
    for run in test.runs.indices {
      for prompt in test.prompts.indices { try comparison.check(run, prompt: prompt) }
    }
    comparison.agreement.verify()
  }

  /// Factors on embedding, residual, scores and logits.
  @Test func `Multipliers are applied to changes, too`() throws {
    let multipliers = "\"residual_multiplier\": 0.3, \"embedding_multiplier\": 2.5, \"logits_scaling\": 1.7, "
    let edit: (String) -> String = {
      $0.replacing("\"llama\"", with: "\"granite\"")
        .replacing("\"rms_norm_eps\"", with: multipliers + "\"attention_multiplier\": 0.4, \"rms_norm_eps\"")
    }
    try withTinyModel(.narrow, edit: edit) { model in
      var test = PassCase(model, lengths: [17, 1])
      test.runs = [
        ChangeRun(.drawn(for: model.description, seed: 7, .all), masks: test.masks(seed: 7)),
        ChangeRun(.drawn(for: model.description, seed: 8), masks: test.masks(seed: 8)),
      ]
      #expect(model.description.layers[0].residualMultiplier == 0.3 && model.description.embedding.scale == 2.5)
      var comparison = PassComparison(test, try test.record())
      for run in 0..<2 {
        for prompt in 0..<2 { try comparison.check(run, prompt: prompt) }
      }
      comparison.agreement.verify()
    }
  }

  /// More rows than a stack, more queries than a tile.
  @Test(arguments: [nil, 33]) func `Long prompts are what two plain runs say`(window: Int?) throws {
    try withTinyModel(.narrow, edit: window.map(windowed) ?? { $0 }) { model in
      var test = PassCase(model, lengths: [200, 40])
      let masks = test.masks(seed: 4, from: { $0 / 3 })
      let everywhere = test.prompts.map { ChangeMask(general: TokenMask(everywhere: $0.tokens.count)) }
      test.runs = [
        ChangeRun(.drawn(for: model.description, seed: 4), masks: masks),
        ChangeRun(.drawn(for: model.description, seed: 5, size: 0.3, [.dense, .biases]), masks: everywhere),
      ]
      var comparison = PassComparison(test, try test.record())
      try comparison.check(0, prompt: 0)
      try comparison.check(1, prompt: 1)
      comparison.agreement.verify()
    }
  }

  /// Every part that a run can leave out, as a run of its own and as a fork.
  @Test(arguments: ["qwen3-alora", "gemma2-lora-whisper"])
  func `Runs that leave parts out are the plain ones`(name: String) throws {
    let oracle = try #require(OracleCase.bundled(name))
    var test = PassCase(try Model(folder: oracle.base), lengths: [17])
    let description = test.model.description
    let adaptation = Adaptation.drawn(for: description, seed: 6, size: 0.2, [.lowRank, .biases, .norms])
    let masks = test.masks(seed: 6, sites: [.k], from: { _ in 4 })
    // Queries of the second region, keys of the first, in one layer's heads; and everywhere.
    let regions: [Int?] = (0..<17).map { $0 < 9 ? 0 : 1 }
    let heads: [(layer: Int, head: Int)] = [(1, 0), (1, 3), (2, 1)]
    test.runs = [ChangeRun(adaptation, masks: masks)]
    var interventions: [ReferenceIntervention] = []
    for part in 0..<18 {
      let dropped = PartSet(Part.allCases[part])
      let isLocal = part % 2 == 0
      let clause = PartFilter.Clause(
        dropped, heads: isLocal ? Set(heads.map { .init(layer: $0.layer, head: $0.head) }) : nil,
        queries: isLocal ? [[9..<17]] : nil, keys: isLocal ? [[0..<9]] : nil)
      let intervention = ReferenceIntervention(
        dropping: [Part.allCases[part]], query: isLocal ? 1 : nil, key: isLocal ? 0 : nil,
        heads: isLocal ? Set(heads.map { .init(layer: $0.layer, head: $0.head) }) : nil)
      test.runs.append(ChangeRun(adaptation, masks: masks, filter: PartFilter([clause])))
      test.runs.append(ChangeRun(forkOf: 0, filter: PartFilter([clause])))
      interventions += [intervention, intervention]
    }
    let recorder = try test.record([.logits, .stream])
    let (_, base) = try test.reference(nil, prompt: 0)
    let (model, adapted) = try test.reference(0, prompt: 0)
    let tolerance = Double(description.layers.count * 96) * epsilon
    var agreement = Agreement()
    var moved = 0
    for (index, intervention) in interventions.enumerated() where index % 2 == 0 {
      let run = try model.run(
        test.prompts[0].tokens, leavingOut: intervention, base: base, regions: regions, logitPositions: 0..<17)
      let change = zip(run.logits, base.logits).map { $0 - $1 }
      let largest = change.reduce(0) { max($0, abs($1)) }
      if zip(run.logits, adapted.logits).contains(where: { abs($0 - $1) > 3 * tolerance * largest }) { moved += 1 }
      for number in [index + 1, index + 2] {
        for position in 0..<16 {
          let row = Array(change[position * 320..<(position + 1) * 320])
          let key = Recorder.Key(what: .logitChange, run: number, layer: 0, prompt: 0, position: position)
          agreement.check(
            recorder.rows[key] ?? [Float](repeating: 0, count: 320), row, within: tolerance * largest,
            "\(intervention.dropped) \(number % 2 == 1 ? "as a run" : "as a fork"), position \(position)")
        }
      }
    }
    agreement.verify()
    // Not a single one of the parts goes unnoticed, but for a norm where there is none.
    #expect(moved >= (description.layers[0].attention.keyNorm == nil ? 15 : 17))
  }
}
