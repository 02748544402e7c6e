import Attribution
import ReferenceForward
import Results

/// Who wrote what the terms inherit, and what predictions gain.
enum WritersMeasure: Measure {
  static func empty(_ shape: AnalysisShape, regions: [[String]]) -> WriterTables {
    var (before, layers) = (1, [WriterTable.Layer]())
    for (index, layer) in shape.layers.enumerated() {
      layers.append(WriterTable.Layer(heads: layer.heads, writers: before, hasNorm: layer.hasInputNorm))
      before += shape.writers(of: index).count
    }
    return WriterTables(
      reads: regions.map { WriterTable(regions: $0, layers: layers, writers: shape.writers) },
      predictions: shape.computesLoss ? regions.map { _ in WrittenPredictionSums() } : nil, writers: shape.writers,
      attentions: shape.layers.map { $0.projections.isEmpty ? ($0.hasOutputNorm, $0.hasOutputGates) : nil },
      byHead: shape.writersByHead)
  }

  static func probe(_ setting: MeasureSetting, _ sums: WriterTables) -> WritersProbe { WritersProbe(setting, sums) }

  static func rows(_ sums: WriterTables, run: Int, regions: [String]) -> [WriterNats] { sums.reads[run].rows() }

  static func complete(_ analysis: inout Analysis, _ sums: WriterTables, run: Int) {
    analysis.writtenPredictions = sums.predictions?[run].predictions(writers: sums.writers, layers: sums.attentions)
  }

  static func plain(at weight: Double) -> ReferenceWriters { ReferenceWriters(at: weight) }

  static func plain(for analysis: Analysis) -> ReferenceWriters {
    let byHead = (analysis.writers ?? []).contains { $0.nats.keys.contains { $0.head != nil } }
    return ReferenceWriters(at: analysis.reference.weight, byHead: byHead)
  }
}

/// What is gathered of writers, by run.
struct WriterTables: Sums {
  var reads: [WriterTable]
  /// Only with losses.
  var predictions: [WrittenPredictionSums]?
  /// All writers, in their order.
  let writers: [Writer]
  /// By layer, whether a norm stands on what its attention adds, and whether gates stand before its output projection; nil without
  /// attention.
  let attentions: [(hasNorm: Bool, hasGate: Bool)?]
  /// Whether heads are writers of their own.
  let byHead: Bool

  mutating func merge(_ later: WriterTables) {
    reads.merge(later.reads)
    predictions.merge(later.predictions)
  }

  mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try reads.code(&coder)
    try predictions.code(&coder)
  }
}
