import Attribution
import Checkpoints
import PairedForward
import Prompts
import Results

/// Runs interventions over one base and one adapted run, in as few passes as memory allows.
struct Ablater {
  let subject: Subject
  let options: AblationOptions
  /// What every ablation answers first.
  let overview: [Intervention]
  /// What was asked for, families included.
  let interventions: [Intervention]

  private var all: [Intervention] { overview + interventions }

  /// - Throws: ``InterventionError`` for what names nothing, before anything is computed.
  init(_ subject: Subject, interventions: [Intervention], options: AblationOptions) throws {
    self.subject = subject
    self.options = options
    let (description, regions) = (subject.pair.model.description, subject.file.regionNames)
    // With a sweep an intervention may leave it to the sweep what is left out.
    let isOpen = { (whole: Intervention) in whole.dropped.isEmpty && whole.mask == nil && !options.sweeps.isEmpty }
    var own = interventions.filter { !isOpen($0) }
    for intervention in own { try intervention.check(description, regions, subject.prompts) }
    for sweep in options.sweeps {
      let wholes = interventions.filter { $0.mask != .twoViews }
      for whole in wholes.isEmpty ? [Intervention()] : wholes {
        let whole = whole.dropped.isEmpty ? whole.leavingOut(sweep.parts(description)) : whole
        try whole.check(description, regions, subject.prompts)
        let family = sweep.family(of: whole, description, regions: regions)
        own += family.filter { (try? $0.check(description, regions, subject.prompts)) != nil }
      }
    }
    guard !own.isEmpty else { throw InterventionError.nothing }
    self.interventions = own
    overview = options.hasOverview ? Self.standard : []
    if let region = options.lossRegion, !regions.contains(region) {
      throw InterventionError.unknownRegion(region, known: regions, origin: "--loss-region")
    }
    guard subject.prompts.contains(where: { !positions($0).isEmpty }) else {
      throw InterventionError.noPredictions(region: options.lossRegion)
    }
    // Masks are resolved once here, so that whatever is wrong with one is told before the pass.
    for intervention in own where intervention.mask != nil { _ = try intervention.run(subject) }
  }

  private static let standard: [Intervention] =
    [
      Intervention(name: "scores", dropping: Part.scores),
      // dP·V is how scores act, so that leaving out all of the values leaves out the scores too.
      Intervention(name: "changed values", dropping: [.PdV, .dPdV]),
      Intervention(name: "scores and values", dropping: Part.scores + Part.values),
    ] + Part.scores.map { Intervention(dropping: [$0]) }

  /// The positions whose predictions are measured: of the tokens after the separator, its own left out, or of a region's.
  func positions(_ prompt: SubjectPrompt) -> [Int] {
    guard let region = options.lossRegion else { return Array(prompt.lossPositions) }
    let runs = Intervention.ranges(region, prompt, subject.file.regionNames) ?? []
    return runs.flatMap { $0.map { $0 - 1 } }.filter { $0 >= 0 }
  }

  /// Everything that was asked for.
  func run() throws -> Ablation {
    let waves = InterventionWaves(all, subject, memory: options.memory)
    var knockouts: [Knockout] = []
    for (number, wave) in waves.all.enumerated() {
      knockouts += try pass(Array(all[wave]), batchTokens: waves.batchTokens) { fraction in
        options.progress?(
          AnalysisProgress(stage: .intervening, fraction: (Double(number) + fraction) / Double(waves.all.count)))
      }
    }
    var ablation = Ablation(
      version: leibnizVersion, mask: subject.mask.description, threads: options.threads,
      base: BaseSummary(subject.pair.model), adapted: AdaptedSummary(subject.pair.adaptation),
      regions: subject.file.regionNames, promptsFingerprint: subject.file.fingerprint,
      prompts: subject.promptSummaries, lossRegion: options.lossRegion,
      overview: Array(knockouts[..<overview.count]), knockouts: Array(knockouts[overview.count...]),
      verification: nil, warnings: subject.warnings(options.analysis, blocks: [], ownMaskOption: "--own-mask"))
    let hasLoss = ablation.knockouts.first?.pooled.map { $0.adapted < $0.base } ?? false
    if !hasLoss {
      ablation.warnings.append("The adapter does not lower the loss on these prompts, so there is no benefit to lose.")
    }
    if options.verifiedPrompts > 0 { ablation.verification = try AblationVerifier(self).verify(ablation) }
    return ablation
  }

  /// One pass with the adapted run and some interventions.
  func pass(_ chosen: [Intervention], batchTokens: Int, progress: (Double) -> Void) throws -> [Knockout] {
    let prompts = subject.prompts.map { prompt in
      let positions = positions(prompt)
      let span = positions.isEmpty ? 0..<0 : (positions.min() ?? 0)..<(positions.max() ?? 0) + 1
      return ForwardPrompt(tokens: prompt.prompt.tokens, predictions: span)
    }
    let runs = try [subject.run] + chosen.map { try $0.run(subject) }
    let forward = PairedForward(model: subject.pair.model, threads: options.threads, batchTokens: batchTokens)
    var probe = PredictionProbe(runs: runs.count)
    let costs = PassCosts(chosen, layers: subject.pair.model.description.layers.count)
    try forward.run(prompts, runs, probe: &probe) { progress(costs.fraction($0)) }
    let bootstrap = Bootstrap(prompts: prompts.count)
    return chosen.enumerated().map { index, intervention in
      let outcomes = subject.prompts.enumerated().map { number, prompt in
        probe.outcome(prompt: number, positions: positions(prompt), run: index + 1)
      }
      return Knockout(intervention, outcomes, bootstrap)
    }
  }
}

/// How far a pass is, by what its layers cost: a fork costs nothing before its first layer.
private struct PassCosts {
  private let done: [Double]

  init(_ interventions: [Intervention], layers: Int) {
    let first = interventions.map(\.firstLayer)
    done = (0..<layers).reduce(into: [0]) { done, layer in
      done.append((done.last ?? 0) + 2 + 0.5 * Double(first.count { $0 <= layer }))
    }
  }

  func fraction(_ progress: PairedForward.Progress) -> Double {
    let layers = done.count - 1
    guard layers > 0, progress.total > 0, let whole = done.last else { return 1 }
    let batches = progress.total / layers
    return (Double(progress.done / layers) + done[progress.done % layers] / whole) / Double(max(batches, 1))
  }
}

extension Knockout {
  /// What an intervention did, with the benefit that was lost over all prompts.
  init(_ intervention: Intervention, _ prompts: [PredictionOutcome?], _ bootstrap: Bootstrap) {
    let sums = prompts.map { outcome in
      outcome.map {
        (part: Double($0.tokens) * ($0.knockout - $0.adapted), whole: Double($0.tokens) * ($0.base - $0.adapted))
      } ?? (part: 0, whole: 0)
    }
    let (part, whole) = (sums.reduce(0) { $0 + $1.part }, sums.reduce(0) { $0 + $1.whole })
    self.init(
      name: intervention.name, mask: intervention.mask?.places ?? [:], dropped: intervention.dropped.map(\.rawValue),
      query: intervention.query, key: intervention.key, layers: intervention.layers?.sorted(),
      heads: intervention.heads?.sorted(), sweep: intervention.sweep?.rawValue, prompts: prompts,
      benefitLost: whole > 0 ? part / whole : nil,
      benefitLostInterval: whole > 0 ? bootstrap.ratioInterval(sums) : nil)
  }
}
