import Checkpoints
import LinearAlgebra
import Prompts
import Results
import Subjects

/// Runs interventions over one base and one adapted run, in as few passes as memory allows.
struct Ablater {
  private(set) var subject: Subject
  private(set) var options: AblationOptions
  /// What every ablation answers first.
  let overview: [Intervention]
  /// What was asked for, families included.
  let interventions: [Intervention]

  /// By question of ``AblationOptions/worths``, the sets of parts that are left out.
  let sets: [[Intervention]]

  /// All of them.
  var all: [Intervention] { overview + interventions + sets.flatMap(\.self) }

  /// - Throws: ``InterventionError`` for what names nothing, before anything is computed.
  init(_ subject: Subject, interventions: [Intervention], options: AblationOptions) throws {
    self.subject = subject
    self.options = options
    try subject.requirePredictions()
    let (description, regions) = (subject.pair.model.description, subject.file.regionNames)
    // With a sweep an intervention may leave it to the sweep what is left out.
    let isOpen = { (whole: Intervention) in !whole.leavesOut && whole.mask == nil && !options.sweeps.isEmpty }
    var own = interventions.filter { !isOpen($0) }
    for intervention in own { try intervention.check(description, regions, subject.prompts) }
    for sweep in options.sweeps {
      let wholes = interventions.filter { $0.mask != .twoViews }
      for whole in wholes.isEmpty ? [Intervention()] : wholes {
        let whole = sweep.whole(whole, description)
        try whole.check(description, regions, subject.prompts)
        let family = sweep.family(of: whole, description, regions: regions)
        own += family.filter { (try? $0.check(description, regions, subject.prompts)) != nil }
      }
    }
    sets = options.worths.map { $0.interventions(description) }
    for question in sets { try question.last?.check(description, regions, subject.prompts) }
    guard !own.isEmpty || !sets.isEmpty else { throw InterventionError.nothing }
    self.interventions = own
    overview = options.hasOverview ? Self.standard : []
    try Intervention.checkNames(own, besides: overview)
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
      Intervention(name: "changed values", dropping: Part.changedValues),
      Intervention(name: "scores and values", dropping: Part.scores + Part.values),
    ] + Part.scores.map { Intervention(dropping: [$0]) }

  /// The positions whose predictions are measured: of the tokens that the prompt labels, else of a region's, else of those after
  /// the separator, its own left out.
  func positions(_ prompt: SubjectPrompt) -> [Int] {
    guard let region = options.lossRegion, prompt.prompt.lossMask == nil else { return prompt.lossPositions }
    let runs = Intervention.ranges(region, prompt, subject.file.regionNames) ?? []
    return runs.flatMap { $0.map { $0 - 1 } }.filter { $0 >= 0 }
  }

  /// What the report holds besides its numbers.
  var blank: Ablation {
    let vocabulary = subject.vocabulary(judging: positions)
    var blank = Ablation(
      version: leibnizVersion, mask: subject.mask.description, threads: options.threads,
      base: BaseSummary(subject.pair.model), adapted: AdaptedSummary(subject.pair.adaptation),
      regions: subject.file.regionNames, promptsFingerprint: subject.file.fingerprint,
      prompts: subject.promptSummaries, lossRegion: options.lossRegion, overview: overview.map(blank),
      knockouts: interventions.map(blank), verification: nil,
      warnings: subject.warnings(options.subjects) + subject.labelWarnings(lossRegion: options.lossRegion)
        + (vocabulary?.warnings ?? []))
    (blank.vocabulary, blank.kernel) = (vocabulary, productKernel)
    blank.worths = zip(options.worths, sets).map { worth, sets in
      worth.blank(subject.pair.model.description, sets: sets.map(self.blank))
    }
    return blank
  }

  /// An intervention without a number, with the mask that it runs under.
  private func blank(_ intervention: Intervention) -> Knockout {
    let mask = intervention.mask?.following(subject.mask) ?? subject.mask
    return Knockout(
      name: intervention.name, mask: mask.places, dropped: intervention.droppedNames,
      query: intervention.query, key: intervention.key, layers: intervention.layers?.sorted(),
      heads: intervention.heads?.sorted(), sweep: intervention.sweep?.rawValue, prompts: [], benefitLost: nil,
      benefitLostInterval: nil)
  }

  /// The same on the first prompts alone.
  func first(_ count: Int) -> Ablater {
    var result = self
    result.subject = subject.first(count)
    // The whole was found to fit.
    result.options.maxMemory = .max
    return result
  }
}
