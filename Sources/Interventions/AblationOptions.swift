import Foundation
import LongRuns
import PairedForward
import Results
import Subjects

/// How to run interventions: which, how models and prompts are taken, and how the run works. The members of ``SubjectOptions`` and
/// ``WorkOptions`` are members of it; masks are the adapter's own, from which interventions start.
@dynamicMemberLookup
public struct AblationOptions: Sendable {
  /// How models and prompts are taken.
  public var subjects = SubjectOptions()
  /// How the run works.
  public var work = WorkOptions()
  /// The region whose tokens' predictions are measured; nil for the tokens after the separator.
  public var lossRegion: String?
  /// Families to run of every intervention.
  public var sweeps: [Sweep]
  /// What parts are worth; each question takes a run for every set of them.
  public var worths: [Worth] = []
  /// Whether scores, values, both, and each term of the scores are left out everywhere too.
  public var hasOverview: Bool
  /// About how many bytes the deltas of interventions may take at a time.
  public var memory: Int

  /// Options; the defaults follow the adapter and the prompt file.
  public init(
    mask: MaskRule = .auto, siteMasks: [Site: SiteMask] = [:], separator: Separator = .fromFile,
    lossRegion: String? = nil, sweeps: [Sweep] = [], hasOverview: Bool = true,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, verifiedPrompts: Int = 0, baseAdapters: [URL] = [],
    memory: Int = 1 << 30, progress: (@Sendable (AnalysisProgress) -> Void)? = nil
  ) {
    (self.lossRegion, self.sweeps, self.hasOverview, self.memory) = (lossRegion, sweeps, hasOverview, memory)
    (subjects.mask, subjects.siteMasks) = (mask, siteMasks)
    (subjects.separator, subjects.baseAdapters) = (separator, baseAdapters)
    (work.threads, work.verifiedPrompts, work.progress) = (threads, verifiedPrompts, progress)
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
}
