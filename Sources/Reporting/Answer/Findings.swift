import Results

/// What one pair of regions shows, in numbers: the facts that the answer puts into words.
struct Findings {
  let pair: RegionPair
  /// The row over all layers and heads.
  let pooled: PooledBlock
  /// Whether the pair is told by centred shares: wherever anything of them is left and the mask leaves more than one term.
  let isCentered: Bool
  /// By layer.
  let layers: [Part]
  /// By layer and head, largest part first.
  let heads: [Part]
  /// The rows of what else the analysis holds.
  let rows: PairRows
  /// How much attention moved, over all layers and heads.
  let mass: AttentionMass?
  /// What the terms are made of, likewise.
  let sources: TermSources?

  /// A layer or a head and which part of the pair's change is in it, from 0 to 1.
  struct Part {
    var block: PooledBlock
    var part: Double
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
    self.pair = pair
    self.rows = rows
    self.pooled = pooled
    isCentered = pooled.isCentered
    layers = Self.parts(own.filter { $0.layer != nil }, of: pooled, isCentered)
    heads = Self.parts(rows.blocks.map(PooledBlock.init), of: pooled, isCentered).sorted {
      ($0.part, $1.block.layer ?? 0, $1.block.head ?? 0) > ($1.part, $0.block.layer ?? 0, $0.block.head ?? 0)
    }
    mass = rows.mass.first { $0.layer == nil && $0.head == nil }
    sources = rows.sources.first { $0.layer == nil }
  }

  private static func parts(_ blocks: [PooledBlock], of whole: PooledBlock, _ isCentered: Bool) -> [Part] {
    func energy(_ block: PooledBlock) -> Double { (isCentered ? block.centered : block.raw).energy(block.pairs) }
    let total = energy(whole)
    return blocks.map { Part(block: $0, part: total > 0 ? energy($0) / total : 0) }
  }

  /// Whether any score changes.
  var isChanged: Bool { pooled.raw.delta.rms > 0 }
  /// Σ Δ² of what can move attention.
  var energy: Double { pooled.energy }

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
      let own = layers.filter { split(of: $0.block).dominantTerm == verdict }
      return (verdict, own.map { $0.block.layer ?? 0 }, own.reduce(0) { $0 + $1.part })
    }.filter { !$0.layers.isEmpty }.sorted { $0.part > $1.part }
  }

  /// Layers in which a term has the largest share and the intervals of the first two still overlap.
  var undecided: [Int] {
    layers.filter { !split(of: $0.block).isDecided }.map { $0.block.layer ?? 0 }
  }

  /// The split that the pair is told by, for any of its rows.
  func split(of block: PooledBlock) -> Decomposition { isCentered ? block.centered : block.raw }
}

extension [Findings] {
  /// More pairs of regions than this nobody looks at in a figure or a table.
  static var mostShown: Int { 6 }

  /// Their places, those with most of the change first.
  var byEnergy: [Int] {
    indices.sorted { (self[$0].energy, $1) > (self[$1].energy, $0) }
  }

  /// Those that change, of many the ones with most of the change, in their order.
  var shown: [Findings] {
    let largest = byEnergy.filter { self[$0].isChanged }.prefix(Self.mostShown)
    return largest.sorted().map { self[$0] }
  }
}

extension PooledBlock {
  /// Whether a pair of regions with this pooled row is told by centred shares: wherever anything of them is left and the mask leaves
  /// more than one term.
  var isCentered: Bool { hasCentered && Term.allCases.count { raw[$0].zero == .structural } < 2 }
  /// Σ Δ² by the split that a pair of regions with this pooled row is told by.
  var energy: Double { (isCentered ? centered : raw).energy(pairs) }
  /// Whether anything is left of the change once each row's mean is taken off.
  var hasCentered: Bool { centered.delta.rms > 0 }
}

extension Decomposition {
  /// Σ Δ² over so many pairs.
  func energy(_ pairs: Int) -> Double { delta.rms * delta.rms * Double(pairs) }

  /// The terms, the largest share first.
  var ranked: [Term] { Term.allCases.sorted { self[$0].share > self[$1].share } }

  /// Whether the first term's interval lies above the second's; true where there are none.
  var isDecided: Bool {
    guard case .term(let first) = dominantTerm, let own = self[first].shareInterval,
      let next = self[ranked[1]].shareInterval
    else { return true }
    return own.lowerBound > next.upperBound
  }

  /// By how much the terms' sizes exceed what is left of them: 1 where none works against the change.
  var cancellation: Double { Term.allCases.reduce(0) { $0 + abs(self[$1].share) } }
}
