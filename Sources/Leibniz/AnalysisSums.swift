import Attribution
import Results

/// Everything that an analysis sums up, over some of the batches; each list by run, adapters before random changes.
struct AnalysisSums: Sums {
  var blocks: [BlockTable]
  var closures: [Closure]
  var stream: [StreamTable]
  var loss: [LossTable]?
  var sources: [SourceTable]?
  var mass: [RegionTable<MassSums>]?
  var moved: [MovedTable]?
  var values: [RegionTable<PartSums>]?
  var products: [ProductTable]?
  var pairs: [PairTable]?

  mutating func merge(_ later: AnalysisSums) {
    blocks.merge(later.blocks)
    closures.merge(later.closures)
    stream.merge(later.stream)
    loss.merge(later.loss)
    sources.merge(later.sources)
    mass.merge(later.mass)
    moved.merge(later.moved)
    values.merge(later.values)
    products.merge(later.products)
    pairs.merge(later.pairs)
  }

  mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try blocks.code(&coder)
    try closures.code(&coder)
    try stream.code(&coder)
    try loss.code(&coder)
    try sources.code(&coder)
    try mass.code(&coder)
    try moved.code(&coder)
    try values.code(&coder)
    try products.code(&coder)
    try pairs.code(&coder)
  }
}
