import Foundation
import LeibnizTesting
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LeibnizTesting
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// Weights and changes so small that single precision loses their products are told of.
@Suite struct ClosureTests {
  /// Writes base and adapter with weights of other sizes.
  private func scale(_ pair: TinyPair, base: Float, adapter: Float) throws {
    var random = SeededRandom(seed: 1)
    let weights = TinyPair.Options().baseWeights(&random).map { tensor in
      var tensor = tensor
      if ["q_proj", "k_proj"].contains(where: tensor.name.contains) { tensor.values = tensor.values.map { $0 * base } }
      return tensor
    }
    try weights.safetensors.write(to: pair.weights)
    try pair.scaleAdapter(adapter)
  }

  private func warnings(base: Float, adapter: Float) throws -> (Analysis, [String]) {
    try withTinyPair { pair in
      try scale(pair, base: base, adapter: adapter)
      let analysis = try pair.analysis()
      return (analysis, analysis.warnings.filter { $0.contains("single precision") })
    }
  }

  @Test func `Ordinary weights and small adapters close`() throws {
    for (base, adapter) in [(1, 1), (1, 1e-8), (1e-20, 1), (1e-20, 1e-8)] as [(Float, Float)] {
      let (analysis, told) = try warnings(base: base, adapter: adapter)
      #expect(
        analysis.closure.maximum < 1e-5 && analysis.closure.rows > 0 && told.isEmpty, "\(base) \(adapter) \(told)")
    }
  }

  @Test(arguments: [Float(1e-22), 1e-23, 1e-24]) func `Changes that no longer close warn`(adapter: Float) throws {
    let (analysis, told) = try warnings(base: 1e-20, adapter: adapter)
    #expect(analysis.closure.maximum > 1e-3 && told.contains { $0.contains("the three terms miss the change") })
    #expect(told.contains { $0.contains("Do not use the shares") })
  }

  /// The terms still sum to the change, but its squares are no numbers of single precision any more.
  @Test func `Changes whose squares are lost warn`() throws {
    let (analysis, told) = try warnings(base: 1e-20, adapter: 1e-16)
    #expect(analysis.closure.maximum < 1e-3 && analysis.summary.contains { $0.raw.delta.maxAbs > 0 })
    #expect(told.contains { $0.contains("its squares") }, "\(analysis.warnings)")
  }
}
