import Attribution
import Results

/// Everything that an analysis sums up, over some of the batches; each list by run, adapters before random changes.
package struct AnalysisSums: Sums {
  package var blocks: [BlockTable]
  package var closures: [Closure]
  package var stream: [StreamTable]
  package var loss: [LossTable]?
  package var measures: MeasuredSums
  package var pairs: [PairTable]?

  package mutating func merge(_ later: AnalysisSums) {
    blocks.merge(later.blocks)
    closures.merge(later.closures)
    stream.merge(later.stream)
    loss.merge(later.loss)
    measures.merge(later.measures)
    pairs.merge(later.pairs)
  }

  package mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try blocks.code(&coder)
    try closures.code(&coder)
    try stream.code(&coder)
    try loss.code(&coder)
    try measures.code(&coder)
    try pairs.code(&coder)
  }
}

extension AnalysisSums {
  /// Sums over no prompt.
  /// - Parameter regions: By adapter, the names of the regions.
  package init(_ shape: AnalysisShape, regions: [[String]]) {
    let layers = shape.layers.count
    let all = regions + regions.flatMap { Array(repeating: $0, count: shape.nulls) }
    blocks = all.enumerated().map { run, names in
      BlockTable(regions: names, layers: layers, heads: shape.mostHeads, keepsPrompts: run < regions.count)
    }
    closures = all.map { _ in Closure(maximum: 0, rows: 0) }
    stream = all.map { StreamTable(regions: $0, layers: layers) }
    if shape.computesLoss { loss = regions.map(LossTable.init) }
    measures = MeasuredSums(shape, regions: all, subjects: regions.count)
    if shape.pairs > 0 {
      pairs = regions.map { PairTable(regions: $0, heads: shape.layers.map(\.heads), limit: shape.pairs) }
    }
  }
}
