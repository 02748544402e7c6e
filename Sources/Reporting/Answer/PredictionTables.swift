import Results

/// What the predictions gained by who wrote it, as report and page show it.
struct PredictionTables {
  private let written: WrittenPredictions

  /// Rows of a table; the rest is told together.
  private static let most = 8

  /// nil where nobody asked, or nothing was judged.
  init?(_ analysis: Analysis) {
    guard let written = analysis.writtenPredictions, written.tokens > 0 else { return nil }
    self.written = written
  }

  /// What the tables hold.
  var reading: Phrase {
    let left: Phrase =
      written.leftOut == 0 ? "" : " \(Numbers.count(written.leftOut, "token")) that only one model has are left out."
    return """
      Means over \(Numbers.count(written.tokens, "token")) that are judged: a writer's part of KL(p‖p′) + KL(p′‖p), and of what log p of the token \
      that follows gains. Both sum to their whole; a negative part works against it.\(left)
      """
  }

  /// A row a writer, the largest parts of the gain first.
  var writers: Table {
    let whole = Set(written.nats.keys).union(written.gain.keys)
    // Heads of an attention are told as the attention.
    let groups = Dictionary(grouping: whole, by: \.whole)
    let parts = groups.map { writer, own in
      (writer: writer, nats: own.sum { written.nats[$0] ?? 0 }, gain: own.sum { written.gain[$0] ?? 0 })
    }.sorted { (abs($0.gain), $1.writer) > (abs($1.gain), $0.writer) }
    let rest = parts.dropFirst(Self.most)
    let rows =
      parts.prefix(Self.most).map { Self.row("\($0.writer.title)", [$0.nats, $0.gain]) }
      + (rest.isEmpty
        ? [] : [Self.row("\(Numbers.count(rest.count)) others", [rest.sum(\.nats), rest.sum(\.gain)])])
      + [Self.row("all", [parts.sum(\.nats), parts.sum(\.gain)])]
    return Table(header: ["writer", "nats", "gain"], rows: rows)
  }

  /// A row an attention that wrote much, by what changed in it; nil where none wrote anything.
  var attentions: Table? {
    let ranked = written.attention.filter { $0.value.whole != 0 }.sorted {
      (abs($0.value.whole), $1.key) > (abs($1.value.whole), $0.key)
    }
    guard !ranked.isEmpty else { return nil }
    let rest = ranked.dropFirst(Self.most)
    func sums(_ own: [(key: Writer, value: WrittenPredictions.AttentionGain)]) -> [Double] {
      let parts = parts.map { part in own.sum { $0.value[part] } }
      return parts + [parts.reduce(0, +)]
    }
    let rows =
      ranked.prefix(Self.most).map { Self.row("\($0.key.title)", sums([$0])) }
      + (rest.isEmpty ? [] : [Self.row("\(Numbers.count(rest.count)) others", sums(Array(rest)))])
      + [Self.row("all attentions", sums(ranked))]
    return Table(header: ["gain written by"] + parts.map(Self.title) + ["all"], rows: rows)
  }

  /// "Attentions wrote +0.21 of it: +0.05 because attention moved, +0.14 because values changed, …; MLPs wrote +0.30."; empty where no attention
  /// wrote anything.
  var sentence: Phrase {
    guard written.attention.values.contains(where: { $0.parts.contains { $0.gain != 0 } }) else { return "" }
    let ordered = written.attention.sorted { $0.key < $1.key }
    let words = parts.map { part in
      "\(.strong("\(Numbers.signed(ordered.sum { $0.value[part] }))")) \(Self.reason(part))" as Phrase
    }
    let gains = written.gain.filter { $0.key.layer != nil }.sorted { $0.key < $1.key }
    let layered = Dictionary(grouping: gains, by: \.key.part)
    func others(_ part: Writer.Part, _ name: String) -> Phrase {
      layered[part].map { "; \(name) wrote \(Numbers.signed($0.sum(\.value)))" } ?? ""
    }
    let all = layered[.attention]?.sum(\.value) ?? 0
    return
      "Attentions wrote \(Numbers.signed(all)) of it: \(.list(words))\(others(.recurrence, "recurrences"))\(others(.mlp, "MLPs"))\(others(.input, "inputs to layers"))\(others(.scale, "changed factors on the stream"))."
  }

  /// What any attention's gain is made of.
  private var parts: [WrittenPredictions.AttentionGain.Part] {
    let known = Set(written.attention.values.flatMap { $0.parts.map(\.part) })
    return .init(WrittenPredictions.AttentionGain.Part.allCases.filter(known.contains))
  }

  private static func row(_ name: Phrase, _ numbers: [Double]) -> [Phrase] {
    [name] + numbers.map { "\(Numbers.signed($0))" }
  }

  private static func title(_ part: WrittenPredictions.AttentionGain.Part) -> Phrase {
    switch part {
    case .pattern: "attention moved"
    case .value: "values changed"
    case .both: "both"
    case .output: "output projection"
    case .norm: "output norm"
    case .gate: "output gate"
    }
  }

  private static func reason(_ part: WrittenPredictions.AttentionGain.Part) -> Phrase {
    switch part {
    case .pattern: "because attention moved"
    case .value: "because values changed"
    case .both: "by both at once"
    case .output: "by their own output projections"
    case .norm: "by their output norms"
    case .gate: "by their output gates"
    }
  }
}

extension WrittenPredictions.AttentionGain {
  /// What the attention wrote, all parts together.
  fileprivate var whole: Double { parts.reduce(0) { $0 + $1.gain } }
}

extension Sequence {
  /// The sum of a number of each.
  func sum(_ value: (Element) -> Double) -> Double { reduce(0) { $0 + value($1) } }
}
