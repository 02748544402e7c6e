import Results

/// Finds what each layer and head has of a pair's change, by the yardstick that the pair is told by.
struct ChangeParts {
  let yardstick: Yardstick
  /// All of it.
  private(set) var whole: Findings.Part
  private let felt: [Index: AttentionDivergence]
  private let mass: [Index: AttentionMass]

  /// A layer and a head; nil where pooled.
  private struct Index: Hashable {
    var layer: Int?
    var head: Int?
  }

  init(_ rows: PairRows, _ pooled: PooledBlock) {
    felt = Dictionary(rows.attention.map { (Index(layer: $0.place.layer, head: $0.place.head), $0) }) { first, _ in
      first
    }
    mass = Dictionary(rows.mass.map { (Index(layer: $0.layer, head: $0.head), $0) }) { first, _ in first }
    let all = felt[Index()]
    yardstick = Yardstick(all, pooled)
    whole = Findings.Part(block: pooled, part: 1, split: TermSplit(pooled.raw), felt: all, mass: mass[Index()])
    whole = part(pooled)
  }

  /// What a layer or a head has of it.
  func part(_ block: PooledBlock) -> Findings.Part {
    let index = Index(layer: block.layer, head: block.head)
    let (size, split) = measured(block, felt[index])
    let total = measured(whole.block, whole.felt).size
    return Findings.Part(
      block: block, part: total > 0 ? size / total : 0, split: split, felt: felt[index], mass: mass[index])
  }

  /// What adds up over layers and heads, and how it splits.
  private func measured(_ block: PooledBlock, _ row: AttentionDivergence?) -> (size: Double, split: TermSplit) {
    let size =
      switch yardstick {
      case .nats: (row?.divergence ?? 0) * Double(row?.count ?? 0)
      case .energy(let isCentered): (isCentered ? block.centered : block.raw).energy(block.pairs)
      }
    return (size, TermSplit(block, row, by: yardstick))
  }
}
