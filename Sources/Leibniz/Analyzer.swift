import Architectures
import Attribution
import Checkpoints
import PairedForward
import Prompts

/// Joins the parts: prompts and masks into a paired pass, its observations into an analysis.
struct Analyzer {
  let pair: ModelPair
  private(set) var file: PromptFile
  private(set) var options: AnalysisOptions
  /// Stands between the pass and the observer; tests use it to break what is observed.
  var interposed: (any ForwardObserver) -> any ForwardObserver = { $0 }
  private var masks: [ResolvedMask]
  private var prompts: [ForwardPrompt]

  private var description: ModelDescription { pair.model.description }

  init(pair: ModelPair, file: PromptFile, options: AnalysisOptions) throws {
    self.pair = pair
    self.file = file
    self.options = options
    masks = try file.prompts.map { prompt throws(AnalysisError) in
      try ResolvedMask(options.mask, prompt: prompt, adaptation: pair.adaptation)
    }
    if pair.adaptation.usesDoRA, masks.contains(where: \.isPartial) {
      throw AnalysisError.maskedDoRA(adapter: pair.adaptation.name)
    }
    if let table = pair.model.description.embedding.positions,
      let prompt = file.prompts.first(where: { $0.tokens.count > table.rows })
    {
      throw AnalysisError.promptTooLong(
        prompt: prompt.id, tokens: prompt.tokens.count, positions: table.rows)
    }
    prompts = zip(file.prompts, masks).map { prompt, mask in
      ForwardPrompt(
        tokens: prompt.tokens, lowRankMask: mask.lowRank, otherMask: mask.other,
        lossFrom: options.computesLoss ? prompt.separator : nil)
    }
  }

  /// The whole analysis, verified if that was asked for.
  func run() throws -> Analysis {
    var analysis = try observe()
    let count = min(options.verifiedPrompts, prompts.count)
    guard count > 0 else { return analysis }
    var first = self
    first.file = file.first(count)
    first.options.progress = nil
    first.masks = Array(masks.prefix(count))
    first.prompts = Array(prompts.prefix(count))
    let verifier = Verifier(pair: pair, file: first.file, masks: first.masks, prompts: first.prompts)
    let show = { (done: Double) -> Void in
      options.progress?(AnalysisProgress(stage: .verifying, fraction: done))
    }
    show(0)
    analysis.verification = try verifier.verify(try first.observe(), progress: show)
    return analysis
  }

  /// The paired pass over all prompts.
  private func observe() throws -> Analysis {
    let maps = file.prompts.map { RegionMap($0, names: file.regionNames) }
    let observer = AnalysisObserver(
      description: description, regions: file.regionNames, maps: maps,
      reaches: prompts.map { ChangeReach($0, description: description, adaptation: pair.adaptation) })
    let forward = PairedForward(model: pair.model, adaptation: pair.adaptation, threads: options.threads)
    _ = try forward.run(prompts, observer: interposed(observer)) { progress in
      let fraction = Double(progress.done) / Double(max(progress.total, 1))
      options.progress?(AnalysisProgress(stage: .analyzing, fraction: fraction))
    }
    return analysis(from: observer)
  }

  private func analysis(from observer: AnalysisObserver) -> Analysis {
    let blocks = observer.table.blockRows()
    return Analysis(
      version: leibnizVersion, mask: options.mask.rawValue, threads: options.threads, base: baseSummary,
      adapted: adaptedSummary, regions: file.regionNames, promptsFingerprint: file.fingerprint,
      prompts: zip(file.prompts, masks).map {
        PromptSummary(id: $0.id, tokens: $0.tokens.count, separator: $0.separator, activeFrom: $1.activeFrom)
      }, blocks: blocks,
      summary: observer.table.summaryRows(Bootstrap(prompts: prompts.count)),
      stream: streamRows(observer.streams), loss: options.computesLoss ? losses(observer.losses) : nil,
      closure: observer.closure, verification: nil, warnings: warnings(blocks))
  }

  private var baseSummary: BaseSummary {
    let attention = description.layers[0].attention
    return BaseSummary(
      name: pair.model.name, family: description.family, layers: description.layers.count,
      heads: attention.queryHeads, keyValueHeads: attention.keyValueHeads,
      headDimension: attention.headDimension, dtype: pair.model.storedType,
      fingerprint: pair.model.fingerprint)
  }

  private var adaptedSummary: AdaptedSummary {
    let adaptation = pair.adaptation
    return AdaptedSummary(
      name: adaptation.name, kind: adaptation.kind.rawValue, rank: adaptation.rank,
      scaling: adaptation.scaling, targets: adaptation.targets, fingerprint: adaptation.fingerprint)
  }

  private func streamRows(_ streams: [[(base: Double, delta: Double)]]) -> [StreamDivergence] {
    streams.enumerated().flatMap { layer, sums in
      zip(file.regionNames, sums).compactMap { region, sum in
        sum.base == 0
          ? nil
          : StreamDivergence(layer: layer, region: region, relative: (sum.delta / sum.base).squareRoot())
      }
    }
  }

  private func losses(_ losses: [(base: Double, adapted: Double)?]) -> Losses {
    Losses(base: losses.map { $0?.base }, adapted: losses.map { $0?.adapted })
  }

  /// What a reader has to know before believing the numbers.
  private func warnings(_ blocks: [Block]) -> [String] {
    var warnings = pair.adaptation.warnings
    let inactive = masks.count { $0.activeFrom == nil }
    let lacking = masks.count(where: \.lacksInvocation)
    if lacking > 0 {
      warnings.append(
        "\(lacking) of \(masks.count) prompts lack the adapter's invocation sequence, so it stays off there.")
    } else if inactive > 0 {
      warnings.append("The mask keeps the adapter off in \(inactive) of \(masks.count) prompts.")
    }
    let unseparated = file.prompts.count { $0.separator == nil && $0.regions.map(\.name) == ["before"] }
    if unseparated > 0, lacking == 0 {
      warnings.append(
        "\(unseparated) of \(file.prompts.count) prompts have no separator; all of their tokens are before it.")
    }
    if options.separator != .fromFile, file.linesWithOwn > 0 {
      warnings.append(
        "\(file.linesWithOwn) of \(file.prompts.count) prompts have a separator or regions of their own, which go first."
      )
    }
    if options.mask == .auto, pair.adaptation.invocationTokens != nil, hasOtherChanges {
      warnings.append(
        "The mask of an Activated LoRA covers its low-rank part alone; saved biases, modules and tokens act everywhere."
      )
    }
    let longest = file.prompts.map(\.tokens.count).max() ?? 0
    if let limit = description.configuredPositions, longest > limit {
      warnings.append(
        "The longest prompt has \(longest) tokens; the model was configured for \(limit) positions.")
    }
    if pair.adaptation.kind == .none {
      warnings.append("The base was compared with itself: every change is an exact zero.")
    } else if !blocks.isEmpty, blocks.allSatisfy({ $0.raw.delta.maxAbs == 0 }) {
      warnings.append("The adapter has no effect on any attention score of these prompts.")
    }
    return warnings
  }

  private var hasOtherChanges: Bool {
    !pair.adaptation.norms.isEmpty || pair.adaptation.embeddings.values.contains { !$0.isLowRank }
      || pair.adaptation.linears.values.contains { $0.dense != nil || $0.bias != nil }
  }
}

extension RegionMap {
  /// The regions of a prompt by the index of their names.
  init(_ prompt: Prompt, names: [String]) {
    self.init(
      runs: names.map { name in prompt.regions.filter { $0.name == name }.map { $0.start..<$0.end } },
      count: prompt.tokens.count)
  }
}

extension PromptFile {
  /// The first prompts, under the names of all regions.
  func first(_ count: Int) -> PromptFile {
    var result = self
    result.prompts = Array(prompts.prefix(count))
    return result
  }
}
