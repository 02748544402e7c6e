import Architectures
import LinearAlgebra
import Results

extension Analyzer {
  /// What the report holds besides its numbers.
  var frame: AnalysisFrame {
    let texts = options.pairs > 0 ? TokenTexts(subjects[0].pair) : nil
    let prompts = subjects[0].file.prompts
    return AnalysisFrame(
      shape: shape,
      subjects: subjects.enumerated().map { index, subject in
        AnalysisFrame.Subject(
          blank: blank(subject, nulls: nullSetting(index), texts?.warnings ?? []),
          regionTokens: subject.prompts.map { $0.regions.runs.map { $0.reduce(0) { $0 + $1.count } } })
      },
      tokens: { PromptTokens(ids: prompts[$0].tokens, texts: texts?.of(prompts[$0].tokens)) })
  }

  /// The tables that sums are gathered in.
  var shape: AnalysisShape {
    AnalysisShape(
      layers: model.description.layers.map { layer in
        AnalysisShape.Layer(
          heads: layer.attention.queryHeads, hasKeyNorm: layer.attention.normalizesKeys,
          hasQueryNorm: layer.attention.normalizesQueries, hasMLP: layer.mlp != nil, hasGate: layer.mlp?.gate != nil,
          isMixture: layer.experts != nil, hasSinks: layer.attention.sinks != nil,
          hasLatents: layer.attention.latent != nil, ownsKeys: layer.attention.keysOfLayer == nil,
          ownsValues: layer.attention.keysOfLayer == nil && !layer.attention.valuesAreKeys,
          hasOutputGates: layer.attention.gate != nil,
          projections: layer.recurrence.map { ($0.inputs + [$0.output]).map(\.name) + [$0.convolution.name] } ?? [],
          stateHeads: layer.recurrence?.heads ?? 0,
          hasInputNorm: layer.attentionInputNorm != nil, hasOutputNorm: layer.attentionOutputNorm != nil,
          hasInput: layer.input != nil, hasScale: layer.scale != nil)
      }, parts: parts, computesLoss: options.computesLoss, nulls: options.nulls, pairs: options.pairs,
      keepsPrompts: options.keepsPrompts, writersByHead: options.writersByHead && options.parts.contains(.writers))
  }

  /// What the random changes of an adapter are; nil where there are none.
  private func nullSetting(_ index: Int) -> NullSetting? {
    guard options.nulls > 0 else { return nil }
    return NullSetting(count: options.nulls, match: nullMatches.isEmpty ? nil : nullMatches[index])
  }

  /// What is looked at, without what the model has nothing of.
  private var parts: Set<AnalysisPart> {
    let layers = model.description.layers
    return options.parts
      .subtracting(layers.contains { $0.experts != nil } ? [] : [.routing])
      .subtracting(layers.contains { ($0.recurrence?.heads ?? 0) > 0 } ? [] : [.recurrence])
  }

  /// The analysis of an adapter without a number.
  private func blank(_ subject: Subject, nulls: NullSetting?, _ warnings: [String]) -> Analysis {
    let vocabulary = options.computesLoss ? subject.vocabulary(judging: \.lossPositions) : nil
    var blank = Analysis(
      version: leibnizVersion, mask: options.showsTwoViews ? "two views" : options.maskPlan.description,
      threads: options.threads, base: BaseSummary(model), adapted: AdaptedSummary(subject.pair.adaptation),
      regions: subject.file.regionNames, promptsFingerprint: subject.file.fingerprint,
      prompts: subject.promptSummaries, blocks: [], summary: [], stream: [], loss: nil,
      closure: Closure(maximum: 0, rows: 0), verification: nil,
      warnings: subject.warnings(options) + (options.computesLoss ? subject.labelWarnings() : [])
        + (vocabulary?.warnings ?? []) + warnings + (nulls?.match?.warnings ?? [])
        + (lacksWriters.map { ["Who wrote what is inherited is not known where \($0), and left out."] } ?? []),
      reference: options.reference, command: options.command)
    blank.ablateCommand = options.ablateCommand
    (blank.vocabulary, blank.kernel, blank.nulls) = (vocabulary, productKernel, nulls)
    return blank
  }
}

extension ModelDescription {
  /// What of this model keeps its writers from being told; nil where nothing does.
  var obstacleToWriters: String? {
    layers.contains { $0.attention.latent != nil } ? "keys come through latents" : nil
  }
}
