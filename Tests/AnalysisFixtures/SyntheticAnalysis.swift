import LinearAlgebra
import Results

/// Invented analyses with the form of real ones: shares sum to 1, pooled rows weigh by energy, masks give zeros.
public struct SyntheticAnalysis: Sendable {
  /// Number of layers.
  public var layers = 6
  /// Number of query heads.
  public var heads = 4
  /// Whether the adapter is off before the separator.
  public var isMasked = false
  /// Which numbers are drawn, and the name of the prompts.
  public var seed: UInt64 = 1
  /// Number of prompts.
  public var prompts = 12
  /// Half the width of the pooled shares' intervals.
  public var spread = 0.03
  /// Whether it holds the parts that can be asked for.
  public var hasParts = false
  /// Added to the share of dKᵀQ wherever it is not zero.
  public var shift = 0.0

  /// The defaults: 6 layers, 4 heads, no mask.
  public init() {}

  /// Such an analysis after changes to the defaults.
  public static func make(_ change: (inout SyntheticAnalysis) -> Void = { _ in }) -> Analysis {
    var synthetic = SyntheticAnalysis()
    change(&synthetic)
    return synthetic.analysis()
  }

  /// The analysis.
  public func analysis() -> Analysis {
    var generator = SplitMix64(seed: seed)
    var blocks: [Block] = []
    for layer in 0..<layers {
      for head in 0..<heads {
        for (query, key) in [("before", "before"), ("after", "before"), ("after", "after")] {
          blocks.append(block(layer, head, query, key, &generator))
        }
      }
    }
    var analysis = Analysis(
      version: "0.0.0", mask: "auto", threads: 2,
      base: BaseSummary(
        name: "tiny", family: "llama", layers: layers, heads: heads, keyValueHeads: 2, headDimension: 8,
        dtype: "F32", fingerprint: String(repeating: "a1", count: 32)),
      adapted: AdaptedSummary(
        name: isMasked ? "tiny-masked" : "tiny-full", kind: "lora", rank: 2, scaling: 2,
        targets: ["k_proj", "q_proj"], fingerprint: String(repeating: isMasked ? "c3" : "b2", count: 32)),
      regions: ["before", "after"], promptsFingerprint: String(repeating: "d\(seed % 10)", count: 32),
      prompts: (0..<prompts).map {
        PromptSummary(id: "p\($0)", tokens: 20 + $0, separator: 10, activeFrom: isMasked ? 10 : 0)
      },
      blocks: blocks, summary: summary(blocks), stream: stream(), loss: nil,
      closure: Closure(maximum: 2.5e-7, rows: 48), verification: nil, warnings: [])
    if hasParts { addParts(to: &analysis) }
    return analysis
  }

  private func block(
    _ layer: Int, _ head: Int, _ query: String, _ key: String, _ generator: inout SplitMix64
  ) -> Block {
    let (first, second) = (generator.unit(), generator.unit())
    let rms = 0.05 + 0.1 * generator.unit()
    let isUnchanged = isMasked && query == "before"
    let hasKeyChange = !(isMasked && key == "before")
    let keys = hasKeyChange ? 0.55 + 0.2 * first + shift : 0
    let both = hasKeyChange ? 0.02 + 0.04 * second : 0
    let shares = isUnchanged ? [0, 0, 0] : [keys, 1 - keys - both, both]
    let zeros: [ZeroCause?] = [hasKeyChange, !isUnchanged, hasKeyChange && !isUnchanged].map {
      $0 ? nil : .structural
    }
    return Block(
      layer: layer, head: head, query: query, key: key, pairs: 200,
      raw: decomposition(isUnchanged ? 0 : rms, shares, zeros),
      centered: decomposition(isUnchanged ? 0 : rms * 0.8, shares, [nil, nil, nil]))
  }

  private func decomposition(_ rms: Double, _ shares: [Double], _ zeros: [ZeroCause?]) -> Decomposition {
    let terms = zip(shares, zeros).map { share, zero in
      TermStatistics(
        magnitude: magnitude(rms * abs(share).squareRoot()), share: share, dominance: share, zero: zero)
    }
    return Decomposition(delta: magnitude(rms), terms: terms)
  }

  private func magnitude(_ rms: Double) -> Magnitude {
    Magnitude(mean: -rms / 8, meanAbs: rms * 0.75, rms: rms, maxAbs: rms * 4)
  }

  private func summary(_ blocks: [Block]) -> [PooledBlock] {
    let pools: [Int?] = [nil] + (0..<layers).map { $0 }
    return pools.flatMap { layer in
      [("before", "before"), ("after", "before"), ("after", "after")].map { query, key in
        let rows = blocks.filter { $0.query == query && $0.key == key && (layer == nil || $0.layer == layer) }
        return PooledBlock(
          layer: layer, head: nil, query: query, key: key, pairs: 200 * rows.count,
          raw: pooled(rows.map(\.raw)), centered: pooled(rows.map(\.centered)))
      }
    }
  }

  private func pooled(_ rows: [Decomposition]) -> Decomposition {
    let energies = rows.map { $0.delta.rms * $0.delta.rms }
    let total = energies.reduce(0, +)
    let shares = Term.allCases.map { term in
      total == 0 ? 0 : zip(rows, energies).map { $0[term].share * $1 }.reduce(0, +) / total
    }
    let zeros = Term.allCases.map { rows[0][$0].zero }
    var pooled = decomposition((total / Double(rows.count)).squareRoot(), shares, zeros)
    guard total > 0 else { return pooled }
    for term in Term.allCases {
      let share = shares[term.rawValue]
      let half = pooled[term].magnitude.rms == 0 ? 0 : spread
      pooled.terms[term.rawValue].shareInterval = share - half...share + half
    }
    return pooled
  }

  private func stream() -> [StreamDivergence] {
    (0..<layers).flatMap { layer in
      ["before", "after"].map { region in
        let isStill = layer == 0 || (isMasked && region == "before")
        return StreamDivergence(layer: layer, region: region, relative: isStill ? 0 : 0.01 * Double(layer))
      }
    }
  }
}
