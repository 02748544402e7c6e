import Results

extension Analysis {
  /// The same with writers, roles and what predictions gain by who wrote it.
  ///
  /// A head h of layer l inherits from the MLP of each earlier layer u the nats (u + 1)(h + 1)/1000, of which dKᵀQ has three quarters, and from
  /// its attention a fifth of that against the change; the stream's changed length takes off 1/1000. Heads take part in what their
  /// attention wrote by their number.
  public func withWriters(byHead: Bool = false) -> Analysis {
    var analysis = self
    analysis.writers = summary.map { RegionPair(query: $0.query, key: $0.key) }.unique.flatMap { pair in
      [(Term.dKtQ, 0.75), (.KtdQ, 0.25)].flatMap { term, part in
        [Place](layers: base.layers, heads: base.heads).map { place in
          written(place, pair, term, part, byHead)
        }
      }
    }
    analysis.writtenPredictions = predictions(byHead)
    analysis[rows: HeadRoles.self] = roles
    return analysis
  }

  private func written(_ place: Place, _ pair: RegionPair, _ term: Term, _ part: Double, _ byHead: Bool) -> WriterNats {
    var row = WriterNats(
      at: Place(layer: place.layer, head: place.head, .term(term, query: pair.query, key: pair.key)), count: 60)
    // A mean over heads, and over layers those that can inherit.
    let size = part * (place.head.map { Double($0 + 1) } ?? Double(base.heads + 1) / 2) / 1000
    row.nats = [Writer(.embed): 0, Writer(.gain): 0, Writer(.scale): place.layer == 0 ? 0 : -part / 1000]
    for layer in 0..<(place.layer ?? base.layers - 1) {
      let nats = size * Double(layer + 1)
      row.nats[Writer(layer: layer, .mlp)] = nats
      row.nats[Writer(layer: layer, .attention)] = byHead ? 0 : -nats / 5
      guard byHead else { continue }
      let whole = Double(base.heads * (base.heads + 1) / 2)
      for head in 0..<base.heads {
        row.nats[Writer(layer: layer, head: head)] = -nats / 5 * Double(head + 1) / whole
      }
    }
    return row
  }

  private func predictions(_ byHead: Bool) -> WrittenPredictions {
    var nats: [Writer: Double] = [Writer(.embed): 0, Writer(.scale): -0.0625, Writer(.gain): 0, Writer(.head): 0]
    var attention: [Writer: WrittenPredictions.AttentionGain] = [:]
    for layer in 0..<base.layers {
      let size = Double(layer + 1) / 16
      nats[Writer(layer: layer, .mlp)] = size
      if byHead {
        for head in 0..<base.heads { nats[Writer(layer: layer, head: head)] = size / 2 / Double(base.heads) }
      } else {
        nats[Writer(layer: layer, .attention)] = size / 2
      }
      var gain = WrittenPredictions.AttentionGain()
      (gain.pattern, gain.value, gain.both, gain.output) = (size / 4, size / 8, -size / 8, size / 4)
      attention[Writer(layer: layer, .attention)] = gain
    }
    return WrittenPredictions(tokens: 34, nats: nats.mapValues { 2 * $0 }, gain: nats, attention: attention)
  }

  /// Head 0 looks at the first token, head 1 at the token before and once adapted behind equal ones, head 2 behind equal ones in both; the
  /// others have no role.
  private var roles: [HeadRoles] {
    (0..<base.layers).flatMap { layer in
      (0..<base.heads).flatMap { head in
        regions.map { region in
          var row = HeadRoles(at: Place(layer: layer, head: head, .query(region)), count: 60)
          row[.first].base = head == 0 ? 0.75 : 0.125
          row[.previous].base = head == 1 ? 0.5 : 0
          row[.induction].base = head == 2 ? 0.5 : 0
          row.attention = row.attention.map { both in
            var both = both
            both.adapted = both.base
            return both
          }
          if head == 1 { (row[.previous].adapted, row[.induction].adapted) = (0.25, 0.5) }
          return row
        }
      }
    }
  }
}

extension [Place] {
  /// All of it, then layers, each with its heads.
  fileprivate init(layers: Int, heads: Int) {
    self =
      [Place()]
      + (0..<layers).flatMap { layer in
        [Place(layer: layer)] + (0..<heads).map { Place(layer: layer, head: $0) }
      }
  }
}

extension Array where Element: Hashable {
  /// Each once, in order.
  fileprivate var unique: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
