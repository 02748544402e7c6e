import PairedForward
import Results

/// Everything that an analysis looks at, for every run. A part that was not asked for is nil and costs nothing.
struct AnalysisProbe: Probe {
  /// Where terms are taken; the split of attention mass is the same from everywhere.
  let reference: ReferencePoint
  /// How many runs every part looks at; those behind them are random changes, of which only blocks, stream and mass are kept.
  let subjects: Int
  var blocks: BlockProbe
  var stream: StreamProbe
  var loss: LossProbe?
  var sources: SourceProbe?
  var mass: MassProbe?
  var values: ValuesProbe?
  var products: ProductProbe?
  var pairs: PairProbe?

  struct Partial: Sendable {
    var blocks: BlockProbe.Partial
    var stream: StreamProbe.Partial
    var loss = LossProbe.Partial()
    var sources: SourceProbe.Partial
    var mass: MassProbe.Partial
    var values: ValuesProbe.Partial
    var products: ProductProbe.Partial = []
    var pairs: PairProbe.Partial
  }

  var needs: ProbeNeeds {
    let optional = [loss?.needs, sources?.needs, mass?.needs, values?.needs, products?.needs, pairs?.needs]
    return optional.compactMap(\.self).reduce(blocks.needs.union(stream.needs)) { $0.union($1) }
  }

  func begin(_ task: ProbeTask) -> Partial {
    Partial(
      blocks: blocks.begin(task), stream: stream.begin(task), sources: sources?.begin(task) ?? nil,
      mass: mass?.begin(task) ?? nil, values: values?.begin(task) ?? nil, pairs: pairs?.begin(task) ?? nil)
  }

  func see(_ stream: StreamRows, _ partial: inout Partial) { self.stream.see(stream, &partial.stream) }

  func see(_ pattern: PatternTile, _ partial: inout Partial) { mass?.see(pattern, &partial.mass) }

  func see(_ tile: ScoreTile, _ partial: inout Partial) {
    mass?.see(tile, &partial.mass)
    tile.withTerms(at: Float(reference.weight)) { tile in
      blocks.see(tile, &partial.blocks)
      guard tile.run < subjects else { return }
      sources?.see(tile, &partial.sources)
      values?.see(tile, &partial.values)
      pairs?.see(tile, &partial.pairs)
    }
  }

  func see(_ products: ProductRows, _ partial: inout Partial) { self.products?.see(products, &partial.products) }

  func see(_ logits: LogitRows, _ partial: inout Partial) { loss?.see(logits, &partial.loss) }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    loss?.fold(partials.map { ($0.task, $0.partial.loss) }, layer: layer)
    blocks.fold(partials.map { ($0.task, $0.partial.blocks) }, layer: layer)
    stream.fold(partials.map { ($0.task, $0.partial.stream) }, layer: layer)
    sources?.fold(partials.map { ($0.task, $0.partial.sources) }, layer: layer)
    mass?.fold(partials.map { ($0.task, $0.partial.mass) }, layer: layer)
    values?.fold(partials.map { ($0.task, $0.partial.values) }, layer: layer)
    products?.fold(partials.map { ($0.task, $0.partial.products) }, layer: layer)
    pairs?.fold(partials.map { ($0.task, $0.partial.pairs) }, layer: layer)
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    loss?.fold(partials.map { ($0.task, $0.partial.loss) }, vocabulary: vocabulary)
  }

  /// What was gathered.
  var sums: AnalysisSums {
    AnalysisSums(
      blocks: blocks.tables, closures: blocks.closures, stream: stream.tables, loss: loss?.tables,
      sources: sources?.tables, mass: mass?.tables, moved: mass?.moved, values: values?.tables,
      products: products?.tables,
      pairs: pairs?.tables)
  }
}
