import Results
import Statistics

/// Gathers the blocks of all layers, heads and prompts and turns them into rows.
///
/// Sums are folded prompt by prompt in the order of the calls; the table keeps totals by layer and head, and by layer and
/// prompt what intervals need.
public struct BlockTable: Sums {
  private let regions: [String]
  private let layers: Int
  private let heads: Int
  /// By layer, head and block.
  private var totals: [BlockSums]
  /// By layer and block: pairs of one head.
  private var pairs: [Int]
  /// By layer, block and term: whether mask, targets and attention allow the term anything but zero.
  private var isPossible: [Bool]
  /// By layer and block, one entry a prompt, also for prompts without pairs there; nil where nobody draws from them.
  private var energies: [PromptSums<Energies>]?

  /// Σ TΔ and Σ Δ² of a prompt, over heads.
  private struct Energies: AdditiveSums {
    var raw = SIMD4<Double>()
    var centered = SIMD4<Double>()

    mutating func add(_ sums: BlockSums) {
      raw += sums.raw.shared
      centered += sums.centered.shared
    }

    static func += (left: inout Energies, right: Energies) {
      left.raw += right.raw
      left.centered += right.centered
    }

    mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
      try coder.code(&raw)
      try coder.code(&centered)
    }
  }

  private var blocks: Int { regions.count * regions.count }

  /// An empty table.
  /// - Parameter keepsPrompts: Whether pooled rows get intervals.
  public init(regions: [String], layers: Int, heads: Int, keepsPrompts: Bool = true) {
    self.regions = regions
    self.layers = layers
    self.heads = heads
    let blocks = regions.count * regions.count
    totals = Array(repeating: BlockSums(), count: layers * heads * blocks)
    pairs = Array(repeating: 0, count: layers * blocks)
    isPossible = Array(repeating: false, count: layers * blocks * Term.allCases.count)
    energies = keepsPrompts ? Array(repeating: PromptSums(), count: layers * blocks) : nil
  }

  /// Adds one prompt in one layer.
  /// - Parameters:
  ///   - sums: By head, then by block.
  ///   - pairs: By block, of one head.
  ///   - isPossible: By ``Term``'s raw value, then by block, what structure allows.
  public mutating func add(layer: Int, sums: [[BlockSums]], pairs: [Int], isPossible: [[Bool]]) {
    for block in 0..<blocks {
      let place = layer * blocks + block
      self.pairs[place] += pairs[block]
      var energies = Energies()
      for (head, sums) in sums.enumerated() {
        totals[(layer * heads + head) * blocks + block] += sums[block]
        energies.add(sums[block])
      }
      self.energies?[place].append(energies)
      for term in Term.allCases where isPossible[term.rawValue][block] {
        self.isPossible[place * Term.allCases.count + term.rawValue] = true
      }
    }
  }

  /// Adds the table of later prompts.
  public mutating func merge(_ later: BlockTable) {
    totals.merge(later.totals)
    for place in pairs.indices { pairs[place] += later.pairs[place] }
    for place in isPossible.indices where later.isPossible[place] { isPossible[place] = true }
    energies.merge(later.energies)
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try totals.code(&coder)
    for place in pairs.indices { try coder.code(&pairs[place]) }
    for place in isPossible.indices { try coder.code(&isPossible[place]) }
    try energies.code(&coder)
  }

  /// A row for every layer, head and block with pairs.
  public func blockRows() -> [Block] {
    var rows: [Block] = []
    for layer in 0..<layers {
      for head in 0..<heads {
        for block in 0..<blocks {
          let sums = totals[(layer * heads + head) * blocks + block]
          let count = pairs[layer * blocks + block]
          guard count > 0 else { continue }
          let (raw, centered) = statistics(of: sums, layers: layer..<layer + 1, block: block, pairs: count)
          rows.append(
            Block(
              layer: layer, head: head, query: query(of: block), key: key(of: block), pairs: count, raw: raw,
              centered: centered))
        }
      }
    }
    return rows
  }

  /// Rows pooled over everything, then over the heads of each layer, each with its interval.
  public func summaryRows() -> [PooledBlock] {
    let pools: [Int?] = [nil] + (0..<layers).map { $0 }
    return pools.flatMap { layer in
      (0..<blocks).compactMap { pooledRow(layer: layer, block: $0) }
    }
  }

  /// What each prompt contributes to the row of a block that is pooled over heads, and over layers unless one is given.
  public func energies(
    layer: Int?, block: Int
  ) -> (raw: PromptContribution.Energies, centered: PromptContribution.Energies) {
    let prompts = promptEnergies(layer.map { $0..<$0 + 1 } ?? 0..<layers, block: block)
    func energies(_ part: (Energies) -> SIMD4<Double>) -> PromptContribution.Energies {
      PromptContribution.Energies(
        delta: prompts.map { part($0)[.delta] },
        terms: Term.allCases.map { term in prompts.map { part($0)[.term(term)] } })
    }
    return (energies(\.raw), energies(\.centered))
  }

  /// By prompt, over some layers.
  private func promptEnergies(_ range: Range<Int>, block: Int) -> [Energies] {
    var prompts: [Energies] = []
    for layer in range {
      let own = energies?[layer * blocks + block].all ?? []
      if prompts.isEmpty { prompts = own } else { for (index, energy) in own.enumerated() { prompts[index] += energy } }
    }
    return prompts
  }

  private func pooledRow(layer: Int?, block: Int) -> PooledBlock? {
    let range = layer.map { $0..<$0 + 1 } ?? 0..<layers
    var sums = BlockSums()
    var count = 0
    for layer in range {
      for head in 0..<heads { sums += totals[(layer * heads + head) * blocks + block] }
      count += pairs[layer * blocks + block] * heads
    }
    let prompts = promptEnergies(range, block: block)
    guard count > 0 else { return nil }
    var (raw, centered) = statistics(of: sums, layers: range, block: block, pairs: count)
    for term in Term.allCases {
      raw.terms[term.rawValue].shareInterval = RatioEstimate.interval(
        prompts.map { ($0.raw[.term(term)], $0.raw[.delta]) })
      centered.terms[term.rawValue].shareInterval = RatioEstimate.interval(
        prompts.map { ($0.centered[.term(term)], $0.centered[.delta]) })
    }
    return PooledBlock(
      layer: layer, head: nil, query: query(of: block), key: key(of: block), pairs: count, raw: raw,
      centered: centered)
  }

  private func query(of block: Int) -> String { regions[block / regions.count] }
  private func key(of block: Int) -> String { regions[block % regions.count] }

  /// The statistics of sums over some layers, with the causes of zeros.
  private func statistics(
    of sums: BlockSums, layers: Range<Int>, block: Int, pairs: Int
  ) -> (raw: Decomposition, centered: Decomposition) {
    var raw = sums.raw.decomposition(pairs: pairs)
    for term in Term.allCases.map(\.rawValue) {
      let isAllowed = layers.contains { isPossible[($0 * blocks + block) * Term.allCases.count + term] }
      let isZero = raw.terms[term].magnitude.maxAbs == 0
      raw.terms[term].zero = isZero ? (isAllowed ? .measured : .structural) : (isAllowed ? nil : .leak)
    }
    return (raw, sums.centered.decomposition(pairs: pairs))
  }
}
