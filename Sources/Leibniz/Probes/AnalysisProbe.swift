import PairedForward

/// Everything that an analysis looks at, for every run.
struct AnalysisProbe: Probe {
  var blocks: BlockProbe
  var stream: StreamProbe
  var loss: LossProbe?

  struct Partial: Sendable {
    var blocks: BlockProbe.Partial
    var stream: StreamProbe.Partial
    var loss: LossProbe.Partial
  }

  var needs: ProbeNeeds { blocks.needs.union(stream.needs).union(loss?.needs ?? []) }

  func begin(_ task: ProbeTask) -> Partial {
    Partial(blocks: blocks.begin(task), stream: stream.begin(task), loss: [])
  }

  func see(_ stream: StreamRows, _ partial: inout Partial) { self.stream.see(stream, &partial.stream) }

  func see(_ tile: ScoreTile, _ partial: inout Partial) { blocks.see(tile, &partial.blocks) }

  func see(_ logits: LogitRows, _ partial: inout Partial) { loss?.see(logits, &partial.loss) }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    blocks.fold(partials.map { ($0.task, $0.partial.blocks) }, layer: layer)
    stream.fold(partials.map { ($0.task, $0.partial.stream) }, layer: layer)
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    loss?.fold(partials.map { ($0.task, $0.partial.loss) }, vocabulary: vocabulary)
  }
}
