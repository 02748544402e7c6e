import Checkpoints
import PairedForward
import Results

extension Intervention {
  /// What a run leaves out of each prompt.
  package func filter(_ prompts: [SubjectPrompt], _ regions: [String]) -> PartFilter {
    guard leavesOut else { return PartFilter() }
    func ranges(_ region: String?) -> [[Range<Int>]]? {
      region.map { region in prompts.map { Self.ranges(region, $0, regions) ?? [] } }
    }
    return PartFilter([
      PartFilter.Clause(
        PartSet(dropped), written: WrittenPart.byOperand(written), layers: layers,
        heads: heads.map { heads in Set(heads.map { .init(layer: $0.layer, head: $0.head) }) },
        queries: ranges(query), keys: ranges(key))
    ])
  }

  /// The run over the adapted one, which is run 0: a fork of it, or the adaptation under another mask.
  package func run(_ subject: Subject) throws(AnalysisError) -> ChangeRun {
    if mask == nil { return ChangeRun(forkOf: 0, filter: filter(subject.prompts, subject.file.regionNames)) }
    return try subject.omitting(self).run
  }

  /// The first layer in which it can differ from the adapted run.
  package var firstLayer: Int {
    if mask != nil { return 0 }
    return max(layers?.min() ?? 0, heads?.map(\.layer).min() ?? 0)
  }

  /// How many tokens of a prompt it can need rows of its own for.
  package func rows(_ prompt: SubjectPrompt, _ regions: [String]) -> Int {
    let count = prompt.prompt.tokens.count
    guard mask == nil, let ranges = Self.ranges(query, prompt, regions) else { return count }
    return ranges.first.map { count - $0.lowerBound } ?? 0
  }
}
