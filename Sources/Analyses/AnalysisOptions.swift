import Foundation
import LongRuns
import Measures
import Results
import Subjects

/// How to analyse: what is asked for, how models and prompts are taken, and how the run works. The members of all three are members of it.
@dynamicMemberLookup
public struct AnalysisOptions: Sendable {
  /// What is asked for.
  public var request = AnalysisRequest()
  /// How models and prompts are taken.
  public var subjects = SubjectOptions()
  /// How the run works.
  public var work = WorkOptions()
  /// Whether two views are analysed: ``MaskPlan/twoViews`` in place of the other masks, with what
  /// ``Intervention/twoViews`` leaves out.
  public var showsTwoViews = false
  /// The command that gives the same analysis, for the report.
  package var command: String?
  /// What ``command`` is, of `ablate`.
  package var ablateCommand: String?

  /// Options; the defaults follow the adapter and the prompt file.
  public init(
    mask: MaskRule = .auto, separator: Separator = .fromFile,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, computesLoss: Bool = false,
    parts: Set<AnalysisPart> = AnalysisRequest.usualParts, verifiedPrompts: Int = 0, baseAdapters: [URL] = [],
    progress: (@Sendable (AnalysisProgress) -> Void)? = nil
  ) {
    (request.computesLoss, request.parts) = (computesLoss, parts)
    (subjects.mask, subjects.separator, subjects.baseAdapters) = (mask, separator, baseAdapters)
    (work.threads, work.verifiedPrompts, work.progress) = (threads, verifiedPrompts, progress)
  }

  /// What is asked for.
  public subscript<Value>(dynamicMember path: WritableKeyPath<AnalysisRequest, Value>) -> Value {
    get { request[keyPath: path] }
    set { request[keyPath: path] = newValue }
  }

  /// How models and prompts are taken.
  public subscript<Value>(dynamicMember path: WritableKeyPath<SubjectOptions, Value>) -> Value {
    get { subjects[keyPath: path] }
    set { subjects[keyPath: path] = newValue }
  }

  /// How the run works.
  public subscript<Value>(dynamicMember path: WritableKeyPath<WorkOptions, Value>) -> Value {
    get { work[keyPath: path] }
    set { work[keyPath: path] = newValue }
  }

  /// Refuses numbers that ask for nothing that can be done.
  package func check() throws(LimitError) {
    try work.check()
    if let wrong = request.wrongCount {
      throw .wrongCount(option: wrong.option.member, count: wrong.count, allowed: wrong.allowed)
    }
  }

  /// The masks as one plan.
  package var maskPlan: MaskPlan { showsTwoViews ? .twoViews : subjects.maskPlan }
}
