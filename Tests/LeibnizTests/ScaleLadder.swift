import Checkpoints
import Foundation
import LeibnizTesting
import PairFixtures
import Prompts
import ReferenceForward

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// What the rungs of a ladder of ever smaller adapters are compared by.
enum ScaleLadder {
  /// 10⁰ … 10⁻⁸.
  static let scales = (0...8).map { pow(10, -Double($0)) }

  /// A block.
  struct Place: Hashable {
    var layer: Int
    var head: Int
    var query: String
    var key: String
  }

  /// Sizes (root mean squares) and shares of dKᵀQ, KᵀdQ and dKᵀdQ, and the size of their sum.
  struct Row {
    var size: SIMD3<Double>
    var share: SIMD3<Double>
    var delta: Double
  }

  /// The rows of one rung.
  struct Rung {
    var rows: [Place: Row] = [:]
  }

  /// The largest |log₁₀(size / next size) − slope| in layer 0, with slopes 1, 1 and 2 of the three terms.
  static func slopeError(_ rungs: [Rung]) -> Double {
    var worst = 0.0
    for (rung, next) in zip(rungs, rungs.dropFirst()) {
      for (place, row) in rung.rows where place.layer == 0 {
        for (term, slope) in [1.0, 1, 2].enumerated() {
          let error = abs(log10(row.size[term] / (next.rows[place]?.size[term] ?? .nan)) - slope)
          worst = error <= worst ? worst : error  // NaN stays
        }
      }
    }
    return worst
  }
}

extension ScaleLadder.Rung {
  init(_ analysis: Analysis) {
    for block in analysis.blocks {
      let terms = Term.allCases.map { block.raw[$0] }
      rows[.init(layer: block.layer, head: block.head, query: block.query, key: block.key)] = .init(
        size: SIMD3(terms.map(\.magnitude.rms)), share: SIMD3(terms.map(\.share)), delta: block.raw.delta.rms)
    }
  }

  /// The largest difference from the shares of another rung, over all of its rows; NaN where one is missing.
  func shareError(_ expected: Self) -> Double {
    var worst = 0.0
    for (place, row) in expected.rows {
      for term in 0..<3 {
        let error = abs((rows[place]?.share[term] ?? .nan) - row.share[term])
        worst = error <= worst ? worst : error
      }
    }
    return worst
  }

  /// Layer 0 of the same adapter times `s`: of the sums G_ab of products of two terms, of orders n = (1, 1, 2), each is
  /// multiplied by s^(n_a + n_b), and a share is Σ_b G_ab / Σ_ab G_ab.
  func scaled(by s: Double) -> Self {
    var result = Self()
    for (place, row) in rows where place.layer == 0 {
      // Σ_b G_ab and G_aa are known, which leaves three equations for the three products of different terms.
      let squares = row.size * row.size
      let rest = row.share * (row.delta * row.delta) - squares
      let products = SIMD3(repeating: rest.sum() / 2) - rest  // of (1, 2), (0, 2) and (0, 1)
      let power = SIMD3(s, s, s * s)
      let scaled = SIMD3(
        power.x * (squares.x * power.x + products.z * power.y + products.y * power.z),
        power.y * (products.z * power.x + squares.y * power.y + products.x * power.z),
        power.z * (products.y * power.x + products.x * power.y + squares.z * power.z))
      result.rows[place] = .init(
        size: row.size * power, share: scaled / scaled.sum(), delta: scaled.sum().squareRoot())
    }
    return result
  }
}

/// The same rungs by plain double-precision runs of base and adapted model, subtracted.
struct ReferenceLadder {
  private let pair: TinyPair
  private let prompts: [Prompt]
  private let bases: [ReferenceRun]

  init(_ pair: TinyPair) throws {
    self.pair = pair
    let models = try ModelPair(base: pair.base, adapted: pair.base)
    prompts = try PromptSource.file(pair.prompts).read(
      for: models, separator: .fromFile, allowsMissingSeparator: false
    ).prompts
    bases = try prompts.map { try referenceRun(model: models.model, adaptation: nil, tokens: $0.tokens) }
  }

  /// The rung of an adapter, which is written to the pair.
  /// - Parameter rounded: Whether queries and keys are rounded to float32 before they are subtracted.
  func rung(_ scale: Double, rounded: Bool = false) throws -> ScaleLadder.Rung {
    try pair.scaleAdapter(Float(scale))
    let models = try ModelPair(base: pair.base, adapted: pair.adapter)
    var decomposition = ReferenceDecomposition()
    for (prompt, base) in zip(prompts, bases) {
      let adapted = try referenceRun(
        model: models.model, adaptation: models.adaptation, tokens: prompt.tokens)
      decomposition.add(
        base: rounded ? base.inSinglePrecision : base, adapted: rounded ? adapted.inSinglePrecision : adapted,
        model: models.model.description, regions: prompt.tokens.indices.map { $0 < prompt.separator ?? 0 ? 0 : 1 })
    }
    var rung = ScaleLadder.Rung()
    for (key, sums) in decomposition.blocks {
      let terms = (0..<3).map(sums.raw.term)
      let names = ["before", "after"]
      rung.rows[.init(layer: key.layer, head: key.head, query: names[key.query], key: names[key.key ?? 0])] = .init(
        size: SIMD3(terms.map(\.magnitude.rms)), share: SIMD3(terms.map(\.share)), delta: sums.raw.delta.rms)
    }
    return rung
  }
}

extension ReferenceRun {
  fileprivate var inSinglePrecision: ReferenceRun {
    var run = self
    for layer in run.layers.indices {
      run.layers[layer].queries = layers[layer].queries.map { Double(Float($0)) }
      run.layers[layer].keys = layers[layer].keys.map { Double(Float($0)) }
    }
    return run
  }
}
