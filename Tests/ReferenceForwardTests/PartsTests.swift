import Architectures
import Foundation
import Testing

@testable import ReferenceForward

@Suite struct PartsTests {
  @Test(arguments: [(1, 1, 1), (3, 7, 5), (2, 9, 1), (5, 8, 3)])
  func aProductIsARowOfDotProducts(tokens: Int, inputs: Int, outputs: Int) {
    let x = (0..<tokens * inputs).map { sin(Double($0)) }
    let w = (0..<outputs * inputs).map { cos(Double($0) * 0.7) }
    let y = product(x, w, tokens: tokens, inputs: inputs, outputs: outputs)
    for token in 0..<tokens {
      for output in 0..<outputs {
        let expected = (0..<inputs).reduce(0) { $0 + x[token * inputs + $1] * w[output * inputs + $1] }
        #expect(abs(y[token * outputs + output] - expected) <= 1e-14)
      }
    }
  }

  /// Values of torch in double precision at x = 1.5.
  @Test(arguments: [
    (Activation.silu, 1.2263617142904655), (.gelu, 1.399789198096713), (.geluTanh, 1.3995715769802328),
    (.quickGelu, 1.3916621984470765), (.relu, 1.5),
  ]) func activationsAreThoseOfTheLibrary(_ activation: Activation, expected: Double) {
    #expect(abs(activation(1.5) - expected) <= 1e-14)
    #expect(activation(0) == 0)
  }

  @Test func aRotaryEmbeddingTurnsPairsByPositionTimesFrequency() {
    let table = RotaryTable(inverseFrequencies: [1, 0.5], attentionFactor: 2)
    let x = Activations(positions: 0..<3, width: 5, values: .init(repeating: 1, count: 15))
    for (layout, pairs) in [(Rotary.Layout.halves, [(0, 2), (1, 3)]), (.interleaved, [(0, 1), (2, 3)])] {
      var turned = x
      Rotary(dimensions: 4, layout: layout, frequencies: .fixed(table)).turn(&turned, headDimension: 5)
      for position in 0..<3 {
        for (index, (i, j)) in pairs.enumerated() {
          let angle = Double(position) * [1, 0.5][index]
          #expect(abs(turned.values[position * 5 + i] - 2 * (cos(angle) - sin(angle))) <= 1e-15)
          #expect(abs(turned.values[position * 5 + j] - 2 * (cos(angle) + sin(angle))) <= 1e-15)
        }
        #expect(turned.values[position * 5 + 4] == 1, "the rest of a head passes unchanged")
      }
    }
  }

  @Test func sumsGiveTheStatisticsOfTheContract() {
    var sums = ReferenceSums()
    sums.add(SIMD3(2, -1, 0))  // Δ = 1
    sums.add(SIMD3(-1, 1, 0))  // Δ = 0, a tie: no term wins
    sums.add(SIMD3(1, 1, 3))  // Δ = 5
    #expect(sums.pairs == 3)
    #expect(sums.delta == (2, 2, (26.0 / 3).squareRoot(), 5))
    let (magnitude, share, dominance) = sums.term(0)
    #expect(magnitude == (2.0 / 3, 4.0 / 3, 2.0.squareRoot(), 2))
    #expect(share == 7.0 / 26)
    #expect(dominance == 1.0 / 3)
    #expect(sums.term(1).dominance == 0)
    #expect(sums.term(2).share == 15.0 / 26)
  }

  @Test func withoutChangeEveryShareIsZero() {
    var sums = ReferenceSums()
    sums.add(.zero)
    #expect(sums.term(0).share == 0)
    #expect(sums.term(0).dominance == 0)
    #expect(sums.delta.rms == 0)
  }

  @Test func theLossLeavesOutTheSeparatorsOwnPrediction() throws {
    // Two words, three positions; the separator is token 1.
    let run = ReferenceRun(layers: [], logits: [0, 0, 1, 3, 5, 5], logitPositions: 0..<3)
    let loss = try #require(run.meanLoss(tokens: [0, 1, 1], separator: 1))
    #expect(abs(loss - log(1 + exp(-2))) <= 1e-15)
    #expect(run.meanLoss(tokens: [0, 1, 1], separator: 2) == nil)
  }
}
