import PairedForward
import Results

/// Everything that an analysis looks at, for every run. A part that was not asked for is absent and costs nothing.
package struct AnalysisProbe: Probe {
  package let needs: ProbeNeeds
  /// Where terms are taken; the split of attention mass is the same from everywhere.
  private let reference: ReferencePoint
  /// How many runs every part looks at; those behind them are random changes, of which only some measures are kept.
  private let subjects: Int
  private(set) var blocks: BlockProbe
  private var stream: StreamProbe
  private var loss: LossProbe?
  private var measures: MeasureProbes
  private var pairs: PairProbe?

  /// What looks on, over no prompt yet.
  /// - Parameter regions: By adapter, the names of the regions.
  package init(_ setting: MeasureSetting, _ shape: AnalysisShape, regions: [[String]]) {
    let sums = AnalysisSums(shape, regions: regions)
    loss = shape.computesLoss ? LossProbe(setting, regions: regions) : nil
    reference = setting.reference
    subjects = setting.subjects
    blocks = BlockProbe(setting, sums.blocks, sums.closures)
    stream = StreamProbe(setting, sums.stream)
    measures = MeasureProbes(setting, sums.measures)
    pairs = sums.pairs.map { PairProbe(setting, $0, limit: shape.pairs) }
    needs = [loss?.needs, pairs?.needs].compactMap(\.self).reduce(
      blocks.needs.union(stream.needs).union(measures.needs)
    ) { $0.union($1) }
  }

  package struct Partial: Sendable {
    var blocks: BlockProbe.Partial
    var stream: StreamProbe.Partial
    var loss = LossProbe.Partial()
    var measures: MeasureProbes.Partial
    var pairs: PairProbe.Partial
  }

  package func begin(_ task: ProbeTask) -> Partial {
    Partial(
      blocks: blocks.begin(task), stream: stream.begin(task), measures: measures.begin(task),
      pairs: pairs?.begin(task) ?? nil)
  }

  package func see(_ stream: StreamRows, _ partial: inout Partial) {
    self.stream.see(stream, &partial.stream)
    measures.see(stream, &partial.measures)
  }

  package func see(_ pattern: PatternTile, _ partial: inout Partial) { measures.see(pattern, &partial.measures) }

  package func see(_ tile: ScoreTile, _ partial: inout Partial) {
    measures.see(tile, atReference: false, &partial.measures)
    tile.withTerms(at: Float(reference.weight)) { tile in
      blocks.see(tile, &partial.blocks)
      measures.see(tile, atReference: true, &partial.measures)
      if tile.run < subjects { pairs?.see(tile, &partial.pairs) }
    }
  }

  package func see(_ products: ProductRows, _ partial: inout Partial) { measures.see(products, &partial.measures) }

  package func see(_ routing: RoutingRows, _ partial: inout Partial) { measures.see(routing, &partial.measures) }

  package func see(_ recurrence: RecurrenceRows, _ partial: inout Partial) {
    measures.see(recurrence, &partial.measures)
  }

  package func see(_ logits: LogitRows, _ partial: inout Partial) {
    loss?.see(logits, &partial.loss)
    measures.see(logits, &partial.measures)
  }

  package func see(
    _ written: WrittenRows, after attention: [(task: ProbeTask, partial: Partial)], _ partial: inout Partial
  ) {
    measures.see(written, after: attention.map { ($0.task, $0.partial.measures) }, &partial.measures)
  }

  package func see(_ head: HeadRows, _ partial: inout Partial) { measures.see(head, &partial.measures) }

  package mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    loss?.fold(partials.map { ($0.task, $0.partial.loss) }, layer: layer)
    blocks.fold(partials.map { ($0.task, $0.partial.blocks) }, layer: layer)
    stream.fold(partials.map { ($0.task, $0.partial.stream) }, layer: layer)
    measures.fold(partials.map { ($0.task, $0.partial.measures) }, layer: layer)
    pairs?.fold(partials.map { ($0.task, $0.partial.pairs) }, layer: layer)
  }

  package mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    loss?.fold(partials.map { ($0.task, $0.partial.loss) }, vocabulary: vocabulary)
    measures.fold(partials.map { ($0.task, $0.partial.measures) }, .vocabulary(vocabulary))
  }

  package mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], head vocabulary: Range<Int>) {
    measures.fold(partials.map { ($0.task, $0.partial.measures) }, .head(vocabulary))
  }

  package mutating func fold(predictions partials: [(task: ProbeTask, partial: Partial)]) {
    measures.fold(partials.map { ($0.task, $0.partial.measures) }, .predictions)
  }

  /// What was gathered.
  package var sums: AnalysisSums {
    AnalysisSums(
      blocks: blocks.tables, closures: blocks.closures, stream: stream.tables, loss: loss?.tables,
      measures: measures.sums, pairs: pairs?.tables)
  }
}
