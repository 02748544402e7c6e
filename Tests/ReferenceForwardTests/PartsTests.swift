import Architectures
import Foundation
import Testing

@testable import ReferenceForward

@Suite struct PartsTests {
  @Test(arguments: [(1, 1, 1), (3, 7, 5), (2, 9, 1), (5, 8, 3)])
  func aProductIsARowOfDotProducts(tokens: Int, inputs: Int, outputs: Int) {
    let x = (0..<tokens * inputs).map { sin(Double($0)) }
    let w = (0..<outputs * inputs).map { cos(Double($0) * 0.7) }
    let y = plainProduct(x, w, tokens: tokens, inputs: inputs, outputs: outputs, threads: 1)
    for threads in 2...7 {
      #expect(y == plainProduct(x, w, tokens: tokens, inputs: inputs, outputs: outputs, threads: threads))
    }
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
    (.quickGelu, 1.3916621984470765), (.relu, 1.5), (.reluSquared, 2.25),
  ]) func activationsAreThoseOfTheLibrary(_ activation: Activation, expected: Double) {
    #expect(abs(activation(1.5) - expected) <= 1e-14)
    #expect(activation(0) == 0)
  }

  @Test func aRotaryEmbeddingTurnsPairsByPositionTimesFrequency() {
    let table = RotaryTable(inverseFrequencies: [1, 0.5], attentionFactor: 2)
    let x = TokenVectors(positions: 0..<3, width: 5, values: .init(repeating: 1, count: 15))
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

  @Test func `The median of the stream hides no token behind one of huge norm`() throws {
    let base = run(streams: [[3, 4], [0, 1], [1, 0], [0, 0]])
    let adapted = run(streams: [[3, 4], [1, 1], [0, 0.5], [0, 0]])
    var stream = ReferenceStream()
    stream.add(base: base, adapted: adapted, regions: [0, 0, 0, nil])
    let row = try #require(stream.rows[.init(layer: 0, region: 0)])
    #expect(row.tokens == 3)
    #expect(abs(row.relative - (2.25 / 27).squareRoot()) <= 1e-15)
    #expect(row.median == 1)
    #expect(abs(row.cosine - (1 + 0.5.squareRoot() + 0) / 3) <= 1e-15)
    stream.add(base: base, adapted: base, regions: [nil, 0, nil, nil])
    #expect(stream.rows[.init(layer: 0, region: 0)]?.median == 0.5, "the mean of the middle two")
  }

  @Test func `A shift of predictions is their mean divergence`() throws {
    let base = ReferenceRun(layers: [], logits: [0, 0, log(3), 0], logitPositions: 0..<2)
    let adapted = ReferenceRun(layers: [], logits: [log(3), 0, log(3), 0], logitPositions: 0..<2)
    var shift = ReferencePredictionShift()
    shift.add(base: base, adapted: adapted, regions: [0, 1, 1])
    // KL(½, ½ ‖ ¾, ¼) = ½ln(2/3) + ½ln 2.
    let (divergence, tokens) = try #require(shift.regions[0])
    #expect(abs(divergence - (log(2.0 / 3) + log(2)) / 2) <= 1e-15 && tokens == 1)
    #expect(try #require(shift.regions[1]).divergence == 0)
  }

  @Test func `An outcome compares with the adapted model`() throws {
    let base = ReferenceRun(layers: [], logits: [0, 0, 0, 0], logitPositions: 0..<2)
    let adapted = ReferenceRun(layers: [], logits: [log(3), 0, 0, log(3)], logitPositions: 0..<2)
    let run = ReferenceRun(layers: [], logits: [0, log(3), 0, log(3)], logitPositions: 0..<2)
    let outcome = try #require(
      ReferenceOutcome(base: base, adapted: adapted, intervened: run, tokens: [1, 0, 1], predicted: 1..<3))
    #expect(outcome.tokens == 2 && outcome.agreement == 0.5)
    #expect(abs(outcome.base - log(2)) <= 1e-15)
    #expect(abs(outcome.adapted - log(4.0 / 3)) <= 1e-15)
    #expect(abs(outcome.intervened - (log(4) + log(4.0 / 3)) / 2) <= 1e-15)
    // KL(¾, ¼ ‖ ¼, ¾) = ½ln 3 over the first, 0 over the second.
    #expect(abs(outcome.divergence - log(3) / 4) <= 1e-15)
    #expect(
      ReferenceOutcome(base: base, adapted: adapted, intervened: run, tokens: [1, 0, 1], predicted: 3..<3) == nil)
  }

  /// A run of one layer with the given stream.
  private func run(streams: [[Double]]) -> ReferenceRun {
    let layer = ReferenceLayer(stream: streams.flatMap(\.self), queries: [], keys: [], details: nil)
    return ReferenceRun(layers: [layer], logits: [], logitPositions: 0..<0)
  }
}
