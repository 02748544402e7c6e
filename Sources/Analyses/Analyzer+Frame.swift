import Architectures
import LinearAlgebra
import LongRuns
import Measures
import Results
import Subjects

extension Analyzer {
  /// What the report holds besides its numbers.
  package var frame: AnalysisFrame {
    let texts = options.pairs > 0 ? TokenTexts(subjects[0].pair) : nil
    let prompts = subjects[0].file.prompts
    return AnalysisFrame(
      shape: shape,
      adapters: subjects.enumerated().map { index, subject in
        AnalysisFrame.Adapter(
          blank: blank(subject, nulls: nullSetting(index), texts?.warnings ?? []),
          regionTokens: subject.prompts.map { $0.regions.runs.map { $0.reduce(0) { $0 + $1.count } } })
      },
      tokens: { PromptTokens(ids: prompts[$0].tokens, texts: texts?.of(prompts[$0].tokens)) })
  }

  /// The tables that sums are gathered in.
  var shape: AnalysisShape {
    AnalysisShape(layers: model.description.layers.map(AnalysisShape.Layer.init), asked: asked)
  }

  /// What the random changes of an adapter are; nil where there are none.
  private func nullSetting(_ index: Int) -> NullSetting? {
    guard options.nulls > 0 else { return nil }
    return NullSetting(count: options.nulls, match: nullMatches.isEmpty ? nil : nullMatches[index])
  }

  /// What is asked for, without what the model has nothing of.
  private var asked: AnalysisRequest {
    let layers = model.description.layers
    var asked = options.request
    if !layers.contains(where: { $0.experts != nil }) { asked.parts.remove(.routing) }
    if !layers.contains(where: { ($0.recurrence?.heads ?? 0) > 0 }) { asked.parts.remove(.recurrence) }
    if !asked.parts.contains(.writers) { asked.writersByHead = false }
    return asked
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
      warnings: subject.warnings(options.subjects) + (options.computesLoss ? subject.labelWarnings() : [])
        + (vocabulary?.warnings ?? []) + warnings + (nulls?.match?.warnings ?? [])
        + (lacksWriters.map { ["Who wrote what is inherited is not known where \($0), and left out."] } ?? []),
      reference: options.reference, command: options.command)
    blank.ablateCommand = options.ablateCommand
    (blank.vocabulary, blank.kernel, blank.nulls) = (vocabulary, productKernel, nulls)
    return blank
  }
}
