import Results

/// What one pair of regions shows, in numbers: the facts that the answer puts into words.
struct Findings {
  let pair: RegionPair
  /// The row over all layers and heads.
  let pooled: PooledBlock
  /// What its changes are measured in.
  let yardstick: Yardstick
  /// How the change over all layers and heads splits.
  let whole: TermSplit
  /// By layer.
  let layers: [Part]
  /// By layer and head, largest part first.
  let heads: [Part]
  /// The rows of what else the analysis holds.
  let rows: PairRows
  /// How much attention moved, over all layers and heads.
  let mass: AttentionMass?
  /// What it felt, in nats, likewise.
  let felt: AttentionDivergence?
  /// What the terms are made of, likewise.
  let sources: TermSources?

  /// A layer or a head and which part of the pair's change is in it, from 0 to 1.
  struct Part {
    var block: PooledBlock
    var part: Double
    var split: TermSplit
    /// What attention felt there, in nats; nil where the analysis does not say.
    var felt: AttentionDivergence?
    /// How much attention moved there; nil likewise.
    var mass: AttentionMass?
    /// "L3", "L3H7".
    var name: String { "L\(block.layer ?? 0)" + (block.head.map { "H\($0)" } ?? "") }
  }

  /// The pairs that a report tells, the most telling first. O(rows of the analysis).
  static func all(_ analysis: Analysis) -> [Findings] {
    let pairs = RegionPair.told(analysis)
    let rows = PairRows.all(analysis, of: Set(pairs))
    return pairs.compactMap { pair in rows[pair].flatMap { Findings(pair, $0) } }
  }

  private init?(_ pair: RegionPair, _ rows: PairRows) {
    let own = rows.summary.filter { $0.head == nil }
    guard let pooled = own.first(where: { $0.layer == nil }) else { return nil }
    let parts = ChangeParts(rows, pooled)
    self.pair = pair
    self.rows = rows
    self.pooled = pooled
    yardstick = parts.yardstick
    whole = parts.whole.split
    layers = own.filter { $0.layer != nil }.map(parts.part)
    heads = rows.blocks.map { parts.part(PooledBlock($0)) }.sorted {
      ($0.part, $1.block.layer ?? 0, $1.block.head ?? 0) > ($1.part, $0.block.layer ?? 0, $0.block.head ?? 0)
    }
    mass = rows.mass.first { $0.layer == nil && $0.head == nil }
    felt = parts.whole.felt
    sources = rows.sources.first { $0.layer == nil }
  }

  /// Whether any score changes.
  var isChanged: Bool { pooled.raw.delta.rms > 0 }
  /// What attention felt at all its queries together, in nats, then Σ Δ² of what can move it: by these pairs of regions are ranked.
  var weight: (nats: Double, energy: Double) { ((felt?.divergence ?? 0) * Double(felt?.count ?? 0), pooled.energy) }

  /// Terms that the mask or the adapter's targets keep at zero.
  var structural: [Term] { Term.allCases.filter { pooled.raw[$0].zero == .structural } }
  /// Terms that should be zero and are not.
  var leaks: [Term] { Term.allCases.filter { pooled.raw[$0].zero == .leak } }

  /// The fewest layers that together hold half of the change, in order; nil where it is spread over more than a few.
  var carriers: (layers: [Int], part: Double)? {
    var (chosen, sum) = ([Int](), 0.0)
    for layer in layers.sorted(by: { ($0.part, $1.block.layer ?? 0) > ($1.part, $0.block.layer ?? 0) }) {
      guard sum < 0.5 else { break }
      chosen.append(layer.block.layer ?? 0)
      sum += layer.part
    }
    return chosen.count <= max(1, min(6, layers.count / 2)) ? (chosen.sorted(), sum) : nil
  }

  /// Layers by what they say, with the part of the change that is in them, the largest first.
  var verdicts: [(verdict: Dominance, layers: [Int], part: Double)] {
    let verdicts: [Dominance] = Term.allCases.map { .term($0) } + [.mixed, .unchanged]
    return verdicts.map { verdict in
      let own = layers.filter { $0.split.dominantTerm == verdict }
      return (verdict, own.map { $0.block.layer ?? 0 }, own.reduce(0) { $0 + $1.part })
    }.filter { !$0.layers.isEmpty }.sorted { $0.part > $1.part }
  }

  /// Layers in which a term has the largest share and the intervals of the first two still overlap.
  var undecided: [Int] {
    layers.filter { !$0.split.isDecided }.map { $0.block.layer ?? 0 }
  }

  /// The term that leads.
  var leader: Dominance { whole.dominantTerm }
}

extension [Findings] {
  /// More pairs of regions than this nobody looks at in a figure or a table.
  static var mostShown: Int { 6 }

  /// Their places, those with most of the change first.
  var byWeight: [Int] {
    let weights = map(\.weight)
    return indices.sorted { (weights[$0].nats, weights[$0].energy, $1) > (weights[$1].nats, weights[$1].energy, $0) }
  }

  /// Pairs that are put in words at once; more are told in a table.
  static var mostSpoken: Int { 3 }

  /// Those that are put in words: all, of many the ones with most of the change, the largest first.
  var spoken: [Findings] { count > Self.mostSpoken ? byWeight.prefix(Self.mostSpoken).map { self[$0] } : self }

  /// Those that are not.
  var others: [Findings] {
    let spoken = Set(spoken.map(\.pair))
    return filter { !spoken.contains($0.pair) }
  }

  /// Those with tables of their own in a text: the ones in words that change. A page has room for more.
  var detailed: [Findings] { spoken.filter(\.isChanged) }

  /// Those that change, of many the ones with most of the change, in their order.
  var shown: [Findings] {
    let largest = byWeight.filter { self[$0].isChanged }.prefix(Self.mostShown)
    return largest.sorted().map { self[$0] }
  }
}

extension PooledBlock {
  /// Σ Δ² by the split that a pair of regions with this pooled row is told by.
  var energy: Double { (isCentered ? centered : raw).energy(pairs) }
}

extension Decomposition {
  /// Σ Δ² over so many pairs.
  func energy(_ pairs: Int) -> Double { delta.rms * delta.rms * Double(pairs) }
}
