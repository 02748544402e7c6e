import Attribution
import LongRuns
import PairedForward
import Subjects

/// The paired passes of an ablation, batch by batch: as many interventions as memory allows go through all batches, then the
/// next ones, and each time counts.
struct AblationPass: BatchWork {
  private let ablater: Ablater
  private let shared: SharedRuns
  private let waves: InterventionWaves
  private let forward: PairedForward
  private let prompts: [ForwardPrompt]
  /// Indices of the prompts by batch of one wave.
  private let batches: [[Int]]

  /// Plans passes and batches.
  /// - Throws: ``AnalysisError`` where memory does not suffice.
  init(_ ablater: Ablater) throws {
    self.ablater = ablater
    let (subject, options) = (ablater.subject, ablater.options)
    shared = SharedRuns(ablater.all)
    waves = InterventionWaves(shared.interventions, subject, memory: options.memory)
    forward = PairedForward(
      model: subject.pair.model, threads: options.threads, batchTokens: min(waves.batchTokens, options.batchTokens))
    prompts = subject.prompts.map { prompt in
      let positions = ablater.positions(prompt)
      let span = positions.isEmpty ? 0..<0 : (positions.min() ?? 0)..<(positions.max() ?? 0) + 1
      return ForwardPrompt(
        tokens: prompt.prompt.tokens, predictions: span, positionIDs: prompt.prompt.positionIDs)
    }
    batches = forward.batches(prompts)
    for wave in waves.all {
      let runs = try runs(of: wave)
      var need = MemoryNeed(
        forward, batches, of: prompts, ids: subject.prompts.map(\.prompt.id), runs, needs: .logits, blocks: 0)
      need.threads = options.threads
      try need.check(options.maxMemory)
    }
  }

  /// The adapted model, and a fork of it for each intervention.
  private func runs(of wave: Range<Int>) throws -> [ChangeRun] {
    try [ablater.subject.run] + shared.interventions[wave].map { try $0.run(ablater.subject) }
  }

  var count: Int { waves.all.count * batches.count }

  func promptIndices(in batch: Int) -> [Int] { batches[batch % batches.count] }

  /// How the work is cut, as the identity of a run states it.
  var plan: String { "\(waves.all.count) passes over \(RunIdentity.plan(batches))" }

  var empty: AblationSums { AblationSums() }

  func sums(of batch: Int, progress: (Double) -> Void) throws -> AblationSums {
    let (subject, wave, own) = (ablater.subject, waves.all[batch / batches.count], batches[batch % batches.count])
    let chosen = shared.interventions[wave]
    let runs = try runs(of: wave)
    // By run, its place among those that are computed.
    let equal = forward.equalRuns(own, of: prompts, runs)
    let distinct = runs.indices.filter { equal[$0] == $0 }
    let place = equal.map { run in distinct.firstIndex(of: run) ?? run }
    var probe = PredictionProbe(runs: distinct.count)
    let costs = PassCosts(chosen, layers: subject.pair.model.description.layers.count)
    try forward.run(own, of: prompts, distinct.map { runs[$0] }, probe: &probe) { progress(costs.fraction($0)) }
    var sums = AblationSums()
    for prompt in own {
      let positions = ablater.positions(subject.prompts[prompt])
      for (index, run) in wave.enumerated() {
        let outcome = probe.sums(prompt: prompt, positions: positions, run: place[index + 1])
        for intervention in shared.uses[run] { sums.add(outcome, prompt: prompt, of: intervention) }
      }
    }
    return sums
  }
}

/// How far a batch is, by what its layers cost: a fork costs nothing before its first layer.
private struct PassCosts {
  private let done: [Double]

  init(_ interventions: some Sequence<Intervention>, layers: Int) {
    let first = interventions.map(\.firstLayer)
    done = (0..<layers).reduce(into: [0]) { done, layer in
      done.append((done.last ?? 0) + 2 + 0.5 * Double(first.count { $0 <= layer }))
    }
  }

  func fraction(_ progress: PairedForward.Progress) -> Double {
    guard let whole = done.last, whole > 0 else { return 1 }
    return done[progress.done] / whole
  }
}
