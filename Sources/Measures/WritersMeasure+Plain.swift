import Architectures
import Checkpoints
import ReferenceForward
import Results

extension ReferenceWriters: PlainMeasure {
  var detail: ReferenceDetail { .all }

  mutating func add(_ prompt: PlainPrompt) throws(CheckpointError) {
    try add(
      base: prompt.base, adapted: prompt.adapted, model: prompt.model, tokens: prompt.tokens, regions: prompt.regions,
      judged: prompt.judged)
  }

  func rows(in regions: [String]) -> [WriterNats] {
    rows.compactMap { key, found in
      guard let other = key.block.key.map({ regions[$0] }) else { return nil }
      let query = regions[key.block.query]
      var row = WriterNats(
        at: Place(
          layer: key.block.layer, head: key.block.head,
          .term(key.isOfKeys ? .dKtQ : .KtdQ, query: query, key: other)), count: found.queries)
      row.nats = found.nats.byWriter
      return row
    }
  }

  func compare(_ analysis: Analysis, regions: [String], _ ledger: inout DisagreementLedger) {
    compareRows(analysis, regions: regions, &ledger)
    guard let own = analysis.writtenPredictions else { return }
    let count = Double(max(predictions.tokens, 1))
    ledger.add("writers.tokens", Double(own.tokens), Double(predictions.tokens), floor: 1, "predictions")
    ledger.add("writers.leftOut", Double(own.leftOut), Double(predictions.leftOut), floor: 1, "predictions")
    for (name, found, expected) in [("nats", own.nats, predictions.nats), ("gain", own.gain, predictions.gain)] {
      let means = expected.byWriter.mapValues { $0 / count }
      let largest = means.values.map(abs).max() ?? 0
      for writer in Set(found.keys).union(means.keys).sorted() {
        ledger.add(
          "writers.predictions.\(name)", found[writer] ?? 0, means[writer] ?? 0, floor: largest,
          "\(writer.name) in predictions")
      }
    }
    let largest = predictions.attention.values.joined().map { abs($0) / count }.max() ?? 0
    for (writer, parts) in own.attention {
      let expected = predictions.attention[writer.layer ?? 0] ?? []
      for part in parts.parts {
        let place = WrittenPredictions.AttentionGain.Part.allCases.firstIndex(of: part.part) ?? expected.count
        let mean = expected.indices.contains(place) ? expected[place] / count : 0
        ledger.add(
          "writers.predictions.attention", part.gain, mean, floor: largest,
          "\(writer.name), \(part.part), in predictions")
      }
    }
  }
}

extension [ReferenceWriter: Double] {
  fileprivate var byWriter: [Writer: Double] {
    reduce(into: [:]) { $0[Writer($1.key)] = $1.value }
  }
}

extension Writer {
  /// The same writer as plain runs name it.
  fileprivate init(_ writer: ReferenceWriter) {
    switch writer {
    case .scale: self.init(layer: nil, .scale)
    case .gain: self.init(layer: nil, .gain)
    case .head: self.init(layer: nil, .head)
    case .part(let part): self.init(part)
    }
  }
}
