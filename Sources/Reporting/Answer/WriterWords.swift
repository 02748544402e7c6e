import Results

/// Puts into words who wrote what the terms inherit, and what the predictions gain.
struct WriterWords {
  private let pooled: [RegionPair: [WriterNats]]
  private let predictions: WrittenPredictions?

  /// More of them nobody remembers.
  private static let most = 3

  init(_ analysis: Analysis) {
    let rows = (analysis.writers ?? []).filter { $0.place.layer == nil && $0.place.head == nil }
    pooled = Dictionary(grouping: rows) { $0.place.pair ?? RegionPair(query: "", key: "") }
    predictions = analysis.writtenPredictions
  }

  /// "What keys and queries inherit was written mostly by L3.mlp (31 % of what attention felt), L5.attention (12 %) and L2.mlp (−4 %)."; empty
  /// where nothing is known of it, or nothing is inherited.
  func reads(_ findings: Findings) -> Phrase {
    guard let rows = pooled[findings.pair], let felt = findings.felt, felt.divergence > 0 else { return "" }
    var nats: [Writer: Double] = [:]
    for row in rows { for (writer, value) in row.nats { nats[writer, default: 0] += value } }
    let parts = Self.largest(nats) { share, isFirst in
      "\(Numbers.percent(share / felt.divergence))\(isFirst ? " of \(findings.yardstick.whole)" : "")"
    }
    return parts.isEmpty ? "" : "What keys and queries inherit was written mostly by \(.list(parts))."
  }

  /// "Of the gain of 0.253 nats a token most was written by L1.mlp (+0.243), …"; empty where nothing is known of it.
  var gain: Phrase {
    guard let predictions, predictions.tokens > 0 else { return "" }
    let whole = predictions.gain.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value }
    let parts = Self.largest(predictions.gain) { value, _ in Phrase(stringLiteral: Numbers.signed(value)) }
    guard !parts.isEmpty else { return "" }
    return """
      By who wrote it, the largest parts of the gain of \(Numbers.signed(whole)) nats a token are \(.list(parts)); parts are signed and sum \
      to it.
      """
  }

  /// The writers with the largest numbers, largest first.
  private static func largest(_ nats: [Writer: Double], _ text: (Double, Bool) -> Phrase) -> [Phrase] {
    let ranked = nats.filter { $0.value != 0 }.sorted { (abs($0.value), $1.key) > (abs($1.value), $0.key) }
    return ranked.prefix(most).enumerated().map { place, entry in
      "\(.strong(Phrase(stringLiteral: entry.key.title))) (\(text(entry.value, place == 0)))"
    }
  }
}

extension Writer {
  /// As prose names it.
  var title: String {
    switch part {
    case .embed: "the embedding"
    case .scale: layer == nil ? "the stream's changed length" : name
    case .gain: "the reader's norm"
    case .head: "the output head"
    case .attention, .recurrence, .mlp, .input: name
    }
  }
}
